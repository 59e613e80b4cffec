// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import org.HdrHistogram.Histogram;

/** Counts the requests of one application, in memory that does not grow with their number. */
final class Tally {

    /** Percentiles are right to that many digits. */
    private static final int DIGITS = 3;

    private final Histogram nanos = new Histogram(DIGITS);
    private double sumNanos;
    private long maxNanos;
    private long requests;
    private long dropped;
    private long late;

    void count(VirtualRequest request, long nowNanos, boolean wasDropped) {
        requests++;
        if (wasDropped) {
            dropped++;
            return;
        }
        long taken = nowNanos - request.submittedNanos;
        nanos.recordValue(taken);
        sumNanos += taken;
        maxNanos = Math.max(maxNanos, taken);
        if (nowNanos > request.softDeadlineNanos) {
            late++;
        }
    }

    long requests() {
        return requests;
    }

    long dropped() {
        return dropped;
    }

    SimulationResult.ApplicationResult result(String name) {
        long completed = requests - dropped;
        return new SimulationResult.ApplicationResult(
                name,
                requests,
                dropped,
                late,
                completed == 0 ? 0 : sumNanos / completed,
                percentile(50),
                percentile(90),
                percentile(99),
                maxNanos);
    }

    /** The histogram's buckets may end after the largest value. */
    private long percentile(double percent) {
        return Math.min(maxNanos, nanos.getValueAtPercentile(percent));
    }
}
