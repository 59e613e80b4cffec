// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;

/**
 * One task of an application.
 *
 * @param label for people: the path of its layer, or the operator
 * @param kernel position in {@link ApplicationProfile#kernels}; {@link #NO_KERNEL} if no PE runs it: then only its delay passes
 * @param inputs what it waits for
 * @param requestBytes bytes it reads of what the request brought, in host memory
 * @param resultBytes bytes of its output that the caller gets, in host memory
 * @param delayNanos time from when the last input is there until it is ready: work of the core or of the application itself
 */
public record TaskProfile(
        String label, int kernel, List<Input> inputs, long requestBytes, long resultBytes, long delayNanos) {

    /** Kernel of a task that no PE runs. */
    public static final int NO_KERNEL = -1;

    public TaskProfile {
        inputs = List.copyOf(inputs);
    }

    /**
     * What a task waits for.
     *
     * @param task position of the task that makes it
     * @param bytes read of its output, from wherever a replica is; 0 if the one only has to come after the other
     */
    public record Input(int task, long bytes) {}
}
