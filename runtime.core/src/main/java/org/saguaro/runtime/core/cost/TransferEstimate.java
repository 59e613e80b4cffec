// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import org.saguaro.runtime.core.TransferStatus;

/**
 * Time of copies from one memory space to another: a start-up cost and a time per byte, by linear regression over the copies
 * measured, in which each one weighs a {@value #MEMORY}th less with each that follows (least squares with exponential forgetting; Ljung and
 * Söderström, "Theory and Practice of Recursive Identification", 1983). While all copies have about the same size, or there are
 * few, both figures are scaled so that they fit the mean. A copy that took far longer than expected counts as {@value #CLIP} times what was
 * expected. Thread-safe; readers take no lock, and nothing is allocated after construction.
 */
public final class TransferEstimate {

    static final int MEMORY = 16;
    static final double CLIP = 3;

    private static final double PRIOR_START_NANOS = 10_000;
    private static final double PRIOR_NANOS_PER_BYTE = 0.5;

    private static final double FORGETTING = 1 - 1.0 / MEMORY;

    /** A line is laid through so many copies, with sizes that differ by this part of their mean. */
    private static final double LEAST_WEIGHT = 4;

    private static final double LEAST_SPREAD = 0.1;

    private volatile double startNanos;
    private volatile double nanosPerByte;
    private volatile long count;

    // Sums over the copies measured here, forgotten exponentially. Guarded by this object.
    private double weight;
    private double bytes;
    private double nanos;
    private double bytes2;
    private double bytesNanos;

    /** Without knowledge: ten microseconds, and two gigabytes per second. */
    public TransferEstimate() {
        this(PRIOR_START_NANOS, PRIOR_NANOS_PER_BYTE, 0);
    }

    TransferEstimate(double startNanos, double nanosPerByte, long count) {
        this.startNanos = startNanos;
        this.nanosPerByte = nanosPerByte;
        this.count = count;
    }

    /** What a copy is expected to take. */
    public long nanos(long sizeBytes) {
        return (long) (startNanos + sizeBytes * nanosPerByte);
    }

    /** Whether it is more than the prior. */
    public boolean isMeasured() {
        return count > 0;
    }

    /** Learns from a copy. */
    public synchronized void observe(long sizeBytes, long measuredNanos) {
        double expected = startNanos + sizeBytes * nanosPerByte;
        double taken =
                Math.max(1, count == 0 ? (double) measuredNanos : Math.min((double) measuredNanos, CLIP * expected));
        count++;
        weight = FORGETTING * weight + 1;
        bytes = FORGETTING * bytes + sizeBytes;
        nanos = FORGETTING * nanos + taken;
        bytes2 = FORGETTING * bytes2 + (double) sizeBytes * sizeBytes;
        bytesNanos = FORGETTING * bytesNanos + sizeBytes * taken;
        fit();
    }

    private void fit() {
        double meanBytes = bytes / weight;
        double meanNanos = nanos / weight;
        double variance = bytes2 / weight - meanBytes * meanBytes;
        double spread = LEAST_SPREAD * meanBytes;
        if (weight < LEAST_WEIGHT || variance <= spread * spread) {
            double ratio = meanNanos / Math.max(1e-3, startNanos + nanosPerByte * meanBytes);
            nanosPerByte = nanosPerByte * ratio;
            startNanos = startNanos * ratio;
            return;
        }
        double slope = Math.max(0, (bytesNanos / weight - meanBytes * meanNanos) / variance);
        double start = meanNanos - slope * meanBytes;
        if (start < 0) {
            // The line of least squares through the origin.
            start = 0;
            slope = bytesNanos / bytes2;
        }
        nanosPerByte = slope;
        startNanos = start;
    }

    TransferStatus status(String from, String to) {
        return new TransferStatus(from, to, startNanos, nanosPerByte, count);
    }
}
