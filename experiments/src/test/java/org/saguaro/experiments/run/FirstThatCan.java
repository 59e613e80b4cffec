// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** A policy for tests: the PE that is free first, and no hopeless request. */
final class FirstThatCan implements SchedulingPolicy {

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        long[] freeAt = new long[pool.size()];
        for (int pe = 0; pe < freeAt.length; pe++) {
            freeAt[pe] = pool.get(pe).availableAtNanos();
        }
        for (int task = 0; task < ready.size(); task++) {
            if (ready.get(task).hardDeadlineNanos() < pool.nowNanos()) {
                assignment.drop(task);
                continue;
            }
            int best = -1;
            for (int pe = 0; pe < freeAt.length; pe++) {
                if (costs.supports(task, pe) && (best < 0 || freeAt[pe] < freeAt[best])) {
                    best = pe;
                }
            }
            assignment.assign(task, best);
            freeAt[best] = Math.max(freeAt[best], pool.nowNanos()) + costs.executionNanos(task, best);
        }
    }
}
