// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ProviderType;

/** One schedulable instance of work whose inputs are complete. All times are {@link System#nanoTime} of the core's clock. */
@ProviderType
public interface ReadyTask {

    /** Unique while the core runs. */
    long id();

    /** The request it belongs to; requests are numbered in order of arrival. */
    long requestId();

    /** Which kernel it needs: tasks with equal signature cost the same on the same PE. */
    int signature();

    /** When the request arrived. */
    long submittedNanos();

    /** When its last input became complete. */
    long readyNanos();

    /**
     * Upward rank (HEFT): mean execution time of this task plus that of the longest chain of tasks that follows it in its
     * request, in nanoseconds, over the PEs that support each.
     */
    long upwardRankNanos();
}
