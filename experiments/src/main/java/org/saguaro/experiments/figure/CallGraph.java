// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * An application as calls of CEDR's API and plain code on the CPU in between. Calls take and return host pointers, so that no tensor stays on a
 * device: tasks only come after each other, and what copies take is part of a call.
 */
final class CallGraph {

    private static final int BYTES_PER_COMPLEX = 16;
    private static final int BYTES_PER_FLOAT = 4;

    private final String name;
    private final Map<String, Integer> kernels = new LinkedHashMap<>();
    private final List<KernelProfile> profiles = new ArrayList<>();
    private final List<TaskProfile> tasks = new ArrayList<>();

    CallGraph(String name) {
        this.name = name;
    }

    /** Fourier transform of that many complex numbers of double precision. */
    int fft(String label, int points, List<Integer> after) {
        return call(label, "DASH_FFT:" + points, fftOperations(points), 2.0 * BYTES_PER_COMPLEX * points, after);
    }

    /** And back. */
    int inverseFft(String label, int points, List<Integer> after) {
        return call(label, "DASH_IFFT:" + points, fftOperations(points), 2.0 * BYTES_PER_COMPLEX * points, after);
    }

    private static double fftOperations(int points) {
        return 5.0 * points * (31 - Integer.numberOfLeadingZeros(points));
    }

    /** Element-wise product of two complex vectors. */
    int zip(String label, int points, List<Integer> after) {
        return call(label, "DASH_ZIP:" + points, 6.0 * points, 3.0 * BYTES_PER_COMPLEX * points, after);
    }

    /** Convolution of one plane with one mask of three by three. */
    int convolution(String label, int side, List<Integer> after) {
        double pixels = (double) side * side;
        return call(label, "DASH_CONV_2D:" + side + "x" + side, 2 * 9 * pixels, 2 * BYTES_PER_FLOAT * pixels, after);
    }

    /** What is no call: code that only the CPU runs. */
    int code(String label, double operations, List<Integer> after) {
        return call(
                label,
                "CPU:" + label.substring(label.lastIndexOf('.') + 1) + ":" + (long) operations,
                operations,
                0,
                after);
    }

    /** Passes when all those have. */
    int barrier(String label, List<Integer> after) {
        return add(label, TaskProfile.NO_KERNEL, after);
    }

    private int call(String label, String kernel, double operations, double bytes, List<Integer> after) {
        int position = kernels.computeIfAbsent(kernel, absent -> {
            profiles.add(new KernelProfile(kernel, operations, bytes, List.of()));
            return profiles.size() - 1;
        });
        return add(label, position, after);
    }

    private int add(String label, int kernel, List<Integer> after) {
        tasks.add(new TaskProfile(
                label,
                kernel,
                after.stream().map(task -> new TaskProfile.Input(task, 0)).toList(),
                0,
                0,
                0));
        return tasks.size() - 1;
    }

    ApplicationProfile profile(long inputBits) {
        return new ApplicationProfile(name, inputBits, profiles, tasks);
    }
}
