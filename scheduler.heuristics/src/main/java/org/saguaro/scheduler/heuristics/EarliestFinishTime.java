// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.osgi.service.component.annotations.Component;
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
 * <p><b>Ties:</b> the PE that comes first in the pool.
 *
 * <p><b>Source:</b> the EFT policy of CEDR: Mack et al., "CEDR: A Compiler-integrated, Extensible DSSoC Runtime", ACM TECS
 * 22(2), 2023, doi:10.1145/3529257; the PE selection is that of HEFT without insertion: Topcuoglu, Hariri and Wu,
 * "Performance-effective and low-complexity task scheduling for heterogeneous computing", IEEE TPDS 13(3), 2002,
 * doi:10.1109/71.993206.
 */
@Component(property = SchedulingPolicy.NAME_PROPERTY + "=eft")
public final class EarliestFinishTime implements SchedulingPolicy {

    /** When each PE becomes available, by position; the round's own assignments included. */
    private long[] available = new long[0];

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        int pes = pool.size();
        if (available.length < pes) {
            available = new long[pes];
        }
        long now = pool.nowNanos();
        for (int pe = 0; pe < pes; pe++) {
            available[pe] = Math.max(now, pool.get(pe).availableAtNanos());
        }
        int tasks = ready.size();
        for (int task = 0; task < tasks; task++) {
            long earliest = Long.MAX_VALUE;
            int best = -1;
            for (int pe = 0; pe < pes; pe++) {
                // Costs are never negative, so this PE could at best draw, and the first one wins a draw.
                if (available[pe] < earliest && costs.supports(task, pe)) {
                    long finish = available[pe] + costs.executionNanos(task, pe) + costs.transferNanos(task, pe);
                    if (finish < earliest) {
                        earliest = finish;
                        best = pe;
                    }
                }
            }
            if (best >= 0) {
                assignment.assign(task, best);
                available[best] = earliest;
            }
        }
    }
}
