// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.cost.Estimate;

/**
 * What the cost model of one run believes: an {@link Estimate} per row of kernels and type of PE, as the runtime has them. It begins with
 * the true times, as if they had been measured often, or with those that somebody believes, as a prior that the first measurement replaces.
 */
final class Beliefs {

    /** Said of a type of PE that does not run a kernel. */
    static final long UNSUPPORTED = -1;

    final int types;
    /** By row and type: what policies see. Written here only. */
    final long[] meanNanos;

    final long[] deviationNanos;
    private final @Nullable Estimate[] estimates;
    private final boolean learning;

    Beliefs(KernelTimes times, List<Pool.PeType> peTypes, SimulationSettings settings) {
        types = times.types();
        learning = settings.learning();
        meanNanos = new long[times.rows() * types];
        deviationNanos = new long[meanNanos.length];
        estimates = new Estimate[meanNanos.length];
        Arrays.fill(meanNanos, UNSUPPORTED);
        for (int row = 0; row < times.rows(); row++) {
            Map<String, Double> believed = settings.believed().getOrDefault(times.kernel(row), Map.of());
            for (int type = 0; type < types; type++) {
                if (times.supports(row, type)) {
                    String peType = peTypes.get(type).name();
                    Double prior = believed.get(peType);
                    int index = row * types + type;
                    estimates[index] = prior == null
                            ? new Estimate(times.meanNanos(row, type), times.deviationNanos(row, type))
                            : new Estimate(believedNanos(prior, times.kernel(row), peType));
                    refresh(index);
                }
            }
        }
    }

    private static long believedNanos(double nanos, String kernel, String peType) {
        if (nanos >= 0 && nanos < Long.MAX_VALUE / 16.0) {
            return Math.round(nanos);
        }
        throw new IllegalArgumentException("kernel " + kernel + " is believed to take " + nanos + " ns on " + peType
                + ", expected a finite number that is not negative");
    }

    /** An execution took so long. */
    void observe(int index, long nanos) {
        Estimate estimate = estimates[index];
        if (learning && estimate != null) {
            estimate.observe(nanos);
            refresh(index);
        }
    }

    private void refresh(int index) {
        Estimate estimate = estimates[index];
        if (estimate != null) {
            meanNanos[index] = estimate.meanNanos();
            deviationNanos[index] = estimate.deviationNanos();
        }
    }
}
