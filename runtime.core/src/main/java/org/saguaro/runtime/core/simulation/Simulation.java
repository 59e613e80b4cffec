// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * Applications on a pool, ready to be simulated any number of times, also by several threads at a time. Immutable. Made by {@link
 * Simulator#simulation}.
 */
@ProviderType
public interface Simulation {

    /** The PEs' ids, in their order: those of the first type first. */
    List<String> pes();

    /** The applications. */
    List<ApplicationProfile> applications();

    /**
     * Runs it until the last request has ended. Memory needed depends on the requests in flight, not on how many there are.
     *
     * @param policy used by this run alone, on this thread
     * @param arrivals its requests
     * @return what it came to; that of the time so far if the thread is interrupted, which stays interrupted
     * @throws IllegalStateException if the policy throws, or leaves a task for good that a PE could run; says which
     * @throws IllegalArgumentException if an arrival is before the one before it, or of no application; says which
     */
    SimulationResult run(
            SchedulingPolicy policy, Arrivals arrivals, SimulationSettings settings, SimulationObserver observer);
}
