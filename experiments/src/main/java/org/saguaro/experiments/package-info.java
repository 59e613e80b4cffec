// SPDX-License-Identifier: Apache-2.0
/** Workloads on the real processing elements and in the simulator. */
@Export
@Version("0.1.0")
@NullMarked
package org.saguaro.experiments;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
