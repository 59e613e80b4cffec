// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.profile;

import java.util.List;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/** Profiles to test with. */
public final class Profiles {

    private Profiles() {}

    /** Two kernels after each other, one on CPUs only; the core and the caller have a part in it. */
    public static ApplicationProfile diamond(String name) {
        return new ApplicationProfile(
                name,
                4096,
                List.of(
                        new KernelProfile(
                                "fft_fft:1f0c",
                                4480.5,
                                2048,
                                List.of(
                                        new KernelProfile.Cost("cpu", 100_000, 1_000),
                                        new KernelProfile.Cost("fft", 20_000, 0))),
                        new KernelProfile("relu:ab", 12, 96, List.of(new KernelProfile.Cost("cpu", 50_000, 0)))),
                List.of(
                        new TaskProfile("first", 0, List.of(), 512, 0, 0),
                        new TaskProfile(
                                "core", TaskProfile.NO_KERNEL, List.of(new TaskProfile.Input(0, 0)), 0, 0, 7_000),
                        new TaskProfile("left", 1, List.of(new TaskProfile.Input(0, 1024)), 0, 0, 0),
                        new TaskProfile(
                                "last",
                                1,
                                List.of(new TaskProfile.Input(1, 0), new TaskProfile.Input(2, 48)),
                                0,
                                96,
                                0)));
    }
}
