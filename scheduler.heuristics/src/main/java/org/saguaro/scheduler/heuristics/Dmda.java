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
 * DMDA, deque model data aware, of StarPU.
 *
 * <p><b>Rule:</b> tasks in the order they became ready; each goes to the supporting PE of the least
 *
 * <pre>{@code alpha * (end - best end) + beta * transfer + gamma * energy}</pre>
 *
 * where {@code end = max(now, available) + transfer + execution} and {@code best end} is the earliest of those ({@link Fitness}). The transfer
 * counts twice, as part of the end and for itself: what burdens the bus delays others too. With beta and gamma 0 it is {@link
 * EarliestFinishTime}. The defaults are StarPU's: 1, 1 and 1000 microseconds per joule. StarPU also charges the idle power of the other
 * processors, which our cost model does not know.
 *
 * <p><b>Cost:</b> O(P) per task.
 *
 * <p><b>Ties:</b> option {@code ties}; by default the PE that comes first in the pool.
 *
 * <p><b>Source:</b> Augonnet, Thibault, Namyst and Wacrenier, "StarPU: a unified platform for task scheduling on heterogeneous multicore
 * architectures", CCPE 23(2), 2011, doi:10.1002/cpe.1631; with transfers: Augonnet, Clet-Ortega, Thibault and Namyst, "Data-Aware Task
 * Scheduling on Multi-accelerator Based Platforms", ICPADS 2010, doi:10.1109/ICPADS.2010.129.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.dmda",
        property = SchedulingPolicy.NAME_PROPERTY + "=dmda",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = DmdaOptions.class)
public final class Dmda implements SchedulingPolicy {

    private final Timeline timeline;
    private final Fitness fitness;

    /** With the default options. */
    public Dmda() {
        this(new Fitness(Fitness.ALPHA, Fitness.BETA, Fitness.GAMMA), TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public Dmda(DmdaOptions options) {
        this(
                new Fitness(options.alpha(), options.beta(), options.gamma()),
                TieBreak.of(options.ties(), options.seed()));
    }

    Dmda(Fitness fitness, TieBreak ties) {
        this.fitness = fitness;
        timeline = new Timeline(ties);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        timeline.begin(pool);
        int tasks = ready.size();
        for (int task = 0; task < tasks; task++) {
            int pe = fitness.fittest(task, costs, timeline);
            if (pe != Timeline.NOBODY) {
                assignment.assign(task, pe);
                timeline.occupy(pe, fitness.endNanos());
            }
        }
    }
}
