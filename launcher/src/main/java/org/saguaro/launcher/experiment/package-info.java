// SPDX-License-Identifier: Apache-2.0
/** The commands that run workloads, for real and in the simulator. Bundle side; the work itself is in the room {@code experiments}. */
@NullMarked
package org.saguaro.launcher.experiment;

import org.jspecify.annotations.NullMarked;
