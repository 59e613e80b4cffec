// SPDX-License-Identifier: Apache-2.0
/** The published experiments, run again in the simulator, and a page that lays ours beside theirs. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments.figure;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
