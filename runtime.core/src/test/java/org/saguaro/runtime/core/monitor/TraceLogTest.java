// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;

@Timeout(60)
class TraceLogTest {

    private static final int WRITERS = 4;
    private static final int RECORDS_PER_WRITER = 200_000;
    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f", "g");
    private static final List<Outcome> OUTCOMES = List.of(Outcome.COMPLETED, Outcome.FAILED, Outcome.ABANDONED);

    /** A record whose every field follows from one number. */
    private static TaskRecord record(long n) {
        return new TaskRecord(n, name(n), (int) n, name(n + 1), name(n + 2), n + 3, n + 4, n + 5, n + 6, outcome(n));
    }

    private static void add(TraceLog log, long n) {
        log.add(n, name(n), (int) n, name(n + 1), name(n + 2), n + 3, n + 4, n + 5, n + 6, outcome(n));
    }

    private static String name(long n) {
        return NAMES.get((int) (n % NAMES.size()));
    }

    private static Outcome outcome(long n) {
        return OUTCOMES.get((int) (n % OUTCOMES.size()));
    }

    private static List<Long> numbers(TraceLog log) {
        return log.records().stream().map(TaskRecord::requestId).toList();
    }

    @Test
    void keepsWhatWasAdded() {
        TraceLog log = new TraceLog(8);
        assertThat(log.records()).isEmpty();
        add(log, 1);
        add(log, 2);
        assertThat(log.records()).containsExactly(record(1), record(2));
    }

    @Test
    void ordersByStart() {
        TraceLog log = new TraceLog(8);
        add(log, 9);
        add(log, 3);
        add(log, 6);
        assertThat(numbers(log)).containsExactly(3L, 6L, 9L);
    }

    @Test
    void keepsTheNewestWhenItIsFull() {
        TraceLog log = new TraceLog(4);
        for (int n = 1; n <= 4; n++) {
            add(log, n);
        }
        assertThat(numbers(log)).containsExactly(1L, 2L, 3L, 4L);
        for (int n = 5; n <= 11; n++) {
            add(log, n);
        }
        assertThat(log.records()).containsExactly(record(8), record(9), record(10), record(11));
    }

    @Test
    void forgetsWhenCleared() {
        TraceLog log = new TraceLog(4);
        for (int n = 1; n <= 6; n++) {
            add(log, n);
        }
        log.clear();
        assertThat(log.records()).isEmpty();
        add(log, 7);
        assertThat(numbers(log)).containsExactly(7L);
    }

    @Test
    void keepsNothingWithoutRoom() {
        TraceLog log = new TraceLog(0);
        add(log, 1);
        log.clear();
        assertThat(log.records()).isEmpty();
    }

    @Test
    void concurrentWritersTearNoRecord() throws InterruptedException {
        // So small that writers meet in a slot all the time.
        TraceLog log = new TraceLog(3);
        CountDownLatch start = new CountDownLatch(1);
        CountDownLatch written = new CountDownLatch(WRITERS);
        List<Thread> threads = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            long first = (long) w * RECORDS_PER_WRITER;
            Thread writer = new Thread(() -> {
                awaitUninterruptibly(start);
                for (long n = first; n < first + RECORDS_PER_WRITER; n++) {
                    add(log, n);
                }
                written.countDown();
            });
            writer.start();
            threads.add(writer);
        }
        start.countDown();
        List<TaskRecord> torn = new ArrayList<>();
        int seen = 0;
        boolean done = false;
        while (!done) {
            done = written.getCount() == 0;
            for (TaskRecord record : log.records()) {
                seen++;
                if (!record.equals(record(record.requestId()))) {
                    torn.add(record);
                }
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(torn).as("records mixed from several, of %d seen", seen).isEmpty();
        assertThat(log.records()).as("records kept in the end").hasSize(3);
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the writers", e);
        }
    }
}
