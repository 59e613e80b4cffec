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
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * EDF, earliest deadline first.
 *
 * <p><b>Rule:</b> tasks of the request with the earliest deadline first, the soft one or, without a soft one, the hard one; requests without any
 * come last. Each goes to the supporting PE that would finish it first ({@link EarliestFinishTime}).
 *
 * <p><b>Late binding:</b> every ready task is planned, in order, on the PE that would finish it first, but a PE is given only what
 * brings its queue to {@code queue.depth} (2: what runs and one that waits). The rest stays ready and is planned anew in the next round, so
 * that what arrives meanwhile can overtake.
 *
 * <p><b>Nobody starves:</b> the oldest ready task is overtaken by {@code patience} others (64) at most ({@link Patience}), then it takes
 * the first PE that supports it and has room.
 *
 * <p><b>Cost:</b> O(n) per round, and O(P + log n) per task planned; O(P) if no PE has room.
 *
 * <p><b>Ties:</b> of tasks, the request's priority, then the oldest; of PEs, option {@code ties}, by default the one that comes first in the
 * pool.
 *
 * <p><b>Source:</b> Liu and Layland, "Scheduling Algorithms for Multiprogramming in a Hard-Real-Time Environment", JACM 20(1), 1973,
 * doi:10.1145/321738.321743. Optimal on one processor; on several it is a heuristic.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.edf",
        property = SchedulingPolicy.NAME_PROPERTY + "=edf",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = LateOptions.class)
public final class EarliestDeadlineFirst implements SchedulingPolicy {

    private final LateBinding late;

    /** With the default options. */
    public EarliestDeadlineFirst() {
        this(TieBreak.of(TieBreak.FIRST, 0), 2, 64);
    }

    /** Called by Declarative Services. */
    @Activate
    public EarliestDeadlineFirst(LateOptions options) {
        this(TieBreak.of(options.ties(), options.seed()), options.queue_depth(), options.patience());
    }

    EarliestDeadlineFirst(TieBreak ties, int queueDepth, int overtakings) {
        late = new LateBinding(ties, queueDepth, overtakings);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        if (!late.begin(ready, pool, costs, assignment)) {
            return;
        }
        for (int position = 0; position < ready.size(); position++) {
            ReadyTask task = ready.get(position);
            late.order().add(position, Math.min(task.softDeadlineNanos(), task.hardDeadlineNanos()), -task.priority());
        }
        late.placeInOrder(costs, assignment);
    }
}
