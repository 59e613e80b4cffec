// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import org.saguaro.runtime.core.policy.Decisions;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.PeState;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** What a policy sees of one round, and what it decided. Used again round after round. */
final class VirtualRound implements ReadyQueue, CostModel, Assignment {

    private final VirtualPe[] pes;
    private final Beliefs beliefs;
    private final Copies copies;
    private final boolean hasCopies;

    private VirtualTask[] tasks = new VirtualTask[0];
    private int taskCount;
    private final Decisions decisions = new Decisions();
    private long nowNanos;

    VirtualRound(VirtualPe[] pes, Beliefs beliefs, Copies copies) {
        this.pes = pes;
        this.beliefs = beliefs;
        this.copies = copies;
        hasCopies = copies.spaces() > 1;
    }

    /**
     * Asks the policy about the first tasks of a list, which stays as it is meanwhile.
     *
     * @throws IllegalStateException if it throws
     */
    void ask(SchedulingPolicy policy, VirtualTask[] ready, int count, long now) {
        tasks = ready;
        taskCount = count;
        nowNanos = now;
        decisions.room(count);
        decisions.clear(count);
        for (VirtualPe pe : pes) {
            pe.observe(now);
        }
        try {
            policy.schedule(this, pool, this, this);
        } catch (RuntimeException e) {
            throw new IllegalStateException(
                    policy.getClass().getName() + " failed in the round at " + now + " ns, with " + count
                            + " ready tasks on " + pes.length + " PEs: " + e,
                    e);
        }
    }

    /** What it decided. */
    Decisions decisions() {
        return decisions;
    }

    // --- ReadyQueue ---

    @Override
    public int size() {
        return taskCount;
    }

    @Override
    public ReadyTask get(int index) {
        return tasks[index];
    }

    // --- CostModel ---

    @Override
    public boolean supports(int task, int pe) {
        return beliefs.meanNanos[tasks[task].costs + pes[pe].type] != Beliefs.UNSUPPORTED;
    }

    @Override
    public long executionNanos(int task, int pe) {
        return beliefs.meanNanos[tasks[task].costs + pes[pe].type];
    }

    @Override
    public long executionDeviationNanos(int task, int pe) {
        return beliefs.deviationNanos[tasks[task].costs + pes[pe].type];
    }

    @Override
    public long transferNanos(int task, int pe) {
        VirtualTask asked = tasks[task];
        return hasCopies && asked.isMoved
                ? asked.request.expectedTransferNanos(asked.position, pes[pe].space, copies)
                : 0;
    }

    @Override
    public long energyNanojoules(int task, int pe) {
        return (long) (pes[pe].peType.activeWatts() * executionNanos(task, pe));
    }

    @Override
    public long optimisticRemainingNanos(int task, int pe) {
        return tasks[task].optimisticNanos(pes[pe].type);
    }

    // --- Assignment ---

    @Override
    public void assign(int task, int pe) {
        decisions.requireOpen(task, taskCount, pe, pes.length);
        if (!supports(task, pe)) {
            throw new IllegalArgumentException(pes[pe] + " does not support task " + task);
        }
        decisions.place(task, pe);
    }

    @Override
    public void drop(int task) {
        decisions.requireOpen(task, taskCount);
        if (!tasks[task].request.canBeDropped()) {
            throw new IllegalArgumentException("task " + task + " cannot be dropped: its request has no hard deadline");
        }
        decisions.drop(task);
    }

    /** The pool as the policy sees it: the interfaces' size and get clash, so it is an object of its own. */
    private final PePool pool = new PePool() {
        @Override
        public long nowNanos() {
            return nowNanos;
        }

        @Override
        public int size() {
            return pes.length;
        }

        @Override
        public PeState get(int index) {
            return pes[index];
        }
    };
}
