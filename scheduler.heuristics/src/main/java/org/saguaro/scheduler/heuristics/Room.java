// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.saguaro.scheduler.api.PePool;

/**
 * How much the PEs may still be given. A policy that binds late keeps each PE's queue short (the task that runs and one that waits, say),
 * so that what arrives later can still overtake.
 *
 * <p>Such a policy looks at all ready tasks to give out a few, and if they are many and tiny, looking would take longer than running them.
 * So beyond {@value #FEW} ready tasks it looks only every {@value #LOOK_NANOS} ns per task, and a PE is given work for twice that time if its tasks
 * are so short that {@code depth} of them are less: 1,000 ready tasks are looked at every half a millisecond, which takes about a tenth of
 * that time, and what arrives meanwhile can overtake all but a millisecond of work. It looks at once whenever no PE is expected to be
 * done by then, because no round might follow soon.
 */
final class Room {

    /** So many ready tasks cost next to nothing to look at. */
    static final int FEW = 32;

    static final long LOOK_NANOS = 500;

    private final int depth;
    /** By PE: tasks that bring its queue to the depth, and when it is done. */
    private int[] free = new int[0];

    private long[] availableNanos = new long[0];
    /** A PE that is done before has room, however many tasks it has. */
    private long untilNanos;

    private int pes;
    private int left;
    private boolean looked;
    private long lookedAtNanos;

    /** @throws IllegalArgumentException if the depth is less than 1 */
    Room(int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("option 'queue.depth' is " + depth + ", expected 1 or more");
        }
        this.depth = depth;
    }

    /** Begins a round of so many ready tasks; says whether any PE may be given something. */
    boolean begin(PePool pool, int ready) {
        pes = pool.size();
        if (free.length < pes) {
            free = new int[pes];
            availableNanos = new long[pes];
        }
        long now = pool.nowNanos();
        long pauseNanos = LOOK_NANOS * Math.max(0, ready - FEW);
        untilNanos = now + 2 * pauseNanos;
        left = 0;
        boolean anotherRoundFollows = false;
        for (int pe = 0; pe < pes; pe++) {
            int queued = pool.get(pe).queuedTasks();
            free[pe] = depth - queued;
            availableNanos[pe] = Math.max(now, pool.get(pe).availableAtNanos());
            left += has(pe) ? 1 : 0;
            anotherRoundFollows |= queued > 0 && availableNanos[pe] <= untilNanos;
        }
        if (left == 0 || (anotherRoundFollows && looked && isSooner(now - lookedAtNanos, pauseNanos))) {
            return false;
        }
        looked = true;
        lookedAtNanos = now;
        return true;
    }

    /** A clock that is set back says nothing. */
    private static boolean isSooner(long passedNanos, long pauseNanos) {
        return passedNanos >= 0 && passedNanos < pauseNanos;
    }

    boolean isLeft() {
        return left > 0;
    }

    boolean has(int pe) {
        return free[pe] > 0 || availableNanos[pe] < untilNanos;
    }

    /** From now on in the round only the tasks in the PEs' queues count, and the next round may look again at once. */
    void curb() {
        looked = false;
        untilNanos = Long.MIN_VALUE;
        left = 0;
        for (int pe = 0; pe < pes; pe++) {
            left += has(pe) ? 1 : 0;
        }
    }

    /** A PE that has room is given a task that takes so long. */
    void take(int pe, long nanos) {
        free[pe]--;
        availableNanos[pe] += Math.min(nanos, Timeline.LONG_NANOS);
        if (!has(pe)) {
            left--;
        }
    }
}
