// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.random.RandomGenerator;

/**
 * Draws execution times: log-normal, with the mean and standard deviation of the kernel, so that they are positive and have the long tail
 * towards slow executions that real ones have.
 *
 * <p>What is drawn is a function of the seed, the request's number and the task's, whatever happened before (SplitMix64, begun anew for each):
 * under another policy or on another pool the same task of the same request is as lucky, and a comparison of two runs shows their
 * difference and not that of their draws.
 */
final class Variation implements RandomGenerator {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final int types;
    private final boolean varied;
    private final long seed;
    /** By row and type: the constant time, or the median and the deviation of the logarithm. */
    private final double[] nanos;

    private final double[] spread;
    private long state;

    Variation(KernelTimes times, SimulationSettings settings) {
        types = times.types();
        varied = settings.varied();
        seed = mix(settings.seed());
        nanos = new double[times.rows() * types];
        spread = new double[nanos.length];
        for (int row = 0; row < times.rows(); row++) {
            for (int type = 0; type < types; type++) {
                if (times.supports(row, type)) {
                    fill(row * types + type, times.meanNanos(row, type), times.deviationNanos(row, type));
                }
            }
        }
    }

    private void fill(int index, double mean, double deviation) {
        nanos[index] = mean;
        if (varied && mean > 0 && deviation > 0) {
            double relative = deviation / mean;
            double variance = StrictMath.log1p(relative * relative);
            nanos[index] = mean * StrictMath.exp(-variance / 2);
            spread[index] = Math.sqrt(variance);
        }
    }

    /** What a task takes on a type of PE. */
    long executionNanos(int index, long request, int task) {
        if (spread[index] == 0) {
            return Math.round(nanos[index]);
        }
        state = mix(seed + request * GOLDEN) + task * 0xD1B54A32D192ED03L;
        // The same on every machine, which Math.exp need not be.
        return Math.round(nanos[index] * StrictMath.exp(spread[index] * nextGaussian()));
    }

    @Override
    public long nextLong() {
        state += GOLDEN;
        return mix(state);
    }

    /** The finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
