// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;

/** When each PE of a round becomes available, the round's own decisions included. */
final class Timeline {

    /** Said for no PE. */
    static final int NOBODY = -1;

    /** Later than anything; two of it and a cost can be added. The core says such a time of a PE that is leaving. */
    private static final long FAR_NANOS = Long.MAX_VALUE / 4;

    /** A long time of which thousands can be added: for means that a PE about to leave must not push over the edge. */
    static final long LONG_NANOS = 1L << 50;

    private final TieBreak ties;
    private long[] availableNanos = new long[0];
    private int pes;
    private long finishNanos;

    Timeline(TieBreak ties) {
        this.ties = ties;
    }

    /** Begins a round. */
    void begin(PePool pool) {
        pes = pool.size();
        if (availableNanos.length < pes) {
            availableNanos = new long[pes];
        }
        long now = pool.nowNanos();
        for (int pe = 0; pe < pes; pe++) {
            availableNanos[pe] = Math.max(now, pool.get(pe).availableAtNanos());
        }
        ties.begin(pool);
    }

    int pes() {
        return pes;
    }

    long availableNanos(int pe) {
        return availableNanos[pe];
    }

    /** Whether, of two PEs that are equally good for a task, the later one in the pool gets it. */
    boolean prefers(int task, int pe, int before) {
        return ties.prefers(task, pe, before);
    }

    /** The PE that would finish the task first, {@link #NOBODY} if none supports it; {@link #finishNanos} says when. */
    int earliestFinish(int task, CostModel costs) {
        long earliest = Long.MAX_VALUE;
        int best = NOBODY;
        boolean first = ties.isFirst();
        for (int pe = 0; pe < pes; pe++) {
            long available = availableNanos[pe];
            // Costs are never negative, so this PE could at best draw.
            if ((available < earliest || (available == earliest && !first)) && costs.supports(task, pe)) {
                long finish = available + costs.transferNanos(task, pe) + costs.executionNanos(task, pe);
                if (finish < earliest || (finish == earliest && ties.prefers(task, pe, best))) {
                    earliest = finish;
                    best = pe;
                }
            }
        }
        finishNanos = earliest;
        return best;
    }

    /** As {@link #earliestFinish(int, CostModel)}, among the PEs that may be given something. */
    int earliestFinish(int task, CostModel costs, Room room) {
        long earliest = Long.MAX_VALUE;
        int best = NOBODY;
        for (int pe = 0; pe < pes; pe++) {
            if (room.has(pe) && costs.supports(task, pe)) {
                long finish = availableNanos[pe] + costs.transferNanos(task, pe) + costs.executionNanos(task, pe);
                if (finish < earliest || (finish == earliest && ties.prefers(task, pe, best))) {
                    earliest = finish;
                    best = pe;
                }
            }
        }
        finishNanos = earliest;
        return best;
    }

    /** When the PE that was found last would have finished. */
    long finishNanos() {
        return finishNanos;
    }

    /** Gives a PE work until then. */
    void occupy(int pe, long untilNanos) {
        availableNanos[pe] = Math.min(untilNanos, FAR_NANOS);
        ties.assigned(pe);
    }
}
