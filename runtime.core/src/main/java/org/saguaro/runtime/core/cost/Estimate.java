// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.saguaro.runtime.core.CostStatus;

/**
 * Execution time of one kernel signature on one type of PE: the prior until something was measured, then mean and standard deviation
 * as measured of late. Thread-safe; readers take no lock, and nothing is allocated after construction.
 *
 * <ul>
 *   <li>The first {@value #SEED} measurements count by their median, and their median deviation from it (Hampel, 1974): first executions
 *       are often cold.
 *   <li>Then each one moves the mean by a weight that falls to one {@value #MEMORY}th, so that the oldest fade. What is more than
 *       {@value #CLIP} deviations away counts as if it were so far (Huber, 1964), and with the least weight: a preempted execution moves
 *       little.
 *   <li>A change (throttling, contention) is told from outliers by two cumulated sums (Page, "Continuous inspection schemes", Biometrika
 *       1954), of deviations above and below the mean, each less a slack of {@value #SLACK}. When one exceeds {@value #ALARM}, which
 *       takes four executions in a row that are far off on one side, or more that are less far, the estimate starts anew with
 *       the newest that were.
 * </ul>
 */
public final class Estimate {

    static final int SEED = 5;
    /** Fewer far ones in a row are not the whole truth about a change. */
    private static final int FEW = 4;

    static final int MEMORY = 32;
    static final double CLIP = 3;
    static final double SLACK = 0.5;
    static final double FAR = 2;
    static final double ALARM = 8;

    /** Deviations that are smaller are not told from the clock's and the caches': of the mean, and in nanoseconds. */
    private static final double LEAST_DEVIATION = 1.0 / 32;

    private static final double LEAST_DEVIATION_NANOS = 50;

    /** From a median deviation to the standard deviation of a normal distribution. */
    private static final double NORMAL = 1.4826;

    private volatile double priorNanos = Double.NaN;
    private volatile double meanNanos;
    private volatile double deviationNanos;
    private volatile long count;

    private final AtomicBoolean learning = new AtomicBoolean();

    // Guarded by this object.
    /** Whether the measurements, since the start or a change, are fewer than {@link #SEED}. */
    private boolean seeding;
    /** How many measurements the mean stands for. */
    private int known;

    private double varianceNanos2;
    /** After a change the deviation is at least that part of the mean, as before: a few measurements may lie close by chance. */
    private double leastRelative;

    private double above;
    private double below;
    /** How many of the newest were far off, all on one side: negative if below. */
    private int far;

    private long changes;
    private final long[] recent = new long[SEED];
    private int next;
    private final long[] sorted = new long[SEED];
    private final PredictionError error = new PredictionError();

    /** Nothing was measured yet. */
    public Estimate(long priorNanos) {
        this.priorNanos = priorNanos;
        this.meanNanos = priorNanos;
        this.deviationNanos = priorNanos;
        this.seeding = true;
    }

    /** Goes on from an earlier run, on which few measurements of this one outweigh it. */
    public Estimate(CalibrationStore.Entry entry) {
        this.meanNanos = entry.meanNanos();
        this.varianceNanos2 = entry.varianceNanos2();
        this.deviationNanos = entry.count() == 1 ? meanNanos : Math.sqrt(varianceNanos2);
        this.count = entry.count();
        this.known = SEED;
    }

    /** One that has settled, as in a runtime that has executed the kernel often: it stands for as many measurements as are remembered. */
    public Estimate(double meanNanos, double deviationNanos) {
        this.meanNanos = meanNanos;
        this.deviationNanos = deviationNanos;
        this.varianceNanos2 = deviationNanos * deviationNanos;
        this.count = MEMORY;
        this.known = MEMORY;
    }

    /** Says what would be expected without measurements, for people. */
    void prior(long nanos) {
        priorNanos = nanos;
    }

    /** What the next execution is expected to take. */
    public long meanNanos() {
        return (long) meanNanos;
    }

    /** How far from that it usually is: the standard deviation; the whole mean until two executions were measured. */
    public long deviationNanos() {
        return (long) deviationNanos;
    }

    /** Whether it is a measurement and not the prior. */
    public boolean isMeasured() {
        return count > 0;
    }

    /** Learns from one execution, unless another thread is at it. */
    public void observe(long nanos) {
        // One measurement less rather than a worker that waits for another one.
        if (learning.compareAndSet(false, true)) {
            try {
                learn(nanos);
            } finally {
                learning.set(false);
            }
        }
    }

    private synchronized void learn(long nanos) {
        if (count > 0) {
            error.observe(meanNanos, nanos);
        }
        recent[next] = nanos;
        next = (next + 1) % SEED;
        count++;
        if (seeding) {
            known++;
            startFrom(known);
            seeding = known < SEED;
        } else if (hasChanged(nanos)) {
            changes++;
            leastRelative = Math.sqrt(varianceNanos2) / Math.max(1, meanNanos);
            // Of a few that are far off one may be an outlier on top of noise: the median of more tells.
            known = Math.abs(far) < FEW ? SEED : Math.min(SEED, Math.abs(far));
            startFrom(known);
            seeding = known < SEED;
        } else {
            follow(nanos);
        }
        deviationNanos = count == 1 ? meanNanos : Math.sqrt(varianceNanos2);
    }

    private double scale() {
        return Math.max(Math.sqrt(varianceNanos2), Math.max(meanNanos * LEAST_DEVIATION, LEAST_DEVIATION_NANOS));
    }

    private double deviations(long nanos) {
        return Math.max(-CLIP, Math.min(CLIP, (nanos - meanNanos) / scale()));
    }

    private boolean hasChanged(long nanos) {
        double deviations = deviations(nanos);
        above = Math.max(0, above + deviations - SLACK);
        below = Math.max(0, below - deviations - SLACK);
        if (Math.abs(deviations) < FAR) {
            far = 0;
        } else {
            far = deviations > 0 ? Math.max(0, far) + 1 : Math.min(0, far) - 1;
        }
        return above > ALARM || below > ALARM;
    }

    private void follow(long nanos) {
        double deviations = deviations(nanos);
        double step = deviations * scale();
        double weight = 1.0 / MEMORY;
        // While a change is suspected, little is learnt: else the growing deviation would hide it.
        if (Math.max(above, below) < CLIP - SLACK) {
            known = Math.min(known + 1, MEMORY);
            weight = 1.0 / known;
        }
        varianceNanos2 = (1 - weight) * (varianceNanos2 + weight * step * step);
        double mean = meanNanos;
        meanNanos = mean + weight * step;
    }

    /** Takes the newest measurements for all there is. */
    private void startFrom(int newest) {
        for (int i = 0; i < newest; i++) {
            sorted[i] = recent[Math.floorMod(next - 1 - i, SEED)];
        }
        Arrays.sort(sorted, 0, newest);
        long median = middle(newest);
        for (int i = 0; i < newest; i++) {
            sorted[i] = Math.abs(sorted[i] - median);
        }
        Arrays.sort(sorted, 0, newest);
        double deviation = Math.max(NORMAL * middle(newest), leastRelative * median);
        meanNanos = median;
        varianceNanos2 = deviation * deviation;
        above = 0;
        below = 0;
        far = 0;
    }

    private long middle(int length) {
        return (sorted[(length - 1) / 2] + sorted[length / 2]) / 2;
    }

    synchronized CalibrationStore.Entry entry(String kernel, String peType) {
        return new CalibrationStore.Entry(kernel, peType, meanNanos, varianceNanos2, count);
    }

    synchronized CostStatus status(String kernel, String peType) {
        double prior = priorNanos;
        return new CostStatus(
                kernel,
                peType,
                Double.isNaN(prior) ? CostStatus.NO_PRIOR : (long) prior,
                meanNanos(),
                deviationNanos(),
                count,
                changes,
                error.predictions(),
                error.meanAbsolute(),
                error.bias(),
                error.last());
    }
}
