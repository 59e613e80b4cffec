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
 * Energy-delay product.
 *
 * <p><b>Rule:</b> tasks in the order they became ready; each goes to the supporting PE of the least
 *
 * <pre>{@code energy * (max(now, available) + transfer + execution - now)}</pre>
 *
 * that is, the energy of its execution times the delay until it is finished: twice the energy is worth half the delay.
 *
 * <p><b>Cost:</b> O(P) per task.
 *
 * <p><b>Ties:</b> the PE that would finish it first; then option {@code ties}, by default the one that comes first in the pool.
 *
 * <p><b>Source:</b> the measure is from Gonzalez and Horowitz, "Energy Dissipation in General Purpose Microprocessors", IEEE Journal of
 * Solid-State Circuits 31(9), 1996, doi:10.1109/4.535411; taken here for each task by itself, greedily.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.edp",
        property = SchedulingPolicy.NAME_PROPERTY + "=edp",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class EnergyDelayProduct implements SchedulingPolicy {

    private final Timeline timeline;

    /** With the default options. */
    public EnergyDelayProduct() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public EnergyDelayProduct(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    EnergyDelayProduct(TieBreak ties) {
        timeline = new Timeline(ties);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        timeline.begin(pool);
        long now = pool.nowNanos();
        int pes = timeline.pes();
        int tasks = ready.size();
        for (int task = 0; task < tasks; task++) {
            int best = Timeline.NOBODY;
            double least = Double.POSITIVE_INFINITY;
            long finishOfBest = Long.MAX_VALUE;
            for (int pe = 0; pe < pes; pe++) {
                if (costs.supports(task, pe)) {
                    long finish = timeline.availableNanos(pe)
                            + costs.transferNanos(task, pe)
                            + costs.executionNanos(task, pe);
                    double product = (double) costs.energyNanojoules(task, pe) * (double) (finish - now);
                    if (product < least
                            || (product == least
                                    && (finish < finishOfBest
                                            || (finish == finishOfBest && timeline.prefers(task, pe, best))))) {
                        least = product;
                        finishOfBest = finish;
                        best = pe;
                    }
                }
            }
            if (best != Timeline.NOBODY) {
                assignment.assign(task, best);
                timeline.occupy(best, finishOfBest);
            }
        }
    }
}
