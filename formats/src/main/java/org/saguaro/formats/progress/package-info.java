// SPDX-License-Identifier: Apache-2.0
/** How far long work is, and how long it will still take, for people who wait. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.formats.progress;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
