// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;

/**
 * Late binding for the rules that are an order of tasks: every ready task is planned, in that order, on the PE that would finish it
 * first, but a PE is given only what it has {@link Room} for; the rest stays ready. {@link Patience} keeps the oldest task from starving.
 */
final class LateBinding {

    private final Timeline timeline;
    private final Room room;
    private final Patience patience;
    private final TaskHeap order = new TaskHeap();

    LateBinding(TieBreak ties, int queueDepth, int overtakings) {
        timeline = new Timeline(ties);
        room = new Room(queueDepth);
        patience = new Patience(overtakings);
    }

    /** Number of PEs of the round. */
    int pes() {
        return timeline.pes();
    }

    /**
     * Begins a round. The caller adds each ready task to the order that it gets, and then calls {@link #placeInOrder}.
     *
     * @return false if no PE has room: then there is nothing to do
     */
    boolean begin(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        if (!room.begin(pool, ready.size())) {
            return false;
        }
        timeline.begin(pool);
        int favouredPe = patience.begin(ready, costs, timeline, room);
        if (favouredPe != Timeline.NOBODY) {
            give(patience.favoured(), favouredPe, assignment);
        }
        order.begin(ready.size());
        return true;
    }

    /** Who goes first. */
    TaskHeap order() {
        return order;
    }

    /** Every ready task has been added. */
    void placeInOrder(CostModel costs, Assignment assignment) {
        order.order();
        while (room.isLeft() && !order.isEmpty()) {
            int task = order.poll();
            if (task == patience.favoured()) {
                continue;
            }
            int pe = timeline.earliestFinish(task, costs);
            if (pe == Timeline.NOBODY) {
                continue;
            }
            if (room.has(pe)) {
                give(task, pe, assignment);
            } else if (room.mayPlanMore()) {
                timeline.occupy(pe, timeline.finishNanos());
            } else {
                return;
            }
        }
    }

    private void give(int task, int pe, Assignment assignment) {
        assignment.assign(task, pe);
        room.take(pe, timeline.finishNanos() - timeline.availableNanos(pe));
        timeline.occupy(pe, timeline.finishNanos());
        patience.placed(task);
        if (patience.isOver()) {
            room.curb();
        }
    }
}
