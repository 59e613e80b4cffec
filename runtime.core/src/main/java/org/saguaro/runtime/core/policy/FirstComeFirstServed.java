// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.policy;

import java.util.Arrays;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * The core's own policy, used while no configured one is present.
 *
 * <p>Rule: oldest ready task first, each to the supporting PE with the fewest tasks assigned. Complexity: O(tasks x PEs).
 * Tie-break: the PE that comes first in the pool.
 */
public final class FirstComeFirstServed implements SchedulingPolicy {

    /** Its name in listings. */
    public static final String NAME = "fcfs";

    private int[] added = new int[0];

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        int pes = pool.size();
        if (added.length < pes) {
            added = new int[pes];
        }
        Arrays.fill(added, 0);
        for (int task = 0; task < ready.size(); task++) {
            int best = -1;
            for (int pe = 0; pe < pes; pe++) {
                if (costs.supports(task, pe)
                        && (best < 0
                                || pool.get(pe).queuedTasks() + added[pe]
                                        < pool.get(best).queuedTasks() + added[best])) {
                    best = pe;
                }
            }
            if (best >= 0) {
                assignment.assign(task, best);
                added[best]++;
            }
        }
    }
}
