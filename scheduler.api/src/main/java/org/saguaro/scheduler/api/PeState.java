// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ProviderType;

/** A processing element as a policy sees it. */
@ProviderType
public interface PeState {

    /** Its id, for instance {@code cpu0}. */
    String id();

    /** Its type; PEs of one type run the same kernels in the same time. */
    String type();

    /**
     * When it is expected to have finished what was assigned to it before this round; never before the round's now. What the
     * policy assigns during the round is not included: a policy that cares adds it up itself.
     */
    long availableAtNanos();

    /** Tasks assigned to it and not finished, the running one included. */
    int queuedTasks();
}
