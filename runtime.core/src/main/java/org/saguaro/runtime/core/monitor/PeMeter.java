// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import org.HdrHistogram.Histogram;
import org.saguaro.runtime.core.MonitorSnapshot.Durations;

/**
 * Times of the tasks of one PE. Written by its worker alone, with plain writes; whoever reads may miss the latest few. Allocates nothing.
 *
 * <p>A task that ran for at least {@value #ALWAYS_NANOS} ns enters the histograms by itself. Of shorter ones every
 * {@value #SAMPLED_EVERY}th stands for the ones before: then even tasks that take no time at all pay but a nanosecond or two. Longest times
 * are exact in any case.
 */
public final class PeMeter {

    /** Values are right to one per cent. */
    static final int SIGNIFICANT_DIGITS = 2;

    /** An hour: what takes longer counts as that. */
    static final long LONGEST_NANOS = 3_600_000_000_000L;

    static final int SAMPLED_EVERY = 13;
    static final long ALWAYS_NANOS = 10_000;

    private final Histogram queueNanos = new Histogram(1, LONGEST_NANOS, SIGNIFICANT_DIGITS);
    private final Histogram taskNanos = new Histogram(1, LONGEST_NANOS, SIGNIFICANT_DIGITS);
    private int notEntered;
    private long longestQueueNanos;

    /**
     * Worker: a task was done.
     *
     * @param queuedNanos from its assignment to its start
     * @param ranNanos from its start to its end
     */
    public void completed(long queuedNanos, long ranNanos) {
        if (queuedNanos > longestQueueNanos) {
            longestQueueNanos = queuedNanos;
        }
        if (ranNanos >= ALWAYS_NANOS) {
            queueNanos.recordValue(bounded(queuedNanos));
            taskNanos.recordValue(bounded(ranNanos));
        } else if (++notEntered == SAMPLED_EVERY) {
            notEntered = 0;
            queueNanos.recordValueWithCount(bounded(queuedNanos), SAMPLED_EVERY);
            taskNanos.recordValueWithCount(bounded(ranNanos), SAMPLED_EVERY);
        }
    }

    static long bounded(long nanos) {
        return Math.max(1, Math.min(nanos, LONGEST_NANOS));
    }

    /** Waits in the PE's queue. */
    public Durations queueNanos() {
        return durations(queueNanos.copy(), longestQueueNanos);
    }

    /** Running times, transfers of inputs included. */
    public Durations taskNanos() {
        return durations(taskNanos.copy(), 0);
    }

    static Durations durations(Histogram histogram, long longestKnown) {
        return histogram.getTotalCount() == 0
                ? Durations.NONE
                : new Durations(
                        histogram.getTotalCount(),
                        (long) histogram.getMean(),
                        histogram.getValueAtPercentile(50),
                        histogram.getValueAtPercentile(90),
                        histogram.getValueAtPercentile(99),
                        Math.max(histogram.getMaxValue(), longestKnown));
    }
}
