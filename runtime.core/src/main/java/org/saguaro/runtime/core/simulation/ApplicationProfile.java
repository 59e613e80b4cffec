// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;

/**
 * What one request of an application consists of: its task graph, and what its kernels are. A snapshot, from a deployment, from a
 * session of the Layer API, or from a file.
 *
 * @param name of the application
 * @param inputBits bits of input that one request brings, as injection rates count them; 0 if unknown
 * @param kernels what its tasks compute, each once
 * @param tasks in topological order; at least one
 */
public record ApplicationProfile(String name, long inputBits, List<KernelProfile> kernels, List<TaskProfile> tasks) {

    /**
     * @throws IllegalArgumentException if there is no task, or a task has an input that does not come before it, or a kernel that is
     *     not there; says which
     */
    public ApplicationProfile {
        kernels = List.copyOf(kernels);
        tasks = List.copyOf(tasks);
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("application " + name + ": found no task, expected one at least");
        }
        for (int i = 0; i < tasks.size(); i++) {
            TaskProfile task = tasks.get(i);
            String place = "application " + name + ", task " + i + " (" + task.label() + "): ";
            if (task.kernel() < TaskProfile.NO_KERNEL || task.kernel() >= kernels.size()) {
                throw new IllegalArgumentException(
                        place + "found kernel " + task.kernel() + ", expected one of " + kernels.size());
            }
            for (TaskProfile.Input input : task.inputs()) {
                if (input.task() < 0 || input.task() >= i) {
                    throw new IllegalArgumentException(
                            place + "found an input of task " + input.task() + ", expected a task before it");
                }
            }
        }
    }
}
