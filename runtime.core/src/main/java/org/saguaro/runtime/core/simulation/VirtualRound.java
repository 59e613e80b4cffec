// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.Arrays;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.PeState;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** What a policy sees of one round, and what it decided. Used again round after round. */
final class VirtualRound implements ReadyQueue, CostModel, Assignment {

    static final int UNASSIGNED = -1;
    static final int DROPPED = -2;

    private final VirtualPe[] pes;
    private final Beliefs beliefs;
    private final Copies copies;
    private final boolean hasCopies;

    private VirtualTask[] tasks = new VirtualTask[0];
    private int taskCount;
    private int[] assignedPe = new int[64];
    private int[] order = new int[64];
    private int assignedCount;
    private int droppedCount;
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
        assignedCount = 0;
        droppedCount = 0;
        if (assignedPe.length < count) {
            assignedPe = new int[ready.length];
            order = new int[ready.length];
        }
        Arrays.fill(assignedPe, 0, count, UNASSIGNED);
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

    int decisions() {
        return assignedCount;
    }

    /** Position of a task that was assigned, in the order in which the policy decided. */
    int decided(int decision) {
        return order[decision];
    }

    int drops() {
        return droppedCount;
    }

    /** Position of the PE of a task, {@link #UNASSIGNED} or {@link #DROPPED}. */
    int fate(int task) {
        return assignedPe[task];
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
        if (task < 0 || task >= taskCount || pe < 0 || pe >= pes.length) {
            throw new IllegalArgumentException(
                    "task " + task + " of " + taskCount + " on PE " + pe + " of " + pes.length);
        }
        requireUndecided(task);
        if (!supports(task, pe)) {
            throw new IllegalArgumentException(pes[pe] + " does not support task " + task);
        }
        assignedPe[task] = pe;
        order[assignedCount++] = task;
    }

    @Override
    public void drop(int task) {
        if (task < 0 || task >= taskCount) {
            throw new IllegalArgumentException("task " + task + " of " + taskCount);
        }
        requireUndecided(task);
        if (!tasks[task].request.canBeDropped()) {
            throw new IllegalArgumentException("task " + task + " cannot be dropped: its request has no hard deadline");
        }
        assignedPe[task] = DROPPED;
        droppedCount++;
    }

    private void requireUndecided(int task) {
        if (assignedPe[task] != UNASSIGNED) {
            throw new IllegalArgumentException(
                    "task " + task + " was " + (assignedPe[task] == DROPPED ? "dropped" : "assigned") + " already");
        }
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
