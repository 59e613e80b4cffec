// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

/** How wrong predictions of execution times were of late, as parts of what was measured. Not thread-safe: its owner's. */
final class PredictionError {

    private static final int MEMORY = 32;

    /** One execution that took next to nothing is not to outweigh all others. */
    private static final double LARGEST = 10;

    private long predictions;
    private double meanAbsolute;
    private double bias;
    private double last;

    void observe(double predictedNanos, long measuredNanos) {
        double wrong = (predictedNanos - measuredNanos) / Math.max(1, measuredNanos);
        last = Math.min(LARGEST, wrong);
        predictions++;
        double weight = 1.0 / Math.min(predictions, MEMORY);
        meanAbsolute += weight * (Math.abs(last) - meanAbsolute);
        bias += weight * (last - bias);
    }

    long predictions() {
        return predictions;
    }

    /** Mean absolute error of the newest. */
    double meanAbsolute() {
        return meanAbsolute;
    }

    /** Mean error of the newest: positive if predictions were too long. */
    double bias() {
        return bias;
    }

    /** Error of the newest one. */
    double last() {
        return last;
    }
}
