// SPDX-License-Identifier: Apache-2.0
/**
 * What the machine says of itself in {@code /sys} and {@code /proc}. Knows nothing of the runtime; every path is below a root that tests
 * choose. Used by the monitor's thread only.
 */
@NullMarked
package org.saguaro.runtime.core.sensors;

import org.jspecify.annotations.NullMarked;
