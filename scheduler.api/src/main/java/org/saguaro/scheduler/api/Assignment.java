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
}
