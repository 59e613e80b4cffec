// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.osgi.service.metatype.annotations.Designate;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * Value of service.
 *
 * <p><b>Rule:</b> a request earns its whole value until its soft deadline, then less and less in a straight line, and nothing from its hard
 * deadline on. Without a hard deadline, what it earns falls after the soft one as the time that it was given over the time that it took.
 * Of all ready tasks, the one whose request earns most per time of its execution goes first, to the PE on which it earns most; of those, to the
 * one that would finish it first. The end of a request is estimated as
 *
 * <pre>{@code max(now, available) + transfer + execution + optimistic remaining time}</pre>
 *
 * and the time of the execution is that on the fastest PE, transfer included. A request that would end after its hard deadline on every PE
 * that supports the task is dropped, in the first round in which some PE has room: what it would take, others can earn by.
 *
 * <p><b>Late binding:</b> every ready task is planned, in order, on a PE, but a PE is given only what
 * brings its queue to {@code queue.depth} (2: what runs and one that waits), or more if tasks are many and tiny ({@link Room}). The rest
 * stays ready and is planned anew in the next round, so that what arrives meanwhile can overtake.
 *
 * <p><b>Nobody starves:</b> the oldest ready task is overtaken by {@code patience} others (64) at most ({@link Patience}), then it takes
 * the first PE that supports it and has room.
 *
 * <p><b>Cost:</b> O(n P) per round, and O(P + log n) per task planned, more often than once if its value has fallen behind others' meanwhile;
 * O(P) if no PE has room.
 *
 * <p><b>Ties:</b> of tasks, the oldest; of PEs, option {@code ties}, by default the one that comes first in the pool.
 *
 * <p><b>Source:</b> the maximum value per time heuristics of Kumbhare, Marathe, Akoglu, Siegel, Abdulla and Hariri, "A Value-Oriented Job
 * Scheduling Approach for Power-Constrained and Oversubscribed HPC Systems", IEEE TPDS 31(6), 2020, doi:10.1109/TPDS.2020.2967373, with the
 * execution time for the resources times time there.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.vos",
        property = SchedulingPolicy.NAME_PROPERTY + "=vos",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = LateOptions.class)
public final class ValueOfService implements SchedulingPolicy {

    private final Timeline timeline;
    private final Room room;
    private final Patience patience;
    private final TaskHeap order = new TaskHeap();
    /** What {@link #evaluate} found. */
    private int bestPe;

    private double bestWorth;
    private long finishOfBest;
    private long earliestEnd;
    private long leastWork;

    /** With the default options. */
    public ValueOfService() {
        this(TieBreak.of(TieBreak.FIRST, 0), 2, 64);
    }

    /** Called by Declarative Services. */
    @Activate
    public ValueOfService(LateOptions options) {
        this(TieBreak.of(options.ties(), options.seed()), options.queue_depth(), options.patience());
    }

    ValueOfService(TieBreak ties, int queueDepth, int overtakings) {
        timeline = new Timeline(ties);
        room = new Room(queueDepth);
        patience = new Patience(overtakings);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        if (!room.begin(pool, ready.size())) {
            return;
        }
        timeline.begin(pool);
        int favouredPe = patience.begin(ready, costs, timeline, room);
        long finishOfFavoured = timeline.finishNanos();
        int tasks = ready.size();
        order.begin(tasks);
        for (int position = 0; position < tasks; position++) {
            ReadyTask task = ready.get(position);
            evaluate(position, task, costs);
            if (bestPe == Timeline.NOBODY) {
                continue;
            }
            if (isHopeless(task)) {
                assignment.drop(position);
            } else if (position == patience.favoured()) {
                give(position, favouredPe, finishOfFavoured, assignment);
            } else {
                order.add(position, TaskHeap.descending(bestWorth / leastWork), 0);
            }
        }
        order.order();
        while (room.isLeft() && !order.isEmpty()) {
            int task = order.poll();
            evaluate(task, ready.get(task), costs);
            if (isHopeless(ready.get(task))) {
                // Others took its time in this round; should they go elsewhere in the next, there may be hope again.
                continue;
            }
            // PEs become available later and never earlier in a round, so values only fall: none that is behind can
            // have come to the front.
            long key = TaskHeap.descending(bestWorth / leastWork);
            if (!order.isEmpty() && key > order.leastKey()) {
                order.putBack(task, key, 0);
            } else if (room.has(bestPe)) {
                give(task, bestPe, finishOfBest, assignment);
            } else if (room.mayPlanMore()) {
                timeline.occupy(bestPe, finishOfBest);
            } else {
                return;
            }
        }
    }

    private void give(int task, int pe, long finishNanos, Assignment assignment) {
        assignment.assign(task, pe);
        room.take(pe, finishNanos - timeline.availableNanos(pe));
        timeline.occupy(pe, finishNanos);
        patience.placed(task);
        if (patience.isOver()) {
            room.curb();
        }
    }

    /** Finds where the task's request would earn most, how much, and when it could end at the earliest. */
    private void evaluate(int position, ReadyTask task, CostModel costs) {
        bestPe = Timeline.NOBODY;
        bestWorth = -1;
        finishOfBest = Long.MAX_VALUE;
        earliestEnd = Long.MAX_VALUE;
        leastWork = Long.MAX_VALUE;
        for (int pe = 0; pe < timeline.pes(); pe++) {
            if (costs.supports(position, pe)) {
                long work = costs.transferNanos(position, pe) + costs.executionNanos(position, pe);
                long finish = timeline.availableNanos(pe) + work;
                long end = finish + costs.optimisticRemainingNanos(position, pe);
                double worth = worth(task, end);
                if (worth > bestWorth
                        || (worth == bestWorth
                                && (finish < finishOfBest
                                        || (finish == finishOfBest && timeline.prefers(position, pe, bestPe))))) {
                    bestPe = pe;
                    bestWorth = worth;
                    finishOfBest = finish;
                }
                earliestEnd = Math.min(earliestEnd, end);
                leastWork = Math.min(leastWork, Math.max(1, work));
            }
        }
    }

    /** Whether the request that was evaluated would end too late wherever its task went. */
    private boolean isHopeless(ReadyTask task) {
        return task.hardDeadlineNanos() != ReadyTask.NO_DEADLINE && earliestEnd > task.hardDeadlineNanos();
    }

    /** What a request earns that ends then. */
    private static double worth(ReadyTask task, long endNanos) {
        long hard = task.hardDeadlineNanos();
        long soft = Math.min(task.softDeadlineNanos(), hard);
        if (endNanos <= soft) {
            return task.value();
        }
        if (hard == ReadyTask.NO_DEADLINE) {
            double given = Math.max(1, soft - task.submittedNanos());
            return task.value() * given / (given + (double) (endNanos - soft));
        }
        return endNanos >= hard ? 0 : task.value() * (double) (hard - endNanos) / (double) (hard - soft);
    }
}
