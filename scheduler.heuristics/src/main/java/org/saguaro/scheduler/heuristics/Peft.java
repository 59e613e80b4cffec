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
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * PEFT, predict earliest finish time, over the tasks that are ready.
 *
 * <p><b>Rule:</b> the optimistic cost of a task on a PE is what its request takes at least from there to its end. Tasks of the largest
 * mean optimistic cost over the PEs that support them first; each goes to the PE with the least
 *
 * <pre>{@code max(now, available) + transfer + execution + optimistic cost}</pre>
 *
 * so a PE that finishes later may win if what follows is cheaper from there.
 *
 * <p><b>Cost:</b> O(P + log n) per task; the core computes optimistic costs once per deployment.
 *
 * <p><b>Ties:</b> of tasks, the oldest; of PEs, option {@code ties}, by default the one that comes first in the pool.
 *
 * <p><b>Source:</b> Arabnejad and Barbosa, "List Scheduling Algorithm for Heterogeneous Systems by an Optimistic Cost Table", IEEE TPDS
 * 25(3), 2014, doi:10.1109/TPDS.2013.57. There the table is computed for a whole graph ahead and has tasks inserted into gaps.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.peft",
        property = SchedulingPolicy.NAME_PROPERTY + "=peft",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class Peft implements SchedulingPolicy {

    private final Timeline timeline;
    private final TaskHeap order = new TaskHeap();

    /** With the default options. */
    public Peft() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public Peft(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    Peft(TieBreak ties) {
        timeline = new Timeline(ties);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        timeline.begin(pool);
        int tasks = ready.size();
        order.begin(tasks);
        for (int task = 0; task < tasks; task++) {
            order.add(task, -meanOptimisticNanos(task, costs), 0);
        }
        order.order();
        while (!order.isEmpty()) {
            int task = order.poll();
            int best = Timeline.NOBODY;
            long least = Long.MAX_VALUE;
            long finishOfBest = 0;
            for (int pe = 0; pe < timeline.pes(); pe++) {
                if (costs.supports(task, pe)) {
                    long finish = timeline.availableNanos(pe)
                            + costs.transferNanos(task, pe)
                            + costs.executionNanos(task, pe);
                    long end = finish + optimisticNanos(task, pe, costs);
                    if (end < least || (end == least && timeline.prefers(task, pe, best))) {
                        least = end;
                        best = pe;
                        finishOfBest = finish;
                    }
                }
            }
            if (best != Timeline.NOBODY) {
                assignment.assign(task, best);
                timeline.occupy(best, finishOfBest);
            }
        }
    }

    private long meanOptimisticNanos(int task, CostModel costs) {
        long sum = 0;
        int count = 0;
        for (int pe = 0; pe < timeline.pes(); pe++) {
            if (costs.supports(task, pe)) {
                sum += optimisticNanos(task, pe, costs);
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    private static long optimisticNanos(int task, int pe, CostModel costs) {
        return Math.min(costs.optimisticRemainingNanos(task, pe), Timeline.LONG_NANOS);
    }
}
