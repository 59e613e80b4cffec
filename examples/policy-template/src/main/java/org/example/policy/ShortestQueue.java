// SPDX-License-Identifier: Apache-2.0
package org.example.policy;

import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ServiceScope;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** Each task, in the order they became ready, goes to the supporting PE with the fewest tasks; draws go to the first. O(P) per task. */
@Component(property = SchedulingPolicy.NAME_PROPERTY + "=shortest-queue", scope = ServiceScope.PROTOTYPE)
public final class ShortestQueue implements SchedulingPolicy {

    private int[] queued = new int[0];

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        int pes = pool.size();
        if (queued.length < pes) {
            queued = new int[pes];
        }
        for (int pe = 0; pe < pes; pe++) {
            queued[pe] = pool.get(pe).queuedTasks();
        }
        for (int task = 0; task < ready.size(); task++) {
            int best = -1;
            for (int pe = 0; pe < pes; pe++) {
                if (costs.supports(task, pe) && (best < 0 || queued[pe] < queued[best])) {
                    best = pe;
                }
            }
            if (best >= 0) {
                assignment.assign(task, best);
                queued[best]++;
            }
        }
    }
}
