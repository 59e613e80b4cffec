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
 * HEFT_RT, a run-time variant of HEFT for ready tasks of several applications.
 *
 * <p><b>Rule:</b> a task's rank is its mean execution time over the PEs that support it. Tasks of the largest rank first, each goes to the
 * supporting PE that would finish it first ({@link EarliestFinishTime}).
 *
 * <p><b>Cost:</b> O(P + log n) per task.
 *
 * <p><b>Ties:</b> of tasks, the oldest; of PEs, option {@code ties}, by default the one that comes first in the pool.
 *
 * <p><b>Source:</b> Mack, Arda, Ogras and Akoglu, "Performant, Multi-Objective Scheduling of Highly Interleaved Task Graphs on
 * Heterogeneous System on Chip Devices", IEEE TPDS 33(9), 2022, doi:10.1109/TPDS.2021.3135876.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.heft_rt",
        property = SchedulingPolicy.NAME_PROPERTY + "=heft_rt",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class HeftRt implements SchedulingPolicy {

    private final Timeline timeline;
    private final TaskHeap order = new TaskHeap();

    /** With the default options. */
    public HeftRt() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public HeftRt(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    HeftRt(TieBreak ties) {
        timeline = new Timeline(ties);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        timeline.begin(pool);
        int tasks = ready.size();
        order.begin(tasks);
        for (int task = 0; task < tasks; task++) {
            order.add(task, -meanExecutionNanos(task, costs), 0);
        }
        order.order();
        while (!order.isEmpty()) {
            int task = order.poll();
            int pe = timeline.earliestFinish(task, costs);
            if (pe != Timeline.NOBODY) {
                assignment.assign(task, pe);
                timeline.occupy(pe, timeline.finishNanos());
            }
        }
    }

    private long meanExecutionNanos(int task, CostModel costs) {
        long sum = 0;
        int count = 0;
        for (int pe = 0; pe < timeline.pes(); pe++) {
            if (costs.supports(task, pe)) {
                sum += Math.min(costs.executionNanos(task, pe), Timeline.LONG_NANOS);
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }
}
