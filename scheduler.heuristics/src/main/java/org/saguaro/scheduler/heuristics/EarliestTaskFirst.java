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
 * ETF, earliest task first, as published in 1989.
 *
 * <p><b>Rule:</b> again and again, of all ready tasks and all PEs that support them, the pair that can <em>start</em> first, where a start is
 *
 * <pre>{@code max(now, available) + transfer}</pre>
 *
 * and the execution time plays no part; of several such tasks the one of the largest upward rank (the paper's static level). The paper's
 * processors are all alike, so there is no faster one to wait for; where they are not, this rule takes any that is free. What runtimes call ETF
 * is often {@link EarliestTaskFirstCedr}.
 *
 * <p><b>Cost:</b> O(n (P + log n) + n G) per round of n tasks, where G is the number of different rows of transfer costs among them ({@link
 * CostGroups}); O(n² P) as written in the paper.
 *
 * <p><b>Ties:</b> of tasks, the largest upward rank, then the oldest; of PEs, option {@code ties}, by default the one that comes first in
 * the pool.
 *
 * <p><b>Source:</b> Hwang, Chow, Anger and Lee, "Scheduling Precedence Graphs in Systems with Interprocessor Communication Times", SIAM
 * Journal on Computing 18(2), 1989, doi:10.1137/0218016.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.etf",
        property = SchedulingPolicy.NAME_PROPERTY + "=etf",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class EarliestTaskFirst implements SchedulingPolicy {

    private final CostGroups groups;
    private final TaskHeap order = new TaskHeap();

    /** With the default options. */
    public EarliestTaskFirst() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public EarliestTaskFirst(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    EarliestTaskFirst(TieBreak ties) {
        groups = new CostGroups(new Timeline(ties), CostGroups.Measure.TRANSFER);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        int tasks = ready.size();
        order.begin(tasks);
        for (int task = 0; task < tasks; task++) {
            order.add(task, -ready.get(task).upwardRankNanos(), 0);
        }
        order.order();
        groups.begin(pool, tasks);
        while (!order.isEmpty()) {
            groups.add(order.poll(), costs);
        }
        for (int group = groups.earliest(); group != CostGroups.NONE; group = groups.earliest()) {
            int pe = groups.bestPe(group);
            long start = groups.bestNanos(group);
            int task = groups.take(group);
            assignment.assign(task, pe);
            groups.occupy(pe, start + costs.executionNanos(task, pe));
        }
    }
}
