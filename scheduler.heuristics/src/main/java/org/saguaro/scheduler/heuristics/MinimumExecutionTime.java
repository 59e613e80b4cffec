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
 * Minimum execution time.
 *
 * <p><b>Rule:</b> tasks in the order they became ready; each goes to the supporting PE that executes it fastest, however much waits
 * there and whatever the transfer takes.
 *
 * <p><b>Cost:</b> O(P) per task.
 *
 * <p><b>Ties:</b> option {@code ties}. All PEs of a type draw, so the default is the one with the fewest tasks: the first in the pool would
 * leave the others of its type idle for good. CEDR takes them in turn.
 *
 * <p><b>Source:</b> Braun et al., "A comparison of eleven static heuristics for mapping a class of independent tasks onto heterogeneous
 * distributed computing systems", JPDC 61(6), 2001, doi:10.1006/jpdc.2000.1714; the MET policy of CEDR: Mack et al., "CEDR: A Compiler-integrated, Extensible DSSoC Runtime",
 * ACM TECS 22(2), 2023, doi:10.1145/3529257.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.met",
        property = SchedulingPolicy.NAME_PROPERTY + "=met",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = MetOptions.class)
public final class MinimumExecutionTime implements SchedulingPolicy {

    private final TieBreak ties;

    /** With the default options. */
    public MinimumExecutionTime() {
        this(TieBreak.of(TieBreak.LEAST_LOADED, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public MinimumExecutionTime(MetOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    MinimumExecutionTime(TieBreak ties) {
        this.ties = ties;
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        ties.begin(pool);
        int pes = pool.size();
        int tasks = ready.size();
        for (int task = 0; task < tasks; task++) {
            int best = Timeline.NOBODY;
            long least = Long.MAX_VALUE;
            for (int pe = 0; pe < pes; pe++) {
                if (costs.supports(task, pe)) {
                    long execution = costs.executionNanos(task, pe);
                    if (execution < least || (execution == least && ties.prefers(task, pe, best))) {
                        least = execution;
                        best = pe;
                    }
                }
            }
            if (best != Timeline.NOBODY) {
                assignment.assign(task, best);
                ties.assigned(best);
            }
        }
    }
}
