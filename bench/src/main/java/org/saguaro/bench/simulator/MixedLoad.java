// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.simulator;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Arrivals;
import org.saguaro.runtime.core.simulation.CostRule;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * Two applications in turn on three cores and two accelerators with a memory of their own, about three quarters busy: Pulse Doppler
 * (128 x (2 FFT, product, IFFT), a corner turn by the application itself, 128 FFT; 641 tasks) and a chain of ten layers.
 */
final class MixedLoad {

    private static final int PULSES = 128;
    private static final long SAMPLES_BYTES = 1_024;
    private static final double DEVIATION = 0.1;

    private MixedLoad() {}

    static Pool pool() {
        return new Pool(
                "C3+F1+V1",
                List.of(
                        new Pool.PeType(
                                "cpu",
                                3,
                                Pool.HOST,
                                0.5,
                                0.1,
                                1_000,
                                List.of(fixed("fft", 20_000), fixed("product", 6_000), fixed("conv2d", 400_000))),
                        new Pool.PeType("fft", 1, "dma", 0.3, 0.05, 3_000, List.of(fixed("fft", 8_000))),
                        new Pool.PeType("conv", 1, "dma", 0.4, 0.05, 3_000, List.of(fixed("conv2d", 100_000)))),
                List.of(new Pool.Transfer(Pool.HOST, "dma", 500, 0.5), new Pool.Transfer("dma", Pool.HOST, 500, 0.5)));
    }

    private static CostRule fixed(String kernel, double nanos) {
        return new CostRule(kernel, new CostRule.Fixed(nanos), DEVIATION);
    }

    static List<ApplicationProfile> applications() {
        return List.of(pulseDoppler(), chain());
    }

    private static ApplicationProfile pulseDoppler() {
        int fft = 0;
        int product = 1;
        List<TaskProfile> tasks = new ArrayList<>();
        List<TaskProfile.Input> turned = new ArrayList<>();
        for (int pulse = 0; pulse < PULSES; pulse++) {
            int base = tasks.size();
            tasks.add(new TaskProfile("reference", fft, List.of(), SAMPLES_BYTES, 0, 0));
            tasks.add(new TaskProfile("pulse", fft, List.of(), SAMPLES_BYTES, 0, 0));
            tasks.add(new TaskProfile("product", product, List.of(of(base), of(base + 1)), 0, 0, 0));
            tasks.add(new TaskProfile("range", fft, List.of(of(base + 2)), 0, 0, 0));
            turned.add(of(base + 3));
        }
        int turn = tasks.size();
        tasks.add(new TaskProfile("corner turn", TaskProfile.NO_KERNEL, turned, 0, 0, 20_000));
        for (int bin = 0; bin < PULSES; bin++) {
            tasks.add(new TaskProfile("doppler", fft, List.of(of(turn)), 0, SAMPLES_BYTES, 0));
        }
        return new ApplicationProfile(
                "pulse-doppler", 2L * PULSES * SAMPLES_BYTES * 8, List.of(kernel("fft"), kernel("product")), tasks);
    }

    private static ApplicationProfile chain() {
        List<TaskProfile> tasks = new ArrayList<>();
        for (int layer = 0; layer < 10; layer++) {
            boolean first = layer == 0;
            boolean last = layer == 9;
            tasks.add(new TaskProfile(
                    "layer" + layer,
                    0,
                    first ? List.of() : List.of(new TaskProfile.Input(layer - 1, 65_536)),
                    first ? 65_536 : 0,
                    last ? 4_096 : 0,
                    0));
        }
        return new ApplicationProfile("chain", 65_536 * 8, List.of(kernel("conv2d")), tasks);
    }

    private static TaskProfile.Input of(int task) {
        return new TaskProfile.Input(task, SAMPLES_BYTES);
    }

    private static KernelProfile kernel(String name) {
        return new KernelProfile(name, 0, 0, List.of());
    }

    /** So many requests, one application after the other. */
    static Arrivals arrivals(long requests, long periodNanos) {
        return new Arrivals() {
            private long made;

            @Override
            public boolean next(Arrival into) {
                if (made == requests) {
                    return false;
                }
                into.nanos = made * periodNanos;
                into.application = (int) (made % 2);
                into.tenant = into.application;
                made++;
                return true;
            }
        };
    }
}
