// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.util.Map;
import org.saguaro.experiments.Policies;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** Policies of tests under the names of real ones. */
public final class SweepPolicies {

    private SweepPolicies() {}

    /**
     * Two policies.
     *
     * @param soonest name of one that goes by what tasks take
     * @param last name of one that gives everything to the last PE that can do it
     */
    public static Policies named(String soonest, String last) {
        SchedulingPolicy lastPe = (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                int pe = pool.size() - 1;
                while (!costs.supports(task, pe)) {
                    pe--;
                }
                assignment.assign(task, pe);
            }
        };
        return Sweeps.policies(Map.of(soonest, Sweeps.Soonest::new, last, () -> lastPe));
    }
}
