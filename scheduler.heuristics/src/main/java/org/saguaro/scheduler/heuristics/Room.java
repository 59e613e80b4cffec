// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.saguaro.scheduler.api.PePool;

/**
 * How much the PEs may still be given. A policy that binds late keeps each PE's queue short (the task that runs and one that waits, say),
 * so that what arrives later can still overtake.
 */
final class Room {

    private final int depth;
    private int[] free = new int[0];
    private int left;

    /** @throws IllegalArgumentException if the depth is less than 1 */
    Room(int depth) {
        if (depth < 1) {
            throw new IllegalArgumentException("option 'queue.depth' is " + depth + ", expected 1 or more");
        }
        this.depth = depth;
    }

    /** Begins a round; says whether any PE may be given something. */
    boolean begin(PePool pool) {
        int pes = pool.size();
        if (free.length < pes) {
            free = new int[pes];
        }
        left = 0;
        for (int pe = 0; pe < pes; pe++) {
            free[pe] = Math.max(0, depth - pool.get(pe).queuedTasks());
            left += free[pe];
        }
        return left > 0;
    }

    boolean isLeft() {
        return left > 0;
    }

    boolean has(int pe) {
        return free[pe] > 0;
    }

    void take(int pe) {
        free[pe]--;
        left--;
    }
}
