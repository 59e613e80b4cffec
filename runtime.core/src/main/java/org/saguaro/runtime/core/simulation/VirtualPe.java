// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import org.jspecify.annotations.Nullable;
import org.saguaro.scheduler.api.PeState;

/** A PE of a run: its queue, and what it does. As an event: it is done with that. */
final class VirtualPe extends Event implements PeState {

    final int position;
    final Pool.PeType peType;
    /** Number of its type. */
    final int type;

    final int space;
    final long dispatchNanos;
    private final String id;

    private @Nullable VirtualTask head;
    private @Nullable VirtualTask tail;
    private int queuedTasks;
    /** Expected time of all tasks queued or running. */
    private long expectedNanos;

    @Nullable
    VirtualTask running;
    /** Of that: since when, and what its dispatch, its copies and its kernel take. */
    long startedNanos;

    long dispatchedNanos;
    long copyNanos;
    long kernelNanos;
    /** A request whose results it brings to the host. */
    @Nullable
    VirtualRequest results;

    /** Since when. */
    long resultsSinceNanos;

    private long availableAtNanos;

    long completed;
    long busyNanos;
    long transferNanos;
    long inDispatchNanos;

    VirtualPe(int position, Pool.PeType peType, int type, int number, int space) {
        this.position = position;
        this.peType = peType;
        this.type = type;
        this.space = space;
        dispatchNanos = peType.dispatchNanos();
        id = peType.name() + number;
    }

    boolean isAtRest() {
        return running == null && results == null;
    }

    // --- the queue: as in the dispatcher, its tasks run in the order in which they were assigned ---

    void offer(VirtualTask task) {
        queuedTasks++;
        expectedNanos += task.expectedNanos;
        task.request.queued++;
        VirtualTask last = tail;
        if (last == null) {
            head = task;
        } else {
            last.next = task;
        }
        tail = task;
    }

    /** The next task; it counts as queued until {@link #taskGone}. */
    @Nullable
    VirtualTask poll() {
        VirtualTask first = head;
        if (first != null) {
            head = first.next;
            if (head == null) {
                tail = null;
            }
            first.next = null;
            first.request.queued--;
        }
        return first;
    }

    /** A task is queued or running here no more. */
    void taskGone(VirtualTask task) {
        queuedTasks--;
        expectedNanos -= task.expectedNanos;
    }

    /** Takes out the waiting tasks of a request that has ended. */
    void takeOut(VirtualRequest ended) {
        VirtualTask before = null;
        VirtualTask task = head;
        while (task != null) {
            VirtualTask following = task.next;
            if (task.request == ended) {
                if (before == null) {
                    head = following;
                } else {
                    before.next = following;
                }
                if (following == null) {
                    tail = before;
                }
                task.next = null;
                taskGone(task);
                ended.queued--;
                ended.onItsWay--;
            } else {
                before = task;
            }
            task = following;
        }
    }

    /** What it has done until then. */
    SimulationResult.PeResult result(long endNanos) {
        double joules = (peType.idleWatts() * endNanos + peType.activeWatts() * busyNanos) / 1e9;
        return new SimulationResult.PeResult(
                id, peType.name(), completed, busyNanos, transferNanos, inDispatchNanos, joules);
    }

    // --- as policies see it ---

    /** Fixes the availability that the policy sees in a round, as the dispatcher computes it. */
    void observe(long nowNanos) {
        long ahead = expectedNanos;
        VirtualTask current = running;
        if (current != null) {
            // A PE that is waking up has done nothing of its task yet.
            long had = Math.max(0, nowNanos - startedNanos - dispatchedNanos);
            ahead -= Math.min(current.expectedNanos, had);
        }
        availableAtNanos = nowNanos + Math.max(0, ahead);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String type() {
        return peType.name();
    }

    @Override
    public long availableAtNanos() {
        return availableAtNanos;
    }

    @Override
    public int queuedTasks() {
        return queuedTasks;
    }

    @Override
    public String toString() {
        return id;
    }
}
