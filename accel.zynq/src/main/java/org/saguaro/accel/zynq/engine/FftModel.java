// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/** What the Fourier engine must compute, bit for bit: decimation in time on bit-reversed input, products and sums rounded one by one. */
public final class FftModel {

    private static final int LARGEST = FftEngine.MAX_POINTS;

    private FftModel() {}

    /**
     * One transform.
     *
     * @param input re, im, re, im, ...; a power of two of elements
     * @param scaled whether the result is multiplied by 1/points
     */
    public static float[] compute(float[] input, boolean inverse, boolean scaled) {
        int points = input.length / 2;
        int bits = Integer.numberOfTrailingZeros(points);
        float[] v = new float[input.length];
        for (int i = 0; i < points; i++) {
            int reversed = Integer.reverse(i) >>> (Integer.SIZE - bits);
            v[2 * reversed] = input[2 * i];
            v[2 * reversed + 1] = input[2 * i + 1];
        }
        for (int half = 1; half < points; half *= 2) {
            for (int base = 0; base < points; base += 2 * half) {
                for (int k = 0; k < half; k++) {
                    butterfly(v, 2 * (base + k), 2 * (base + k + half), k * (LARGEST / 2 / half), inverse);
                }
            }
        }
        if (scaled) {
            for (int i = 0; i < v.length; i++) {
                v[i] *= 1.0f / points;
            }
        }
        return v;
    }

    private static void butterfly(float[] v, int a, int b, int twiddle, boolean inverse) {
        float wr = cosine(twiddle);
        float wi = inverse ? -minusSine(twiddle) : minusSine(twiddle);
        float re = v[b] * wr - v[b + 1] * wi;
        float im = v[b + 1] * wr + v[b] * wi;
        float ar = v[a];
        float ai = v[a + 1];
        v[a] = ar + re;
        v[a + 1] = ai + im;
        v[b] = ar - re;
        v[b + 1] = ai - im;
    }

    /** The symmetric points are exact. */
    private static float cosine(int k) {
        return k == LARGEST / 4 ? 0 : (float) StrictMath.cos(2 * Math.PI * k / LARGEST);
    }

    private static float minusSine(int k) {
        return k == 0 ? 0 : k == LARGEST / 4 ? -1 : (float) -StrictMath.sin(2 * Math.PI * k / LARGEST);
    }
}
