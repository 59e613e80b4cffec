// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.Optional;
import org.saguaro.accel.api.CycleCount;
import org.saguaro.accel.api.PeDescriptor;

/**
 * A processing element now.
 *
 * @param descriptor what it is
 * @param memorySpace where its tensors live
 * @param state whether it gets tasks
 * @param reason why it is not active; empty if it is
 * @param queuedTasks tasks assigned and not finished
 * @param completedTasks tasks finished since it came
 * @param failedTasks tasks that failed on it since it came
 * @param busyNanos time spent in kernels since it came
 * @param presentNanos time since it came
 * @param cycles what a PE with a clock of its own has done since it came
 */
public record PeStatus(
        PeDescriptor descriptor,
        String memorySpace,
        State state,
        String reason,
        int queuedTasks,
        long completedTasks,
        long failedTasks,
        long busyNanos,
        long presentNanos,
        Optional<CycleCount> cycles) {

    /** Whether a PE gets tasks. */
    public enum State {
        /** Yes. */
        ACTIVE,
        /** Not now: it failed; it is probed and re-admitted when a probe succeeds. */
        QUARANTINED,
        /** Not now: a person took it out, or another shape of its hardware is at work. */
        PARKED
    }
}
