// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.saguaro.runtime.core.SchedulingRound;

/**
 * Rounds on their way from the threads that run them, one at a time, to one that reads them. Where the reader is too slow, rounds are
 * counted and not kept. Allocates nothing for the writer.
 */
final class RoundLog {

    private static final int FIELDS = 5;

    private final int capacity;
    private final long[] fields;
    /** Rounds written, ever; the writer's. */
    private final AtomicLong written = new AtomicLong();
    /** Rounds read, ever; the reader's. */
    private final AtomicLong read = new AtomicLong();

    RoundLog(int capacity) {
        this.capacity = capacity;
        fields = new long[Math.multiplyExact(capacity, FIELDS)];
    }

    /** The thread of the round. */
    void add(long begunNanos, int ready, int decisions, int left, long decidingNanos) {
        long count = written.getPlain();
        if (count - read.getAcquire() >= capacity) {
            return;
        }
        int at = (int) (count % capacity) * FIELDS;
        fields[at] = begunNanos;
        fields[at + 1] = ready;
        fields[at + 2] = decisions;
        fields[at + 3] = left;
        fields[at + 4] = decidingNanos;
        written.setRelease(count + 1);
    }

    /** Those not read yet, oldest first. One reader at a time. */
    List<SchedulingRound> take() {
        List<SchedulingRound> rounds = new ArrayList<>();
        long end = written.getAcquire();
        for (long next = read.getPlain(); next < end; next++) {
            int at = (int) (next % capacity) * FIELDS;
            rounds.add(new SchedulingRound(
                    fields[at], (int) fields[at + 1], (int) fields[at + 2], (int) fields[at + 3], fields[at + 4]));
        }
        read.setRelease(end);
        return rounds;
    }
}
