// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

/** How grey values grow to the right and downwards, for every pixel. Immutable. */
final class Gradients {

    private final float[] horizontal;
    private final float[] vertical;

    /** Row by row; kept, not copied. */
    Gradients(float[] horizontal, float[] vertical) {
        this.horizontal = horizontal;
        this.vertical = vertical;
    }

    float horizontal(int row, int column) {
        return horizontal[row * Picture.COLUMNS + column];
    }

    float vertical(int row, int column) {
        return vertical[row * Picture.COLUMNS + column];
    }

    double strength(int row, int column) {
        return strength(horizontal(row, column), vertical(row, column));
    }

    /** Of one gradient. */
    static double strength(double horizontal, double vertical) {
        return Math.sqrt(horizontal * horizontal + vertical * vertical);
    }

    /** Sums of strengths over all rows, then over all columns. */
    double[] profiles() {
        double[] profiles = new double[Picture.ROWS + Picture.COLUMNS];
        for (int row = 0; row < Picture.ROWS; row++) {
            for (int column = 0; column < Picture.COLUMNS; column++) {
                double strength = strength(row, column);
                profiles[row] += strength;
                profiles[Picture.ROWS + column] += strength;
            }
        }
        return profiles;
    }
}
