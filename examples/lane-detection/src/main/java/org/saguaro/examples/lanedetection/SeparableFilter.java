// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

import java.nio.ByteBuffer;

/** A filter of a few taps that is the product of one across the columns and one across the rows; its spectrum is, too. */
final class SeparableFilter {

    /** A Gaussian bell with a deviation of one pixel. */
    static final double[] BELL = bell();
    /** The derivative of Sobel's filters: brighter to the right, or below, is positive. */
    static final double[] SLOPE = {1, 0, -1};
    /** The smoothing of Sobel's filters. */
    static final double[] TRIANGLE = {1, 2, 1};

    private final double[][] acrossColumns;
    private final double[][] acrossRows;

    /** Odd numbers of taps, centred. */
    SeparableFilter(double[] acrossColumns, double[] acrossRows) {
        this.acrossColumns = spectrum(acrossColumns, Picture.COLUMNS);
        this.acrossRows = spectrum(acrossRows, Picture.ROWS);
    }

    /** Puts one element of the spectrum: real, then imaginary part. */
    void put(int horizontal, int vertical, ByteBuffer target) {
        double[] h = acrossColumns[horizontal];
        double[] v = acrossRows[vertical];
        target.putFloat((float) (h[0] * v[0] - h[1] * v[1]));
        target.putFloat((float) (h[0] * v[1] + h[1] * v[0]));
    }

    /** By its definition: the taps are few. */
    private static double[][] spectrum(double[] taps, int points) {
        double[][] spectrum = new double[points][2];
        for (int frequency = 0; frequency < points; frequency++) {
            for (int tap = 0; tap < taps.length; tap++) {
                double angle = -2 * Math.PI * frequency * (tap - taps.length / 2) / points;
                spectrum[frequency][0] += taps[tap] * Math.cos(angle);
                spectrum[frequency][1] += taps[tap] * Math.sin(angle);
            }
        }
        return spectrum;
    }

    private static double[] bell() {
        double[] bell = new double[5];
        double sum = 0;
        for (int i = 0; i < bell.length; i++) {
            int distance = i - bell.length / 2;
            bell[i] = Math.exp(-distance * distance / 2.0);
            sum += bell[i];
        }
        for (int i = 0; i < bell.length; i++) {
            bell[i] /= sum;
        }
        return bell;
    }
}
