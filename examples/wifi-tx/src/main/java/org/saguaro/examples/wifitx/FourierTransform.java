// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

/**
 * The receiver's transform, of {@value FrameFormat#POINTS} points: radix 2, decimation in time.
 *
 * <p>J. W. Cooley, J. W. Tukey, An algorithm for the machine calculation of complex Fourier series, Math. Comp. 19, 1965.
 */
final class FourierTransform {

    private static final int POINTS = FrameFormat.POINTS;
    private static final double[] COSINES = new double[POINTS / 2];
    private static final double[] SINES = new double[POINTS / 2];

    static {
        for (int i = 0; i < POINTS / 2; i++) {
            COSINES[i] = Math.cos(2 * Math.PI * i / POINTS);
            SINES[i] = -Math.sin(2 * Math.PI * i / POINTS);
        }
    }

    private FourierTransform() {}

    /** Transforms in place; real and imaginary parts are in turns. */
    static void forward(float[] values) {
        reverseBits(values);
        for (int half = 1; half < POINTS; half *= 2) {
            int step = POINTS / 2 / half;
            for (int block = 0; block < POINTS; block += 2 * half) {
                for (int i = 0; i < half; i++) {
                    butterfly(values, 2 * (block + i), 2 * (block + i + half), i * step);
                }
            }
        }
    }

    private static void butterfly(float[] values, int upper, int lower, int twiddle) {
        double c = COSINES[twiddle];
        double s = SINES[twiddle];
        double re = c * values[lower] - s * values[lower + 1];
        double im = c * values[lower + 1] + s * values[lower];
        values[lower] = (float) (values[upper] - re);
        values[lower + 1] = (float) (values[upper + 1] - im);
        values[upper] += (float) re;
        values[upper + 1] += (float) im;
    }

    private static void reverseBits(float[] values) {
        int shift = Integer.numberOfLeadingZeros(POINTS - 1);
        for (int i = 0; i < POINTS; i++) {
            int j = Integer.reverse(i) >>> shift;
            if (i < j) {
                swap(values, 2 * i, 2 * j);
                swap(values, 2 * i + 1, 2 * j + 1);
            }
        }
    }

    private static void swap(float[] values, int i, int j) {
        float swapped = values[i];
        values[i] = values[j];
        values[j] = swapped;
    }
}
