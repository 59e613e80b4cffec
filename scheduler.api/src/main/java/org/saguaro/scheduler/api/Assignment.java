// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ProviderType;

/** Takes a policy's decisions. Tasks reach a PE in the order in which they are assigned to it. */
@ProviderType
public interface Assignment {

    /**
     * Gives a ready task to a PE.
     *
     * @param task position in the {@link ReadyQueue}
     * @param pe position in the {@link PePool}
     * @throws IllegalArgumentException if the PE does not support the task, the task was assigned already, or a position is unknown
     */
    void assign(int task, int pe);

    /**
     * Gives up the request that a task belongs to, because it cannot earn anything any more: its caller is told at once. Other tasks of
     * that request may still be assigned in this round; the core drops them.
     *
     * @param task position in the {@link ReadyQueue}
     * @throws IllegalArgumentException if the task's request has no hard deadline, the task was assigned or dropped already, or the position is unknown
     */
    void drop(int task);
}
