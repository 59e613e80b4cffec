// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.Arrays;

/**
 * Fits {@code y = theta . x} to samples as they come, older ones weighing less: recursive least squares with exponential forgetting
 * (L. Ljung, T. Soederstroem, Theory and Practice of Recursive Identification, 1983, section 2.2; S. Haykin, Adaptive Filter Theory,
 * 4th ed. 2002, table 9.1). O(n^2) per sample. While inputs do not vary, forgetting would blow the covariance up (wind-up); it is
 * then held where it started. Not thread-safe.
 */
final class RecursiveLeastSquares {

    private static final double INITIAL_VARIANCE = 1e4;

    private final double forgetting;
    private final double[] theta;
    private final double[][] covariance;
    private double squaredError;
    private double weight;
    private long samples;

    /**
     * @param parameters how many
     * @param forgetting weight of a sample against the next one, in (0, 1]
     */
    RecursiveLeastSquares(int parameters, double forgetting) {
        this.forgetting = forgetting;
        theta = new double[parameters];
        covariance = new double[parameters][parameters];
        for (int i = 0; i < parameters; i++) {
            covariance[i][i] = INITIAL_VARIANCE;
        }
    }

    /** Takes a sample. */
    void observe(double[] x, double y) {
        int n = theta.length;
        double[] px = new double[n];
        double denominator = forgetting;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                px[i] += covariance[i][j] * x[j];
            }
            denominator += x[i] * px[i];
        }
        double error = y - predict(x);
        for (int i = 0; i < n; i++) {
            theta[i] += px[i] / denominator * error;
        }
        double[][] next = new double[n][n];
        boolean windUp = false;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                next[i][j] = (covariance[i][j] - px[i] * px[j] / denominator) / forgetting;
            }
            windUp |= next[i][i] > INITIAL_VARIANCE;
        }
        if (!windUp) {
            for (int i = 0; i < n; i++) {
                System.arraycopy(next[i], 0, covariance[i], 0, n);
            }
        }
        // The error before the sample was learned, so that it says what a prediction is worth.
        squaredError = forgetting * squaredError + error * error;
        weight = forgetting * weight + 1;
        samples++;
    }

    double predict(double[] x) {
        double y = 0;
        for (int i = 0; i < theta.length; i++) {
            y += theta[i] * x[i];
        }
        return y;
    }

    double[] parameters() {
        return Arrays.copyOf(theta, theta.length);
    }

    /** Variance of a parameter, in units of the error's: how well the inputs so far tell it from the others. */
    double varianceOf(int parameter) {
        return covariance[parameter][parameter];
    }

    /** Root mean square of the errors of predictions. */
    double deviation() {
        return weight == 0 ? 0 : Math.sqrt(squaredError / weight);
    }

    long samples() {
        return samples;
    }
}
