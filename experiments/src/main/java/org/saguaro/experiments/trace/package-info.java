// SPDX-License-Identifier: Apache-2.0
/** Runs as they were recorded, and what they would have been under other policies or on other processing elements. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments.trace;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
