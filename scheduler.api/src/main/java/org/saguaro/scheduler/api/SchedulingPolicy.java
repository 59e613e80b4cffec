// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * SPI: decides which processing element (PE) runs which ready task. Registered as a service with the property
 * {@link #NAME_PROPERTY}; the core uses the one whose name is configured.
 *
 * <p>Called by the core from whichever thread has the event, never by two threads at once; each round happens-after the one
 * before. A policy may keep state for its own rule (a rotating index, say), but nothing that a task needs: it can be
 * replaced between any two rounds. It must not block, must not keep the objects it is given beyond the call, and should
 * allocate nothing in steady state.
 */
@ConsumerType
public interface SchedulingPolicy {

    /** Service property with the policy's name, for instance {@code eft}. */
    String NAME_PROPERTY = "scheduling.policy";

    /**
     * One round. For each ready task that should go now, calls {@link Assignment#assign} with a PE that supports it; tasks
     * left out stay ready and are seen again in the next round. A round comes when a task becomes ready, a task completes,
     * or a PE comes or goes. If a PE supports a task, it must be assigned, or dropped if it has a hard deadline, within finitely many rounds.
     *
     * @param ready the ready tasks, in the order they became ready; at least one
     * @param pool the PEs now present, but for those that have no kernel of anything; may be empty
     * @param costs estimates for these tasks on these PEs
     * @param assignment takes the result
     */
    void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment);
}
