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
 * CEDR's ETF.
 *
 * <p><b>Rule:</b> again and again, of all ready tasks and all PEs that support them, the pair that <em>finishes</em> first, that is, with
 * the least
 *
 * <pre>{@code max(now, available) + execution}</pre>
 *
 * CEDR's source says earliest task first, but compares finishes where the paper compares starts ({@link EarliestTaskFirst}), has no static
 * level to break ties, and knows no transfer times. So it is Min-min ({@link MinMin}) in a world without communication.
 *
 * <p><b>Cost:</b> O(n (P + G)) per round of n tasks, where G is the number of different rows of execution times among them ({@link
 * CostGroups}); O(n² P) in CEDR.
 *
 * <p><b>Ties:</b> of tasks, the oldest; of PEs, option {@code ties}, by default the one that comes first in the pool, as in CEDR.
 *
 * <p><b>Source:</b> {@code scheduleETF} in CEDR's scheduler: Mack et al., "CEDR: A Compiler-integrated, Extensible DSSoC Runtime",
 * ACM TECS 22(2), 2023, doi:10.1145/3529257, as published in its repository (src-api/scheduler.cpp).
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.etf_cedr",
        property = SchedulingPolicy.NAME_PROPERTY + "=etf_cedr",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class EarliestTaskFirstCedr implements SchedulingPolicy {

    private final CostGroups groups;

    /** With the default options. */
    public EarliestTaskFirstCedr() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public EarliestTaskFirstCedr(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    EarliestTaskFirstCedr(TieBreak ties) {
        groups = new CostGroups(new Timeline(ties), CostGroups.Measure.EXECUTION);
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
