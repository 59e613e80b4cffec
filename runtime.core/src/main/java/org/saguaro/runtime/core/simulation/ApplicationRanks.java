// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;
import org.saguaro.runtime.core.cost.Ranks;

/** What follows each task of an application, as policies see it. Not changed after it was made. */
final class ApplicationRanks {

    /** Upward rank by task. */
    final long[] upwardNanos;
    /** Optimistic cost by task and type of PE. */
    final long[] optimisticNanos;

    private ApplicationRanks(long[] upwardNanos, long[] optimisticNanos) {
        this.upwardNanos = upwardNanos;
        this.optimisticNanos = optimisticNanos;
    }

    static ApplicationRanks of(ApplicationGraph graph, List<Pool.PeType> types, Copies copies, Beliefs beliefs) {
        Ranks ranks = Ranks.of(graph.successors, new ProfileCosts(graph, types, copies, beliefs));
        long[] upward = new long[graph.size()];
        long[] optimistic = new long[graph.size() * types.size()];
        for (int task = 0; task < graph.size(); task++) {
            upward[task] = ranks.upwardNanos(task);
            for (int type = 0; type < types.size(); type++) {
                optimistic[task * types.size() + type] = ranks.optimisticNanos(task, 1 + type);
            }
        }
        return new ApplicationRanks(upward, optimistic);
    }
}
