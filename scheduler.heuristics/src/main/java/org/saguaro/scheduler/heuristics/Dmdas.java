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
 * DMDAS, deque model data aware sorted, of StarPU.
 *
 * <p><b>Rule:</b> each task is planned on the PE that {@link Dmda} says, in the order they became ready; each PE then takes its tasks by
 * priority: the request's, then the largest upward rank, which StarPU has the application say as a priority.
 *
 * <p><b>Late binding:</b> in StarPU a task stays with the worker that it was planned on, and the worker's queue is sorted. Here a PE is given
 * only what brings its queue to {@code queue.depth} (2: what runs and one that waits), or more if tasks are many and tiny ({@link Room}); the rest stays ready and is planned anew in the next
 * round.
 *
 * <p><b>Nobody starves:</b> the oldest ready task is overtaken by {@code patience} others (64) at most ({@link Patience}), then it takes
 * the first PE that supports it and has room.
 *
 * <p><b>Cost:</b> O(n P) per round to plan, and O(log n) per task; O(P) if no PE has room.
 *
 * <p><b>Ties:</b> of tasks, the oldest; of PEs, option {@code ties}, by default the one that comes first in the pool.
 *
 * <p><b>Source:</b> Augonnet, Thibault, Namyst and Wacrenier, "StarPU: a unified platform for task scheduling on heterogeneous multicore
 * architectures", CCPE 23(2), 2011, doi:10.1002/cpe.1631; with transfers: Augonnet, Clet-Ortega, Thibault and Namyst, "Data-Aware Task
 * Scheduling on Multi-accelerator Based Platforms", ICPADS 2010, doi:10.1109/ICPADS.2010.129.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.dmdas",
        property = SchedulingPolicy.NAME_PROPERTY + "=dmdas",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = DmdaOptions.class)
public final class Dmdas implements SchedulingPolicy {

    private final Timeline timeline;
    private final Fitness fitness;
    private final Room room;
    private final Patience patience;
    private final TaskHeap order = new TaskHeap();
    /** The PE that each task is planned on. */
    private int[] plan = new int[0];

    /** With the default options. */
    public Dmdas() {
        this(new Fitness(Fitness.ALPHA, Fitness.BETA, Fitness.GAMMA), TieBreak.of(TieBreak.FIRST, 0), 2, 64);
    }

    /** Called by Declarative Services. */
    @Activate
    public Dmdas(DmdaOptions options) {
        this(
                new Fitness(options.alpha(), options.beta(), options.gamma()),
                TieBreak.of(options.ties(), options.seed()),
                options.queue_depth(),
                options.patience());
    }

    Dmdas(Fitness fitness, TieBreak ties, int queueDepth, int overtakings) {
        this.fitness = fitness;
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
        int favoured = patience.favoured();
        if (favouredPe != Timeline.NOBODY) {
            timeline.occupy(favouredPe, timeline.finishNanos());
            give(favoured, favouredPe, costs, assignment);
        }
        int tasks = ready.size();
        if (plan.length < tasks) {
            plan = new int[tasks];
        }
        order.begin(tasks);
        for (int position = 0; position < tasks; position++) {
            int pe = position == favoured ? Timeline.NOBODY : fitness.fittest(position, costs, timeline);
            if (pe != Timeline.NOBODY) {
                plan[position] = pe;
                timeline.occupy(pe, fitness.endNanos());
                ReadyTask task = ready.get(position);
                order.add(position, -task.priority(), -task.upwardRankNanos());
            }
        }
        order.order();
        while (room.isLeft() && !order.isEmpty()) {
            int task = order.poll();
            if (room.has(plan[task])) {
                give(task, plan[task], costs, assignment);
            } else if (!room.mayPlanMore()) {
                return;
            }
        }
    }

    private void give(int task, int pe, CostModel costs, Assignment assignment) {
        assignment.assign(task, pe);
        room.take(pe, costs.transferNanos(task, pe) + costs.executionNanos(task, pe));
        patience.placed(task);
        if (patience.isOver()) {
            room.curb();
        }
    }
}
