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
 * Min-min.
 *
 * <p><b>Rule:</b> again and again, of all ready tasks, the one that can be finished first, on the PE that finishes it first:
 * {@code max(now, available) + transfer + execution}. Short tasks go first, and PEs are kept evenly busy.
 *
 * <p><b>Cost:</b> O(n (P + G)) per round of n tasks, where G is the number of different rows of costs among them, plus O(P) for each row
 * whose best PE was taken and that may be next ({@link CostGroups}); O(n² P) as written in the paper.
 *
 * <p><b>Ties:</b> of tasks, the oldest; of PEs, option {@code ties}, by default the one that comes first in the pool.
 *
 * <p><b>Source:</b> Ibarra and Kim, "Heuristic Algorithms for Scheduling Independent Tasks on Nonidentical Processors", JACM 24(2), 1977,
 * doi:10.1145/322003.322011; named so by Braun et al., JPDC 61(6), 2001, doi:10.1006/jpdc.2000.1714.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.minmin",
        property = SchedulingPolicy.NAME_PROPERTY + "=minmin",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class MinMin implements SchedulingPolicy {

    private final CostGroups groups;

    /** With the default options. */
    public MinMin() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public MinMin(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    MinMin(TieBreak ties) {
        groups = new CostGroups(new Timeline(ties), CostGroups.Measure.TRANSFER_AND_EXECUTION);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        int tasks = ready.size();
        groups.begin(pool, tasks);
        for (int task = 0; task < tasks; task++) {
            groups.add(task, costs);
        }
        for (int group = groups.earliest(); group != CostGroups.NONE; group = groups.earliest()) {
            int pe = groups.bestPe(group);
            long finish = groups.bestNanos(group);
            assignment.assign(groups.take(group), pe);
            groups.occupy(pe, finish);
        }
    }
}
