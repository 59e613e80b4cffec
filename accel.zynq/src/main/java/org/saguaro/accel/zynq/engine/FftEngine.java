// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;
import org.saguaro.accel.zynq.device.EnginePort;

/** The Fourier engine: complex float32, {re, im} per element. As {@link Engine}. */
public final class FftEngine extends Engine {

    /** Its sizes are powers of two from this. */
    public static final int MIN_POINTS = 16;
    /** Up to this. */
    public static final int MAX_POINTS = 4096;

    private static final int MAX_TRANSFORMS = 65_535;
    private static final int COMPLEX_BYTES = 8;

    public FftEngine(EnginePort port, DmaRegion memory, EngineSettings settings) {
        super(port, memory, settings, Registers.FFT_ID);
    }

    /** Whether it has transforms of that size. */
    public static boolean supports(long points) {
        return points >= MIN_POINTS && points <= MAX_POINTS && Long.bitCount(points) == 1;
    }

    /** What one transform takes, about: loading, a butterfly per cycle, storing. */
    public static long expectedCycles(int points, long transforms) {
        int log2 = Integer.numberOfTrailingZeros(points);
        return transforms * ((long) points / 2 * log2 + points + 10L * log2 + 120) + 100;
    }

    /**
     * Transforms contiguous vectors. Caches must have been synchronised.
     *
     * @param points of each, as {@link #supports}
     * @param inverse with conjugate twiddles
     * @param scaled whether results are multiplied by 1/points
     * @param transforms how many vectors
     * @param input physical address, a multiple of 16; may be {@code output}
     * @return the cycles it took
     * @throws AccelException as {@link Engine} says
     */
    public long run(int points, boolean inverse, boolean scaled, long transforms, long input, long output)
            throws AccelException {
        if (!supports(points)) {
            throw new IllegalArgumentException("a transform of " + points + " points");
        }
        ensureReady();
        try {
            long cycles = 0;
            for (long done = 0; done < transforms; done += MAX_TRANSFORMS) {
                long count = Math.min(MAX_TRANSFORMS, transforms - done);
                long offset = done * points * COMPLEX_BYTES;
                configure(0, Integer.numberOfTrailingZeros(points));
                configure(1, (inverse ? 1 : 0) | (scaled ? 2 : 0));
                configure(2, (int) count);
                configureAddress(3, input + offset);
                configureAddress(5, output + offset);
                cycles += complete(expectedCycles(points, count));
            }
            return cycles;
        } catch (DeviceException e) {
            throw lost(e);
        }
    }

    @Override
    void checkCapabilities(int caps0, int caps1) throws AccelException {
        int largest = caps0 >>> 8 & 255;
        int smallest = caps0 & 255;
        if (1 << largest < MAX_POINTS || 1 << smallest > MIN_POINTS) {
            throw lost("expected transforms of 2^4 to 2^12 points, it has 2^" + smallest + " to 2^" + largest);
        }
    }
}
