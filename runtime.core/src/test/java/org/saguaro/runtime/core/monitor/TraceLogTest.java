// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;

@Timeout(60)
class TraceLogTest {

    private static final int MEETINGS = 50_000;
    private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f", "g");
    private static final List<Outcome> OUTCOMES = List.of(Outcome.COMPLETED, Outcome.FAILED, Outcome.ABANDONED);

    /** A record whose every field follows from one number. */
    private static TaskRecord record(long n) {
        return new TaskRecord(n, name(n), (int) n, name(n + 1), name(n + 2), n + 3, n + 4, n + 5, n + 6, outcome(n));
    }

    private static void add(TraceLog log, long n) {
        TraceLog.Writer writer = log.writer(name(n + 2));
        add(writer, n);
        writer.close();
    }

    private static void add(TraceLog.Writer writer, long n) {
        writer.add(n, new TaskLabel(name(n), (int) n, name(n + 1)), n + 3, n + 4, n + 5, n + 6, outcome(n));
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

    /** Two writers meet in one slot, again and again; what stands there then must come from one of them. */
    @Test
    void concurrentWritersTearNoRecord() throws InterruptedException {
        TraceLog log = new TraceLog(1);
        AtomicLong begun = new AtomicLong();
        AtomicLong ended = new AtomicLong();
        Thread other = new Thread(() -> {
            for (long meeting = 1; meeting <= MEETINGS; meeting++) {
                while (begun.get() < meeting) {
                    Thread.onSpinWait();
                }
                add(log, 2 * meeting);
                ended.set(meeting);
            }
        });
        other.start();
        List<TaskRecord> torn = new ArrayList<>();
        int missing = 0;
        for (long meeting = 1; meeting <= MEETINGS; meeting++) {
            begun.set(meeting);
            add(log, 2 * meeting + 1);
            while (ended.get() < meeting) {
                Thread.onSpinWait();
            }
            List<TaskRecord> records = log.records();
            missing += records.isEmpty() ? 1 : 0;
            records.stream()
                    .filter(record -> !record.equals(record(record.requestId())))
                    .forEach(torn::add);
        }
        other.join();
        assertThat(torn).as("records mixed from two").isEmpty();
        assertThat(missing).as("meetings that left no record").isZero();
    }

    @Test
    void aReaderSeesNoRecordHalfWritten() throws InterruptedException {
        TraceLog log = new TraceLog(2);
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            for (long n = 1; !stop.get(); n++) {
                add(log, n);
            }
        });
        writer.start();
        List<TaskRecord> torn = new ArrayList<>();
        for (int i = 0; i < MEETINGS; i++) {
            log.records().stream()
                    .filter(record -> !record.equals(record(record.requestId())))
                    .forEach(torn::add);
        }
        stop.set(true);
        writer.join();
        assertThat(torn).as("records half written").isEmpty();
    }

    /** Long runs of two PEs at once, as workers make them: chunks change hands while a reader looks. */
    @Test
    void recordsOfManyChunksAreWholeAndTheNewest() throws InterruptedException {
        TraceLog log = new TraceLog(1 << 13);
        int records = 100_000;
        List<Thread> workers = new ArrayList<>();
        AtomicLong running = new AtomicLong(2);
        for (int pe = 0; pe < 2; pe++) {
            // The name of a record's PE follows from its number, so each writer gets the numbers of its PE.
            int first = pe;
            TraceLog.Writer writer = log.writer(name(first + 2));
            Thread worker = new Thread(() -> {
                for (int i = 0; i < records; i++) {
                    add(writer, (long) first + (long) i * NAMES.size());
                }
                running.decrementAndGet();
            });
            workers.add(worker);
            worker.start();
        }
        List<TaskRecord> torn = new ArrayList<>();
        while (running.get() > 0) {
            log.records().stream()
                    .filter(record -> !record.equals(record(record.requestId())))
                    .forEach(torn::add);
        }
        for (Thread worker : workers) {
            worker.join();
        }
        assertThat(torn).as("records half written").isEmpty();
        assertThat(numbers(log))
                .as("the newest of the PE that was done last")
                .containsAnyOf((long) (records - 1) * NAMES.size(), 1 + (long) (records - 1) * NAMES.size());
        assertThat(log.records()).hasSizeBetween(1 << 12, 1 << 13);
    }

    @Test
    void anIdlePeKeepsNoOldRecordsAmongNewOnes() {
        TraceLog log = new TraceLog(1 << 12);
        TraceLog.Writer idle = log.writer(name(1 + 2));
        add(idle, 1);
        TraceLog.Writer busy = log.writer(name(7 + 2));
        for (long i = 1; i <= 1 << 13; i++) {
            add(busy, 7 * i);
        }
        assertThat(numbers(log)).doesNotContain(1L);
        add(idle, 1);
        assertThat(numbers(log)).contains(1L);
    }

    @Test
    void isResizedAndTurnedOffWhileItIsWritten() {
        TraceLog log = new TraceLog(4);
        TraceLog.Writer writer = log.writer(name(1 + 2));
        add(writer, 1);
        log.capacity(0);
        add(writer, 1);
        assertThat(log.records()).isEmpty();
        log.capacity(2);
        assertThat(log.capacity()).isEqualTo(2);
        add(writer, 1);
        assertThat(log.records()).containsExactly(record(1));
        assertThatThrownBy(() -> log.capacity(-1)).hasMessageContaining("-1");
    }
}
