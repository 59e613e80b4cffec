// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The tasks that wait for one PE, first in, first out, linked through {@link TaskRun#next}: nothing is allocated, and there is no bound.
 *
 * <p>Whoever adds pushes on a stack; whoever takes empties the stack at once and turns it round. Takers exclude each other by a flag
 * that only the PE's worker raises, but for the rare thread that drains: it is raised for a few instructions, and no adder waits for it.
 */
final class TaskQueue {

    private static final long PAUSE_NANOS = 1_000;

    private final AtomicReference<@Nullable TaskRun> added = new AtomicReference<>();
    private final AtomicBoolean taking = new AtomicBoolean();

    /** Oldest of those that were on the stack. Written by who takes. */
    private volatile @Nullable TaskRun oldest;

    /** Any thread. The task must be in no other list. */
    void add(TaskRun task) {
        TaskRun head;
        do {
            head = added.get();
            task.next = head;
        } while (!added.compareAndSet(head, task));
    }

    /** Any thread; a hint while others add or take. */
    boolean isEmpty() {
        return oldest == null && added.get() == null;
    }

    /** The oldest task; null if there is none. */
    @Nullable
    TaskRun poll() {
        beginTaking();
        try {
            TaskRun task = oldest == null ? turned() : oldest;
            if (task != null) {
                oldest = task.next;
                task.next = null;
            }
            return task;
        } finally {
            taking.set(false);
        }
    }

    /** Everything, oldest first. */
    List<TaskRun> drain() {
        return takeIf(task -> true);
    }

    /** What fulfils a condition, oldest first; the others stay in their order. */
    List<TaskRun> takeIf(Predicate<TaskRun> condition) {
        if (isEmpty()) {
            return List.of();
        }
        List<TaskRun> taken = new ArrayList<>();
        beginTaking();
        try {
            TaskRun first = null;
            TaskRun last = null;
            TaskRun task = oldest == null ? turned() : oldest;
            while (task != null) {
                TaskRun following = task.next == null ? turned() : task.next;
                task.next = null;
                if (condition.test(task)) {
                    taken.add(task);
                } else if (last == null) {
                    first = task;
                    last = task;
                } else {
                    last.next = task;
                    last = task;
                }
                task = following;
            }
            oldest = first;
        } finally {
            taking.set(false);
        }
        return taken;
    }

    private void beginTaking() {
        while (!taking.compareAndSet(false, true)) {
            // Rare, and the other one may have lost its core.
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Empties the stack; returns its oldest task, linked to the younger ones. */
    private @Nullable TaskRun turned() {
        TaskRun task = added.getAndSet(null);
        TaskRun older = null;
        while (task != null) {
            TaskRun before = task.next;
            task.next = older;
            older = task;
            task = before;
        }
        return older;
    }
}
