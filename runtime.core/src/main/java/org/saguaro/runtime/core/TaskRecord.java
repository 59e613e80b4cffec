// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * One task that ran, or tried to. Times are {@link System#nanoTime}.
 *
 * @param requestId request it belongs to; of a call of the Layer API, the number of its session
 * @param application name of the deployment
 * @param task position in the deployment's task graph; of a call of the Layer API, how many the session issued before it
 * @param layers what it computes, for people: the path of its layer, or {@code first .. last (n layers)}
 * @param peId where
 * @param readyNanos when its inputs were complete
 * @param assignedNanos when the policy gave it to the PE
 * @param startedNanos when the PE's worker took it up
 * @param finishedNanos when it was done
 * @param outcome how it ended
 */
public record TaskRecord(
        long requestId,
        String application,
        int task,
        String layers,
        String peId,
        long readyNanos,
        long assignedNanos,
        long startedNanos,
        long finishedNanos,
        Outcome outcome) {

    /** How a task ended on a PE. */
    public enum Outcome {
        COMPLETED,
        /** The kernel failed; the task was placed again. */
        FAILED,
        /** The PE left or was given up while the kernel ran; the task was placed again. */
        ABANDONED
    }
}
