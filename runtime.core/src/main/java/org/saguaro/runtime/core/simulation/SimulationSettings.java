// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.Map;

/**
 * How a simulation is run.
 *
 * @param seed of the variation of times; equal seeds give equal runs
 * @param varied whether times vary as their deviations say; if not, each kernel takes its mean
 * @param learning whether the cost model that policies see learns from the executions, as the runtime's does
 * @param believed what the cost model begins with instead of the true times, in nanoseconds by kernel name and then type of PE: a wrong
 *     or coarse table, of which what is not used here is left aside; what it does not say is calibrated, all of it if it is empty
 */
public record SimulationSettings(
        long seed, boolean varied, boolean learning, Map<String, Map<String, Double>> believed) {

    /** Seed 1, varied, learning from calibrated times. */
    public static final SimulationSettings DEFAULT = new SimulationSettings(1, true, true, Map.of());

    public SimulationSettings {
        believed = Map.copyOf(believed);
    }

    /** The same with another seed. */
    public SimulationSettings withSeed(long other) {
        return new SimulationSettings(other, varied, learning, believed);
    }
}
