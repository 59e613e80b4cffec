// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;

/**
 * The most recent task records, in a ring of fixed size. Writing takes no lock and allocates nothing: a writer claims the next
 * slot, and a reader takes only slots that were complete and untouched while it copied them. A writer that finds another one
 * at work in its slot drops its record.
 */
public final class TraceLog {

    /** Plain fields of one record; guarded by the slot's sequence number. */
    private static final class Slot {
        long requestId;

        @Nullable
        String application;

        int task;

        @Nullable
        String layers;

        @Nullable
        String peId;

        long readyNanos;
        long assignedNanos;
        long startedNanos;
        long finishedNanos;

        @Nullable
        Outcome outcome;
    }

    private static final long WRITING = -1;

    private final Slot[] slots;
    private final AtomicLongArray sequences;
    private final AtomicLong next = new AtomicLong(1);
    private volatile long firstKept = 1;

    /**
     * @param capacity records kept; 0 turns tracing off
     */
    public TraceLog(int capacity) {
        slots = new Slot[capacity];
        for (int i = 0; i < capacity; i++) {
            slots[i] = new Slot();
        }
        sequences = new AtomicLongArray(capacity);
    }

    /** Adds a record. Any thread; allocates nothing. */
    public void add(
            long requestId,
            String application,
            int task,
            String layers,
            String peId,
            long readyNanos,
            long assignedNanos,
            long startedNanos,
            long finishedNanos,
            Outcome outcome) {
        if (slots.length == 0) {
            return;
        }
        long sequence = next.getAndIncrement();
        int index = (int) (sequence % slots.length);
        long known = sequences.get(index);
        if (known == WRITING || known > sequence || !sequences.compareAndSet(index, known, WRITING)) {
            // Another writer is in this slot, a whole ring behind or ahead: better one record less than two mixed.
            return;
        }
        VarHandle.storeStoreFence();
        Slot slot = slots[index];
        slot.requestId = requestId;
        slot.application = application;
        slot.task = task;
        slot.layers = layers;
        slot.peId = peId;
        slot.readyNanos = readyNanos;
        slot.assignedNanos = assignedNanos;
        slot.startedNanos = startedNanos;
        slot.finishedNanos = finishedNanos;
        slot.outcome = outcome;
        sequences.set(index, sequence);
    }

    /** The records kept, by start time. */
    public List<TaskRecord> records() {
        List<TaskRecord> records = new ArrayList<>();
        for (int index = 0; index < slots.length; index++) {
            long before = sequences.get(index);
            if (before < firstKept) {
                continue;
            }
            Slot slot = slots[index];
            String application = slot.application;
            String layers = slot.layers;
            String peId = slot.peId;
            Outcome outcome = slot.outcome;
            if (application == null || layers == null || peId == null || outcome == null) {
                continue;
            }
            TaskRecord record = new TaskRecord(
                    slot.requestId,
                    application,
                    slot.task,
                    layers,
                    peId,
                    slot.readyNanos,
                    slot.assignedNanos,
                    slot.startedNanos,
                    slot.finishedNanos,
                    outcome);
            VarHandle.loadLoadFence();
            if (sequences.get(index) == before) {
                records.add(record);
            }
        }
        records.sort(Comparator.comparingLong(TaskRecord::startedNanos));
        return records;
    }

    /** Forgets what was recorded so far. */
    public void clear() {
        firstKept = next.get();
    }
}
