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
 * LLF, least laxity first.
 *
 * <p><b>Rule:</b> tasks of the least laxity first, which is what remains until the deadline less what the request takes at least from this task to
 * its end:
 *
 * <pre>{@code deadline - now - min over PEs of (transfer + execution + optimistic remaining time)}</pre>
 *
 * The deadline is the soft one or, without a soft one, the hard one; requests without any come last. Each goes to the supporting PE that would
 * finish it first ({@link EarliestFinishTime}).
 *
 * <p><b>Late binding:</b> every ready task is planned, in order, on the PE that would finish it first, but a PE is given only what
 * brings its queue to {@code queue.depth} (2: what runs and one that waits). The rest stays ready and is planned anew in the next round, so
 * that what arrives meanwhile can overtake.
 * This keeps the rule from what it is known for elsewhere, switching to and fro between tasks of equal laxity: a task that runs is left alone.
 *
 * <p><b>Nobody starves:</b> the oldest ready task is overtaken by {@code patience} others (64) at most ({@link Patience}), then it takes
 * the first PE that supports it and has room.
 *
 * <p><b>Cost:</b> O(n P) per round to find the laxities, and O(P + log n) per task planned; O(P) if no PE has room.
 *
 * <p><b>Ties:</b> of tasks, the request's priority, then the oldest; of PEs, option {@code ties}, by default the one that comes first in the
 * pool.
 *
 * <p><b>Source:</b> Dertouzos and Mok, "Multiprocessor Online Scheduling of Hard-Real-Time Tasks", IEEE TSE 15(12), 1989,
 * doi:10.1109/32.58762; before that Mok's thesis, MIT, 1983.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.llf",
        property = SchedulingPolicy.NAME_PROPERTY + "=llf",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = LateOptions.class)
public final class LeastLaxityFirst implements SchedulingPolicy {

    private final LateBinding late;

    /** With the default options. */
    public LeastLaxityFirst() {
        this(TieBreak.of(TieBreak.FIRST, 0), 2, 64);
    }

    /** Called by Declarative Services. */
    @Activate
    public LeastLaxityFirst(LateOptions options) {
        this(TieBreak.of(options.ties(), options.seed()), options.queue_depth(), options.patience());
    }

    LeastLaxityFirst(TieBreak ties, int queueDepth, int overtakings) {
        late = new LateBinding(ties, queueDepth, overtakings);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        if (!late.begin(ready, pool, costs, assignment)) {
            return;
        }
        for (int position = 0; position < ready.size(); position++) {
            ReadyTask task = ready.get(position);
            late.order().add(position, deadlineLessWork(position, task, costs), -task.priority());
        }
        late.placeInOrder(costs, assignment);
    }

    /** The laxity but for the time of the round, which is the same for all. */
    private long deadlineLessWork(int position, ReadyTask task, CostModel costs) {
        long deadline = Math.min(task.softDeadlineNanos(), task.hardDeadlineNanos());
        if (deadline == ReadyTask.NO_DEADLINE) {
            return deadline;
        }
        long work = Timeline.LONG_NANOS;
        for (int pe = 0; pe < late.pes(); pe++) {
            if (costs.supports(position, pe)) {
                work = Math.min(
                        work,
                        costs.transferNanos(position, pe)
                                + costs.executionNanos(position, pe)
                                + costs.optimisticRemainingNanos(position, pe));
            }
        }
        return deadline - work;
    }
}
