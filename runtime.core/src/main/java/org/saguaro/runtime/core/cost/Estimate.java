// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

/**
 * Execution time of one kernel signature on one type of PE: the prior until something was measured, then running mean and
 * variance (West 1979), the newest measurements weighing at least {@value #LEAST_WEIGHT_DIVISOR}th, so that drift is followed.
 * Thread-safe; readers take no lock.
 */
public final class Estimate {

    static final int LEAST_WEIGHT_DIVISOR = 32;

    private volatile double meanNanos;
    private double varianceNanos2;
    private long count;

    Estimate(long priorNanos) {
        this.meanNanos = priorNanos;
    }

    Estimate(double meanNanos, double varianceNanos2, long count) {
        this.meanNanos = meanNanos;
        this.varianceNanos2 = varianceNanos2;
        this.count = count;
    }

    /** What the next execution is expected to take. */
    public long meanNanos() {
        return (long) meanNanos;
    }

    /** Learns from one execution. */
    public synchronized void observe(long nanos) {
        count++;
        if (count == 1) {
            meanNanos = nanos;
            return;
        }
        double weight = 1.0 / Math.min(count, LEAST_WEIGHT_DIVISOR);
        double known = meanNanos;
        double difference = nanos - known;
        meanNanos = known + weight * difference;
        varianceNanos2 = (1 - weight) * (varianceNanos2 + weight * difference * difference);
    }

    synchronized CalibrationStore.Entry entry(String kernel, String peType) {
        return new CalibrationStore.Entry(kernel, peType, meanNanos, varianceNanos2, count);
    }

    /** Whether it is a measurement and not the prior. */
    public synchronized boolean isMeasured() {
        return count > 0;
    }
}
