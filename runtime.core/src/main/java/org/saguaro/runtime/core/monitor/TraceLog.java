// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;

/**
 * The most recent task records, in a ring of fixed size that can be resized and turned off while tasks run.
 *
 * <p>The ring consists of chunks. Each PE's worker has a {@link Writer} that claims a chunk and fills it alone: a record costs plain
 * writes into one or two cache lines, and threads meet only once per chunk. A reader takes only records that were complete and
 * untouched while it copied them. If every chunk is being written, a record is dropped.
 */
public final class TraceLog {

    private static final int MOST_RECORDS_PER_CHUNK = 256;
    private static final int CHUNKS_WANTED = 256;

    private static final int SEQUENCE = 0;
    private static final int REQUEST_AND_OUTCOME = 1;
    private static final int READY = 2;
    private static final int ASSIGNED = 3;
    private static final int STARTED = 4;
    private static final int FINISHED = 5;
    private static final int FIELDS = 6;

    private static final int OUTCOME_BITS = 2;
    private static final List<Outcome> OUTCOMES = List.of(Outcome.COMPLETED, Outcome.FAILED, Outcome.ABANDONED);
    private static final int COMPLETED = OUTCOMES.indexOf(Outcome.COMPLETED);
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

    /** Replaced as a whole when it is resized or cleared; null while tracing is off. */
    private volatile @Nullable Ring ring;

    private volatile int capacity;

    /**
     * @param capacity records kept; 0 turns tracing off
     */
    public TraceLog(int capacity) {
        capacity(capacity);
    }

    /** Records kept; 0 if tracing is off. */
    public int capacity() {
        return capacity;
    }

    /** Keeps so many records from now on; 0 turns tracing off. Forgets the records so far if that is a change. Any thread. */
    public synchronized void capacity(int records) {
        if (records < 0) {
            throw new IllegalArgumentException("a trace of " + records + " records: must be 0 or more");
        }
        if (records != capacity) {
            capacity = records;
            ring = records == 0 ? null : new Ring(records);
        }
    }

    /** Forgets what was recorded so far. */
    public synchronized void clear() {
        ring = capacity == 0 ? null : new Ring(capacity);
    }

    /** For one PE. Used by one thread at a time. */
    public Writer writer(String peId) {
        return new Writer(peId);
    }

    /** The records kept, by start time. */
    public List<TaskRecord> records() {
        List<TaskRecord> records = new ArrayList<>();
        Ring now = ring;
        if (now != null) {
            now.read(records);
        }
        records.sort(Comparator.comparingLong(TaskRecord::startedNanos));
        return records;
    }

    /** Records what one PE did. */
    public final class Writer {
        private final String peId;
        private @Nullable Ring mine;
        private @Nullable Chunk chunk;
        private int used;

        private Writer(String peId) {
            this.peId = peId;
        }

        /** Adds a record. Allocates nothing. */
        public void add(
                long requestId,
                TaskLabel label,
                long readyNanos,
                long assignedNanos,
                long startedNanos,
                long finishedNanos,
                Outcome outcome) {
            Ring now = ring;
            if (now == null) {
                return;
            }
            Chunk into = chunk;
            if (into == null || now != mine || now.isOld(into.claim)) {
                into = claim(now);
                if (into == null) {
                    return;
                }
            }
            int index = used++;
            into.labels[index] = label;
            long[] fields = into.fields;
            int at = index * FIELDS;
            fields[at + REQUEST_AND_OUTCOME] = requestId << OUTCOME_BITS | code(outcome);
            fields[at + READY] = readyNanos;
            fields[at + ASSIGNED] = assignedNanos;
            fields[at + STARTED] = startedNanos;
            fields[at + FINISHED] = finishedNanos;
            LONGS.setRelease(fields, at + SEQUENCE, into.claim * now.recordsPerChunk + index);
            if (used == now.recordsPerChunk) {
                close();
            }
        }

        private static int code(Outcome outcome) {
            // Nearly always, and no search then.
            return outcome == Outcome.COMPLETED ? COMPLETED : OUTCOMES.indexOf(outcome);
        }

        private @Nullable Chunk claim(Ring now) {
            close();
            mine = now;
            Chunk claimed = now.claim(peId);
            chunk = claimed;
            used = 0;
            return claimed;
        }

        /** Lets others have the rest of the chunk that it fills. It may go on writing, into another one. */
        public void close() {
            Chunk filled = chunk;
            if (filled != null) {
                chunk = null;
                filled.owned.set(false);
            }
        }
    }

    /** Some records of one PE, one after the other. */
    private static final class Chunk {
        final AtomicBoolean owned = new AtomicBoolean();
        final long[] fields;
        final @Nullable TaskLabel[] labels;
        /** Position in the order of claims, from 1; and whose it is. Written by the owner before its records. */
        long claim;

        String peId = "";

        Chunk(int records) {
            fields = new long[records * FIELDS];
            labels = new TaskLabel[records];
        }

        void begin(long newClaim, String newPeId) {
            for (int at = 0; at < fields.length; at += FIELDS) {
                LONGS.setOpaque(fields, at + SEQUENCE, 0L);
            }
            // A reader that sees what is written from here on sees the zeros too.
            VarHandle.storeStoreFence();
            claim = newClaim;
            peId = newPeId;
        }
    }

    private static final class Ring {
        final int recordsPerChunk;
        private final Chunk[] chunks;
        private final AtomicLong claims = new AtomicLong();
        /** The last claim that got a chunk; about that, if several do at once. */
        private volatile long newestClaim;

        Ring(int capacity) {
            recordsPerChunk = Math.max(1, Math.min(MOST_RECORDS_PER_CHUNK, capacity / CHUNKS_WANTED));
            chunks = new Chunk[capacity / recordsPerChunk];
            for (int i = 0; i < chunks.length; i++) {
                chunks[i] = new Chunk(recordsPerChunk);
            }
        }

        /** Whether the ring has gone round since that claim: a PE with little to do must not keep hours-old records among new ones. */
        boolean isOld(long claim) {
            return newestClaim - claim >= chunks.length;
        }

        @Nullable
        Chunk claim(String peId) {
            for (int attempt = 0; attempt < chunks.length; attempt++) {
                long claim = claims.incrementAndGet();
                Chunk chunk = chunks[(int) (claim % chunks.length)];
                if (chunk.owned.compareAndSet(false, true)) {
                    chunk.begin(claim, peId);
                    newestClaim = claim;
                    return chunk;
                }
            }
            return null;
        }

        void read(List<TaskRecord> records) {
            for (Chunk chunk : chunks) {
                for (int index = 0; index < recordsPerChunk; index++) {
                    TaskRecord record = read(chunk, index);
                    if (record != null) {
                        records.add(record);
                    }
                }
            }
        }

        private static Outcome outcome(long requestAndOutcome) {
            int code = (int) requestAndOutcome & ((1 << OUTCOME_BITS) - 1);
            // Of a record that is being overwritten it may be anything; such a record is not used.
            return OUTCOMES.get(Math.min(code, OUTCOMES.size() - 1));
        }

        private @Nullable TaskRecord read(Chunk chunk, int index) {
            long[] fields = chunk.fields;
            int at = index * FIELDS;
            long sequence = (long) LONGS.getAcquire(fields, at + SEQUENCE);
            TaskLabel label = chunk.labels[index];
            if (sequence == 0 || label == null || isOld(sequence / recordsPerChunk)) {
                return null;
            }
            TaskRecord record = new TaskRecord(
                    fields[at + REQUEST_AND_OUTCOME] >> OUTCOME_BITS,
                    label.application(),
                    label.task(),
                    label.layers(),
                    chunk.peId,
                    fields[at + READY],
                    fields[at + ASSIGNED],
                    fields[at + STARTED],
                    fields[at + FINISHED],
                    outcome(fields[at + REQUEST_AND_OUTCOME]));
            VarHandle.loadLoadFence();
            return (long) LONGS.getOpaque(fields, at + SEQUENCE) == sequence ? record : null;
        }
    }
}
