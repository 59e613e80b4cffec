// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import org.osgi.annotation.versioning.ConsumerType;

/** Is told what happens, in the order of virtual time, on the simulating thread. Requests are numbered from 0 as they arrive. */
@ConsumerType
public interface SimulationObserver {

    /** Wants to know nothing. */
    SimulationObserver NONE = new SimulationObserver() {};

    /**
     * A PE has run a task. Positions are those of {@link Simulation#pes}, applications and tasks.
     *
     * @param startedNanos when its PE took it up; dispatch, copies of inputs and the kernel follow
     */
    default void task(
            long request,
            int application,
            int task,
            int pe,
            long readyNanos,
            long assignedNanos,
            long startedNanos,
            long finishedNanos) {}

    /**
     * A request has ended.
     *
     * @param dropped whether it got no result: the policy gave it up, or its hard deadline passed
     */
    default void request(
            long request, int application, int tenant, long arrivedNanos, long endedNanos, boolean dropped) {}
}
