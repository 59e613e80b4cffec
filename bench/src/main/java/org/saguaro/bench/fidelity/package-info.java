// SPDX-License-Identifier: Apache-2.0
/** How far the simulator is from the processing elements of this machine. */
@NullMarked
package org.saguaro.bench.fidelity;

import org.jspecify.annotations.NullMarked;
