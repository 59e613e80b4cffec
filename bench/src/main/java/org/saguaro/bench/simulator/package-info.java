// SPDX-License-Identifier: Apache-2.0
/** How fast the simulator is: {@link org.saguaro.bench.simulator.SimulatorBench} first. */
@NullMarked
package org.saguaro.bench.simulator;

import org.jspecify.annotations.NullMarked;
