// SPDX-License-Identifier: Apache-2.0
/** Tables, figures, JSON and HTML pages, for people and programs that read what commands print. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.formats.text;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
