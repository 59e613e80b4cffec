// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api;

import org.osgi.annotation.versioning.ProviderType;

/**
 * One schedulable instance of work whose inputs are complete. All times are nanoseconds on the core's clock ({@link System#nanoTime}, or
 * virtual time in a simulator), which is never negative.
 */
@ProviderType
public interface ReadyTask {

    /** Stands for a deadline that there is none of. */
    long NO_DEADLINE = Long.MAX_VALUE;

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
     * Upward rank (HEFT): mean execution time of this task over the PEs that support it, plus the longest chain of mean transfer and
     * execution times that follows it in its request. What an application has not told yet (a chain of calls) is not in it.
     */
    long upwardRankNanos();

    /** On whose behalf: a small number from 0, the same for a tenant while the core runs. */
    int tenant();

    /** The share that the tenant is to get when all want more than there is, relative to that of others; positive. */
    double tenantWeight();

    /** The request's priority: larger goes first; 0 where nobody said. */
    int priority();

    /** When the request's result begins to lose value; {@link #NO_DEADLINE} if it does not. */
    long softDeadlineNanos();

    /**
     * When the request's result is worth nothing any more; {@link #NO_DEADLINE} if that is never. Not before the soft deadline. A
     * request that has one may be dropped ({@link Assignment#drop}).
     */
    long hardDeadlineNanos();

    /** What the request earns if it is done by its soft deadline, in units of the caller's choice; 1 where nobody said. */
    double value();
}
