// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.pulse;

import java.util.concurrent.atomic.LongAdder;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** A policy, and how long it has taken to decide: by the clock, so a thread that loses its core in it counts too. Thread-safe. */
final class MeteredPolicy implements SchedulingPolicy {

    private final SchedulingPolicy policy;
    private final LongAdder nanos = new LongAdder();
    private final LongAdder rounds = new LongAdder();

    MeteredPolicy(SchedulingPolicy policy) {
        this.policy = policy;
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        long start = System.nanoTime();
        policy.schedule(ready, pool, costs, assignment);
        nanos.add(System.nanoTime() - start);
        rounds.increment();
    }

    /** Time spent deciding so far. */
    long nanos() {
        return nanos.sum();
    }

    /** Rounds decided so far. */
    long rounds() {
        return rounds.sum();
    }
}
