// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one request was seen to take, for a simulation that is to go by that and not by draws: trace-driven. Who waits for whom, where
 * tasks go and what queues form is simulated all the same. Immutable.
 *
 * @param tasks by task of the application
 * @param tailNanos from the end of its last task to its end
 */
public record RequestTimes(List<TaskTimes> tasks, long tailNanos) {

    /** @throws IllegalArgumentException if a time is negative; says which */
    public RequestTimes {
        tasks = List.copyOf(tasks);
        if (tailNanos < 0) {
            throw new IllegalArgumentException("found a tail of " + tailNanos + " ns, expected none or a positive one");
        }
    }

    /**
     * What one task was seen to take.
     *
     * @param delayNanos from when the last task that it waits for had ended, or the request came, until a scheduling round could see it;
     *     instead of the delay of its profile
     * @param run what its PE took; null for a task that no PE runs
     */
    public record TaskTimes(long delayNanos, @Nullable Run run) {

        public TaskTimes {
            if (delayNanos < 0) {
                throw new IllegalArgumentException(
                        "found a delay of " + delayNanos + " ns, expected none to be negative");
            }
        }
    }

    /**
     * What a PE took for a task.
     *
     * @param peType type of that PE
     * @param dispatchNanos since the PE was free and the task was its own, until it took it up; on a PE of another type, the dispatch of that
     *     type counts
     * @param executionNanos what the kernel took; on a PE of another type as much more or less as kernels of its kind take there in the mean;
     *     {@link #UNKNOWN} if it is to be drawn
     */
    public record Run(String peType, long dispatchNanos, long executionNanos) {

        /** Said of a time that there is no record of. */
        public static final long UNKNOWN = -1;

        public Run {
            if (dispatchNanos < 0 || executionNanos < UNKNOWN) {
                throw new IllegalArgumentException("found a dispatch of " + dispatchNanos + " ns and an execution of "
                        + executionNanos + " ns, expected none to be negative");
            }
        }
    }
}
