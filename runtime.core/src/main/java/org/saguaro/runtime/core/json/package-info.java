// SPDX-License-Identifier: Apache-2.0
/** Reading JSON that people write: every problem at once, each with line, column and place, what was found and what was expected. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.runtime.core.json;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
