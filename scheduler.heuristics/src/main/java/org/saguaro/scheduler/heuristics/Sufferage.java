// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import java.util.Arrays;
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
 * Sufferage.
 *
 * <p><b>Rule:</b> a task's sufferage is how much later than on its best PE it would be finished on its second best; without bound if there is no
 * second. In passes: each PE goes to that one of the tasks that would be finished first there whose sufferage is the largest; the others wait
 * for the next pass, which sees the PEs as busy as this one left them.
 *
 * <p><b>Cost:</b> O(n P) per round of n tasks to read the costs, and O(G) per pass, where G is the number of different rows of costs among
 * them, plus O(P) for each row whose best or second best PE was taken ({@link CostGroups}). There are n / P passes if the tasks spread
 * evenly, n if all want the same PE; O(n² P) as written in the paper.
 *
 * <p><b>Ties:</b> of tasks, the oldest; of PEs, option {@code ties}, by default the one that comes first in the pool. As in the paper a task
 * takes a PE away from another only if it suffers more. Where PEs are drawn by lot, tasks of equal costs draw together in a pass.
 *
 * <p><b>Source:</b> Maheswaran, Ali, Siegel, Hensgen and Freund, "Dynamic Mapping of a Class of Independent Tasks onto Heterogeneous
 * Computing Systems", JPDC 59(2), 1999, doi:10.1006/jpdc.1999.1581.
 */
@Component(
        configurationPid = "org.saguaro.scheduler.heuristics.sufferage",
        property = SchedulingPolicy.NAME_PROPERTY + "=sufferage",
        scope = ServiceScope.PROTOTYPE)
@Designate(ocd = TieOptions.class)
public final class Sufferage implements SchedulingPolicy {

    /** Which group each PE goes to in a pass; {@link CostGroups#NONE} for none. */
    private int[] winner = new int[0];

    private long[] sufferage = new long[0];
    private final CostGroups groups;

    /** With the default options. */
    public Sufferage() {
        this(TieBreak.of(TieBreak.FIRST, 0));
    }

    /** Called by Declarative Services. */
    @Activate
    public Sufferage(TieOptions options) {
        this(TieBreak.of(options.ties(), options.seed()));
    }

    Sufferage(TieBreak ties) {
        groups = new CostGroups(new Timeline(ties), CostGroups.Measure.TRANSFER_AND_EXECUTION);
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        int tasks = ready.size();
        groups.begin(pool, tasks);
        for (int task = 0; task < tasks; task++) {
            groups.add(task, costs);
        }
        int pes = pool.size();
        if (winner.length < pes) {
            winner = new int[pes];
            sufferage = new long[pes];
        }
        while (groups.size() > 0) {
            choose(pes);
            for (int pe = 0; pe < pes; pe++) {
                if (winner[pe] != CostGroups.NONE) {
                    long finish = groups.bestNanos(winner[pe]);
                    assignment.assign(groups.take(winner[pe]), pe);
                    groups.occupy(pe, finish);
                }
            }
        }
    }

    /** One pass: the group whose first task suffers most, for each PE. */
    private void choose(int pes) {
        Arrays.fill(winner, 0, pes, CostGroups.NONE);
        for (int index = 0; index < groups.size(); index++) {
            int group = groups.group(index);
            long suffers = groups.sufferageNanos(group);
            int pe = groups.bestPe(group);
            if (winner[pe] == CostGroups.NONE
                    || suffers > sufferage[pe]
                    || (suffers == sufferage[pe] && groups.place(group) < groups.place(winner[pe]))) {
                winner[pe] = group;
                sufferage[pe] = suffers;
            }
        }
    }
}
