// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

/**
 * Discrete Fourier transforms of 2^k points in float32: Stockham's self-sorting algorithm, with radix 4 and, where k is odd, one last
 * pass of radix 2. O(n log n), no bit reversal, every pass reads and writes whole runs.
 *
 * <p>W. T. Cochran et al., What is the fast Fourier transform?, Proc. IEEE 55 (10), 1967, where the algorithm is credited to T. G.
 * Stockham; radix 4 and notation: C. Van Loan, Computational Frameworks for the Fast Fourier Transform, SIAM 1992, sections 1.7 and 2.4.
 * Twiddle factors are computed in double precision and rounded once. Used by one thread.
 */
final class FourierTransform {

    private final int points;
    private final float[] cosines;
    private final float[] sines;
    private final float scale;
    private float[] re;
    private float[] im;
    private float[] otherRe;
    private float[] otherIm;

    /**
     * A transform that reads and writes {@link #re} and {@link #im}.
     *
     * @param points a power of two
     * @param inverse whether exponents are positive and results divided by the number of points
     */
    FourierTransform(int points, boolean inverse) {
        if (Integer.bitCount(points) != 1) {
            throw new IllegalArgumentException("the number of points must be a power of two, found " + points);
        }
        this.points = points;
        cosines = new float[points];
        sines = new float[points];
        double step = (inverse ? 2 : -2) * Math.PI / points;
        for (int i = 0; i < points; i++) {
            cosines[i] = (float) Math.cos(step * i);
            sines[i] = (float) Math.sin(step * i);
        }
        scale = inverse ? 1f / points : 1;
        // Of the factor that a quarter of a turn is: -i forward, +i inverse.
        quarter = inverse ? 1 : -1;
        re = new float[points];
        im = new float[points];
        otherRe = new float[points];
        otherIm = new float[points];
    }

    private final float quarter;

    /** Real parts: filled by the caller before {@link #run}, results after it. Another array after each run. */
    float[] re() {
        return re;
    }

    /** Imaginary parts, as {@link #re}. */
    float[] im() {
        return im;
    }

    /** Transforms what is in {@link #re} and {@link #im}. */
    void run() {
        int length = points;
        int stride = 1;
        while (length >= 4) {
            radix4(re, im, otherRe, otherIm, cosines, sines, length / 4, stride, quarter);
            swap();
            length /= 4;
            stride *= 4;
        }
        if (length == 2) {
            radix2(re, im, otherRe, otherIm, stride);
            swap();
        }
        if (scale != 1) {
            scale(re, im, scale);
        }
    }

    private void swap() {
        float[] swapped = re;
        re = otherRe;
        otherRe = swapped;
        swapped = im;
        im = otherIm;
        otherIm = swapped;
    }

    private static void scale(float[] re, float[] im, float scale) {
        for (int i = 0; i < re.length; i++) {
            re[i] *= scale;
        }
        for (int i = 0; i < im.length; i++) {
            im[i] *= scale;
        }
    }

    /**
     * One pass: {@code quarter * 4 * stride} points, {@code stride} transforms of {@code 4 * quarterLength} points each, interleaved.
     *
     * @param turn sign of the quarter turn
     */
    private static void radix4(
            float[] xr,
            float[] xi,
            float[] yr,
            float[] yi,
            float[] cos,
            float[] sin,
            int quarterLength,
            int stride,
            float turn) {
        int distance = quarterLength * stride;
        for (int p = 0; p < quarterLength; p++) {
            float w1r = cos[p * stride];
            float w1i = sin[p * stride];
            float w2r = cos[2 * p * stride];
            float w2i = sin[2 * p * stride];
            float w3r = cos[3 * p * stride];
            float w3i = sin[3 * p * stride];
            int from = p * stride;
            int to = 4 * p * stride;
            for (int q = 0; q < stride; q++) {
                int a = from + q;
                int b = a + distance;
                int c = b + distance;
                int d = c + distance;
                float sumR = xr[a] + xr[c];
                float sumI = xi[a] + xi[c];
                float differenceR = xr[a] - xr[c];
                float differenceI = xi[a] - xi[c];
                float otherSumR = xr[b] + xr[d];
                float otherSumI = xi[b] + xi[d];
                // (b - d) turned by a quarter.
                float turnedR = -turn * (xi[b] - xi[d]);
                float turnedI = turn * (xr[b] - xr[d]);
                int o = to + q;
                yr[o] = sumR + otherSumR;
                yi[o] = sumI + otherSumI;
                float r1 = differenceR + turnedR;
                float i1 = differenceI + turnedI;
                yr[o + stride] = w1r * r1 - w1i * i1;
                yi[o + stride] = w1r * i1 + w1i * r1;
                float r2 = sumR - otherSumR;
                float i2 = sumI - otherSumI;
                yr[o + 2 * stride] = w2r * r2 - w2i * i2;
                yi[o + 2 * stride] = w2r * i2 + w2i * r2;
                float r3 = differenceR - turnedR;
                float i3 = differenceI - turnedI;
                yr[o + 3 * stride] = w3r * r3 - w3i * i3;
                yi[o + 3 * stride] = w3r * i3 + w3i * r3;
            }
        }
    }

    /** The last pass of an odd power: transforms of two points, interleaved. */
    private static void radix2(float[] xr, float[] xi, float[] yr, float[] yi, int stride) {
        for (int q = 0; q < stride; q++) {
            yr[q] = xr[q] + xr[q + stride];
            yi[q] = xi[q] + xi[q + stride];
            yr[q + stride] = xr[q] - xr[q + stride];
            yi[q + stride] = xi[q] - xi[q + stride];
        }
    }
}
