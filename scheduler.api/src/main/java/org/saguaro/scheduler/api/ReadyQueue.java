// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ProviderType;

/** The tasks whose inputs are complete, oldest first. A view that is valid during one round. */
@ProviderType
public interface ReadyQueue {

    /** Number of ready tasks. */
    int size();

    /**
     * The task at a position.
     *
     * @param index 0 (oldest) to {@code size() - 1}; stays the same during the round
     */
    ReadyTask get(int index);
}
