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
 * Earliest finish time.
 *
 * <p><b>Rule:</b> tasks in the order they became ready; each goes to the supporting PE that would finish it first, that is, the
 * one with the least
 *
 * <pre>{@code max(now, available) + transfer + execution}</pre>
 *
 * where {@code available} includes the tasks that this round has given the PE already. Every task that a PE supports is
 * assigned, if need be behind others.
 *
 * <p><b>Cost:</b> O(P) per task. Costs are not looked up for a PE that becomes available only after the best finish found so far.
 *
 * <p><b>Ties:</b> option {@code ties}; by default the PE that comes first in the pool.
 *
 * <p><b>Source:</b> the EFT policy of CEDR: Mack et al., "CEDR: A Compiler-integrated, Extensible DSSoC Runtime",
 * ACM TECS 22(2), 2023, doi:10.1145/3529257; the PE selection is that of HEFT without insertion: Topcuoglu, Hariri and Wu,
 * "Performance-effective and low-complexity task scheduling for heterogeneous computing", IEEE TPDS 13(3), 2002,
 * doi:10.1109/71.993206.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.eft",
        property = SchedulingPolicy.NAME_PROPERTY + "=eft",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class EarliestFinishTime implements SchedulingPolicy {

    private final Timeline timeline;

    /** With the default options. */
    public EarliestFinishTime() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public EarliestFinishTime(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    EarliestFinishTime(TieBreak ties) {
        timeline = new Timeline(ties);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        timeline.begin(pool);
        int tasks = ready.size();
        for (int task = 0; task < tasks; task++) {
            int pe = timeline.earliestFinish(task, costs);
            if (pe != Timeline.NOBODY) {
                assignment.assign(task, pe);
                timeline.occupy(pe, timeline.finishNanos());
            }
        }
    }
}
