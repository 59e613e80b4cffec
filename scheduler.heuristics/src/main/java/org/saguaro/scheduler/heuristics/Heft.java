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
 * HEFT, heterogeneous earliest finish time, over the tasks that are ready.
 *
 * <p><b>Rule:</b> tasks of the largest upward rank first; each goes to the supporting PE that would finish it first ({@link
 * EarliestFinishTime}). The upward rank is the length of the longest chain of mean execution and transfer times from the task to the end of
 * its request. The paper schedules a whole graph ahead and may insert a task into a gap before others; here gaps do not exist, because a
 * PE's queue holds only tasks that can run.
 *
 * <p><b>Cost:</b> O(P + log n) per task; the core computes ranks once per deployment.
 *
 * <p><b>Ties:</b> of tasks, the oldest; of PEs, option {@code ties}, by default the one that comes first in the pool.
 *
 * <p><b>Source:</b> Topcuoglu, Hariri and Wu, "Performance-effective and low-complexity task scheduling for heterogeneous computing", IEEE
 * TPDS 13(3), 2002, doi:10.1109/71.993206.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.heft",
        property = SchedulingPolicy.NAME_PROPERTY + "=heft",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class Heft implements SchedulingPolicy {

    private final Timeline timeline;
    private final TaskHeap order = new TaskHeap();

    /** With the default options. */
    public Heft() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public Heft(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    Heft(TieBreak ties) {
        timeline = new Timeline(ties);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        timeline.begin(pool);
        int tasks = ready.size();
        order.begin(tasks);
        for (int task = 0; task < tasks; task++) {
            order.add(task, -ready.get(task).upwardRankNanos(), 0);
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
}
