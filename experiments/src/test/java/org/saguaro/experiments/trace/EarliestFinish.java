// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** Gives each task to the PE on which it finishes first. */
final class EarliestFinish implements SchedulingPolicy {

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        long[] free = new long[pool.size()];
        for (int pe = 0; pe < free.length; pe++) {
            free[pe] = Math.max(pool.nowNanos(), pool.get(pe).availableAtNanos());
        }
        for (int task = 0; task < ready.size(); task++) {
            int best = -1;
            long bestEnd = Long.MAX_VALUE;
            for (int pe = 0; pe < free.length; pe++) {
                if (costs.supports(task, pe)) {
                    long end = free[pe] + costs.transferNanos(task, pe) + costs.executionNanos(task, pe);
                    if (end < bestEnd) {
                        bestEnd = end;
                        best = pe;
                    }
                }
            }
            if (best >= 0) {
                assignment.assign(task, best);
                free[best] = bestEnd;
            }
        }
    }
}
