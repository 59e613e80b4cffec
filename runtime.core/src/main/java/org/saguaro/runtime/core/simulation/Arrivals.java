// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import org.jspecify.annotations.Nullable;

/**
 * Requests in the order in which they arrive, made as they are asked for, so that any number of them needs no memory. Used by one
 * thread.
 */
@FunctionalInterface
public interface Arrivals {

    /**
     * Writes down the next request.
     *
     * @param into the one before, to be overwritten; at the beginning, one with default terms
     * @return false if there is none
     */
    boolean next(Arrival into);

    /** One request. All times are virtual nanoseconds from the start. */
    final class Arrival {
        /** When; not before the one before. */
        public long nanos;
        /** Position of its application. */
        public int application;
        /** Small number of the tenant, and its weight. */
        public int tenant;

        public double tenantWeight = 1;
        public int priority;
        /** As {@link org.saguaro.scheduler.api.ReadyTask} has them. */
        public long softDeadlineNanos = Long.MAX_VALUE;

        public long hardDeadlineNanos = Long.MAX_VALUE;
        public double value = 1;
        /** What it was seen to take; null if its times are drawn. */
        @Nullable
        public RequestTimes recorded;
    }
}
