// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.OptionalLong;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** A policy whose rounds are written down: when in virtual time, how many tasks were there and got a PE. */
final class MeasuredPolicy implements SchedulingPolicy {

    private final SchedulingPolicy policy;
    private final RunFolder folder;
    private final Counting counting = new Counting();

    MeasuredPolicy(SchedulingPolicy policy, RunFolder folder) {
        this.policy = policy;
        this.folder = folder;
    }

    @Override
    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        counting.target = assignment;
        counting.count = 0;
        int tasks = ready.size();
        long begin = System.nanoTime();
        policy.schedule(ready, pool, costs, counting);
        folder.deciding(System.nanoTime() - begin);
        counting.target = NOBODY;
        try {
            folder.round(pool.nowNanos(), tasks, counting.count, OptionalLong.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final Assignment NOBODY = new Assignment() {
        @Override
        public void assign(int task, int pe) {
            throw new IllegalStateException("the round is over");
        }

        @Override
        public void drop(int task) {
            throw new IllegalStateException("the round is over");
        }
    };

    /** Lets decisions through and counts them. */
    private static final class Counting implements Assignment {
        private Assignment target = NOBODY;
        private int count;

        @Override
        public void assign(int task, int pe) {
            target.assign(task, pe);
            count++;
        }

        @Override
        public void drop(int task) {
            target.drop(task);
        }
    }
}
