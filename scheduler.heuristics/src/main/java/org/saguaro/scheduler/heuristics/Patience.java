// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.ReadyQueue;

/**
 * Keeps a policy that prefers some tasks to others from starving anybody: the oldest ready task that a PE supports is overtaken by so many
 * others at most. After that it goes to the first PE that supports it and has room. So a task with n older ones before it waits for
 * (n + 1) times that many placements at most.
 */
final class Patience {

    private final int overtakings;
    private long oldestId = Long.MIN_VALUE;
    private int overtaken;
    private int oldest;
    private int favoured;
    /** The oldest task that the round has not placed, as long as it places them in order. */
    private int front;
    /** How many the round has placed before that one. */
    private int outOfOrder;

    /** @throws IllegalArgumentException if the number is less than 1 */
    Patience(int overtakings) {
        if (overtakings < 1) {
            throw new IllegalArgumentException("option 'patience' is " + overtakings + ", expected 1 or more");
        }
        this.overtakings = overtakings;
    }

    /** Begins a round: finds the oldest task, and the PE that it is to have before all others; {@link Timeline#NOBODY} if it is not its turn. */
    int begin(ReadyQueue ready, CostModel costs, Timeline timeline, Room room) {
        oldest = oldestSupported(ready, costs, timeline.pes());
        favoured = Timeline.NOBODY;
        front = oldest;
        outOfOrder = 0;
        if (oldest == Timeline.NOBODY) {
            return Timeline.NOBODY;
        }
        long id = ready.get(oldest).id();
        if (id != oldestId) {
            oldestId = id;
            overtaken = 0;
        }
        if (overtaken < overtakings) {
            return Timeline.NOBODY;
        }
        int pe = timeline.earliestFinish(oldest, costs, room);
        if (pe != Timeline.NOBODY) {
            favoured = oldest;
        }
        return pe;
    }

    /** The task that {@link #begin} found a PE for; {@link Timeline#NOBODY} if it is not its turn. */
    int favoured() {
        return favoured;
    }

    /** Told of each placement. */
    void placed(int task) {
        if (task != oldest) {
            overtaken++;
        }
        if (task == front) {
            front++;
        } else {
            outOfOrder++;
        }
    }

    /** Whether the oldest task that is left has been overtaken as often as it may be: who places many in a round stops there. */
    boolean isOver() {
        return (front == oldest ? overtaken : outOfOrder) >= overtakings;
    }

    private static int oldestSupported(ReadyQueue ready, CostModel costs, int pes) {
        int tasks = ready.size();
        for (int task = 0; task < tasks; task++) {
            for (int pe = 0; pe < pes; pe++) {
                if (costs.supports(task, pe)) {
                    return task;
                }
            }
        }
        return Timeline.NOBODY;
    }
}
