// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** Hears every kernel of some PEs start, and knows the longest silence. Thread-safe. */
public final class Pulse {

    private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());
    private final LongAccumulator longestNanos = new LongAccumulator(Math::max, 0);
    private final LongAdder beats = new LongAdder();

    /** A kernel starts. */
    void beat(long nowNanos) {
        beats.increment();
        longestNanos.accumulate(nowNanos - lastNanos.getAndSet(nowNanos));
    }

    /** Kernels started. */
    public long beats() {
        return beats.sum();
    }

    /** The longest time in which no kernel started since this was last asked. */
    public long takeLongestSilenceNanos() {
        return longestNanos.getThenReset();
    }
}
