// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import java.util.Arrays;
import org.saguaro.scheduler.api.PePool;

/**
 * How much the PEs may still be given. A policy that binds late keeps each PE's queue short (the task that runs and one that waits, say),
 * so that what arrives later can still overtake.
 *
 * <p>Such a policy looks at all ready tasks to give out a few, and if they are many and tiny, looking would take longer than running them.
 * So beyond {@value #FEW} ready tasks a PE is given {@value #WORK_NANOS} ns of work for each of them, if its tasks are so short that {@code depth} of
 * them are less, and the next look is when it has done half of that: 1,000 ready tasks are looked at every half a
 * millisecond, and what arrives meanwhile can overtake all but a millisecond of work. A PE that nobody wanted at the last look waits for
 * the next one, unless no other PE ends a task soon.
 *
 * <p>And a look plans no more tasks that cannot go now than one per {@value #PLAN_NANOS} ns of work that the PEs have: where nobody wants
 * a PE, all of them would else be planned in vain.
 */
final class Room {

    /** So many ready tasks cost next to nothing to look at. */
    static final int FEW = 32;

    static final long WORK_NANOS = 1_000;
    private static final long PLAN_NANOS = 10_000;

    private final int depth;
    private int pes;
    /** By PE: tasks that bring its queue to the depth, when it is done, and whether it had room left after the last look. */
    private int[] free = new int[0];

    private long[] availableNanos = new long[0];
    private boolean[] unwanted = new boolean[0];
    /** A PE that is done before has room, however many tasks it has. */
    private long untilNanos;

    private int left;
    private double workNanos;
    private int plannedTasks;
    /** Whether {@link #left} is what the last look left. */
    private boolean looked;

    /** @throws IllegalArgumentException if the depth is less than 1 */
    Room(int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("option 'queue.depth' is " + depth + ", expected 1 or more");
        }
        this.depth = depth;
    }

    /** Begins a round of so many ready tasks; says whether any PE may be given something. */
    boolean begin(PePool pool, int ready) {
        rememberUnwanted(pool.size());
        long now = pool.nowNanos();
        long crowdNanos = WORK_NANOS * Math.max(0, ready - FEW);
        untilNanos = now + crowdNanos;
        left = 0;
        workNanos = 0;
        plannedTasks = 0;
        boolean needed = false;
        boolean anotherFollows = false;
        for (int pe = 0; pe < pes; pe++) {
            int queued = pool.get(pe).queuedTasks();
            free[pe] = depth - queued;
            availableNanos[pe] = Math.max(now, pool.get(pe).availableAtNanos());
            long ahead = availableNanos[pe] - now;
            workNanos += (double) ahead;
            if (has(pe)) {
                left++;
                needed |= !unwanted[pe] && ahead <= crowdNanos / 2;
            }
            anotherFollows |= !unwanted[pe] && queued > 0 && ahead / queued <= crowdNanos / 2;
        }
        looked = needed || (left > 0 && !anotherFollows);
        return looked;
    }

    /** What a round saw that did not look says nothing. */
    private void rememberUnwanted(int size) {
        if (size != pes) {
            pes = size;
            free = new int[size];
            availableNanos = new long[size];
            unwanted = new boolean[size];
        } else if (looked) {
            for (int pe = 0; pe < pes; pe++) {
                unwanted[pe] = has(pe);
            }
        }
    }

    boolean isLeft() {
        return left > 0;
    }

    boolean has(int pe) {
        return free[pe] > 0 || availableNanos[pe] < untilNanos;
    }

    /** A task was looked at that cannot go now: whether the next one is to be. */
    boolean mayPlanMore() {
        return ++plannedTasks <= FEW + workNanos / PLAN_NANOS;
    }

    /** From now on in the round only the tasks in the PEs' queues count, and the next round looks again. */
    void curb() {
        untilNanos = Long.MIN_VALUE;
        left = 0;
        for (int pe = 0; pe < pes; pe++) {
            left += has(pe) ? 1 : 0;
        }
        Arrays.fill(unwanted, false);
    }

    /** A PE that has room is given a task that takes so long. */
    void take(int pe, long nanos) {
        long atMost = Math.min(nanos, Timeline.LONG_NANOS);
        free[pe]--;
        availableNanos[pe] += atMost;
        workNanos += (double) atMost;
        if (!has(pe)) {
            left--;
        }
    }
}
