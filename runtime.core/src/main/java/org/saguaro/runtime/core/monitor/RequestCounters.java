// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.saguaro.runtime.core.DeploymentStatistics;

/** Counters and latencies of one deployment. Lock-free for writers. */
public final class RequestCounters {

    private static final int SIGNIFICANT_DIGITS = 2;

    private final LongAdder submitted = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final ConcurrentHistogram latencyNanos = new ConcurrentHistogram(SIGNIFICANT_DIGITS);

    public void submitted() {
        submitted.increment();
    }

    public void completed(long nanos) {
        completed.increment();
        latencyNanos.recordValue(Math.max(1, nanos));
    }

    public void failed() {
        failed.increment();
    }

    public void rejected() {
        rejected.increment();
    }

    /** A snapshot. */
    public DeploymentStatistics statistics(String name) {
        Histogram latencies = latencyNanos.copy();
        long ended = completed.sum() + failed.sum();
        long accepted = submitted.sum();
        return new DeploymentStatistics(
                name,
                accepted,
                completed.sum(),
                failed.sum(),
                rejected.sum(),
                Math.max(0, accepted - ended),
                (long) latencies.getMean(),
                latencies.getValueAtPercentile(50),
                latencies.getValueAtPercentile(90),
                latencies.getValueAtPercentile(99),
                latencies.getMaxValue());
    }
}
