// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.PeState;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * What a policy sees of one round, and what it decided. Used again round after round by whichever thread runs it, so a round
 * allocates only when there are more ready tasks or PEs than ever before.
 */
final class Round implements ReadyQueue, CostModel, Assignment {

    private static final int UNASSIGNED = -1;
    private static final int DROPPED = -2;

    /** Said of a PE that left meanwhile; sums of it do not overflow. */
    private static final long FOREVER = Long.MAX_VALUE / 4;

    private TaskRun[] tasks = new TaskRun[64];
    private int[] assignedPe = new int[64];
    private int[] order = new int[64];
    private PeHandle[] pes = new PeHandle[0];
    private int taskCount;
    private int assignedCount;
    private int droppedCount;
    private long nowNanos;

    /** Begins a round with these PEs and no tasks. */
    void begin(PeHandle[] present, long now) {
        pes = present;
        nowNanos = now;
        taskCount = 0;
        assignedCount = 0;
        droppedCount = 0;
        for (PeHandle pe : present) {
            pe.observe(now);
        }
    }

    /** Shows the policy a task, if some PE can take it. */
    boolean show(TaskRun task) {
        boolean possible = false;
        for (int i = 0; i < pes.length && !possible; i++) {
            possible = task.mayRunOn(pes[i]);
        }
        if (!possible) {
            return false;
        }
        if (taskCount == tasks.length) {
            tasks = Arrays.copyOf(tasks, 2 * taskCount);
            assignedPe = Arrays.copyOf(assignedPe, 2 * taskCount);
            order = Arrays.copyOf(order, 2 * taskCount);
        }
        assignedPe[taskCount] = UNASSIGNED;
        tasks[taskCount++] = task;
        return true;
    }

    /** Asks the policy. */
    void ask(SchedulingPolicy policy) {
        policy.schedule(this, pool, this, this);
    }

    /** Takes back what was decided so far. */
    void forgetDecisions() {
        Arrays.fill(assignedPe, 0, taskCount, UNASSIGNED);
        assignedCount = 0;
        droppedCount = 0;
    }

    int decisions() {
        return assignedCount;
    }

    /** The task of a decision, in the order in which the policy decided. */
    TaskRun decidedTask(int decision) {
        return tasks[order[decision]];
    }

    PeHandle decidedPe(int decision) {
        return pes[assignedPe[order[decision]]];
    }

    /** What the decided task is expected to occupy its PE for. */
    long decidedNanos(int decision) {
        int task = order[decision];
        int pe = assignedPe[task];
        return executionNanos(task, pe) + transferNanos(task, pe);
    }

    /** A task the policy left out. */
    @Nullable
    TaskRun leftOut(int task) {
        return assignedPe[task] == UNASSIGNED ? tasks[task] : null;
    }

    /** How many tasks the policy dropped. */
    int drops() {
        return droppedCount;
    }

    /** A task the policy dropped; null if it did not. */
    @Nullable
    TaskRun dropped(int task) {
        return assignedPe[task] == DROPPED ? tasks[task] : null;
    }

    boolean everyPeIsIdle() {
        for (PeHandle pe : pes) {
            if (pe.queuedTasks() > 0) {
                return false;
            }
        }
        return true;
    }

    /** Lets go of the tasks, so that a burst does not keep its requests alive. */
    void end() {
        Arrays.fill(tasks, 0, taskCount, null);
        taskCount = 0;
    }

    int shown() {
        return taskCount;
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
        return tasks[task].mayRunOn(pes[pe]);
    }

    @Override
    public long executionNanos(int task, int pe) {
        PreparedKernel kernel = tasks[task].task.kernel(pes[pe]);
        // The PE may have left since the round began; whatever is said now, the task will come back.
        return kernel == null ? FOREVER : kernel.estimate().meanNanos();
    }

    @Override
    public long transferNanos(int task, int pe) {
        TaskRun run = tasks[task];
        MemoryDomain domain = pes[pe].domain();
        long nanos = 0;
        for (int buffer : run.task.inputBuffers()) {
            nanos += run.run.buffer(buffer).transferNanos(domain);
        }
        return nanos;
    }

    @Override
    public long executionDeviationNanos(int task, int pe) {
        PreparedKernel kernel = tasks[task].task.kernel(pes[pe]);
        return kernel == null ? FOREVER : kernel.estimate().deviationNanos();
    }

    @Override
    public long energyNanojoules(int task, int pe) {
        return pes[pe].draw().nanojoules(executionNanos(task, pe));
    }

    @Override
    public long optimisticRemainingNanos(int task, int pe) {
        return tasks[task].task.optimisticRemainingNanos(pes[pe], tasks[task].run);
    }

    // --- Assignment ---

    @Override
    public void drop(int task) {
        if (task < 0 || task >= taskCount) {
            throw new IllegalArgumentException("task " + task + " of " + taskCount);
        }
        requireUndecided(task);
        if (tasks[task].hardDeadlineNanos() == ReadyTask.NO_DEADLINE) {
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

    @Override
    public void assign(int task, int pe) {
        if (task < 0 || task >= taskCount || pe < 0 || pe >= pes.length) {
            throw new IllegalArgumentException(
                    "task " + task + " of " + taskCount + " on PE " + pe + " of " + pes.length);
        }
        requireUndecided(task);
        if (!supports(task, pe) && pes[pe].isActive()) {
            throw new IllegalArgumentException(pes[pe].id() + " does not support task " + task);
        }
        assignedPe[task] = pe;
        order[assignedCount++] = task;
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
