// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.policy.Decisions;
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
 * allocates only when there are more ready tasks or PEs than ever before. Tasks that a policy leaves out stay for the next round:
 * a round in which nothing is placed costs nothing for those that wait.
 */
final class Round implements ReadyQueue, CostModel, Assignment {

    /** With so few tasks on their way it is the policy's business alone where they go. */
    private static final int FEW = 32;

    /** Said of a PE that left meanwhile; sums of it do not overflow. */
    private static final long FOREVER = Long.MAX_VALUE / 4;

    private TaskRun[] tasks = new TaskRun[64];
    private final Decisions decisions = new Decisions();
    /** Those present that have a kernel of anything, {@link #peCount} of them. */
    private PeHandle[] pes = new PeHandle[8];

    private int peCount;
    private int taskCount;
    private long nowNanos;
    /** Tasks that the PEs had when the round began. */
    private int queuedTasks;
    /** Whether tasks are so many that the cores have no time to spare. */
    private boolean crowded;

    /** Whether all PEs read where the host does: then nothing needs a transfer. */
    private boolean hostOnly;

    /** Begins a round with these PEs and the tasks that the one before left. PEs that can run nothing at all cost nothing more. */
    void begin(PeHandle[] present, long now) {
        nowNanos = now;
        hostOnly = true;
        if (pes.length < present.length) {
            pes = new PeHandle[present.length];
        }
        peCount = 0;
        queuedTasks = 0;
        for (PeHandle pe : present) {
            if (pe.hasKernels()) {
                pe.observe(now);
                queuedTasks += pe.queuedTasks();
                hostOnly &= pe.domain() == MemoryDomain.HOST;
                pes[peCount++] = pe;
            }
        }
        // Else one that has left would be kept in memory, and its bundle with it.
        Arrays.fill(pes, peCount, pes.length, null);
    }

    /** Whether some PE can take one of these tasks. */
    boolean canShowAny(TaskRun[] candidates, int count) {
        for (int i = 0; i < count; i++) {
            if (isPossible(candidates[i])) {
                return true;
            }
        }
        return false;
    }

    private boolean isPossible(TaskRun task) {
        for (int pe = 0; pe < peCount; pe++) {
            if (task.mayRunOn(pes[pe])) {
                return true;
            }
        }
        return false;
    }

    /** Hands all tasks back, in their order, before anything is decided. */
    void takeBack(TaskRun[] into, int position) {
        System.arraycopy(tasks, 0, into, position, taskCount);
        Arrays.fill(tasks, 0, taskCount, null);
        taskCount = 0;
    }

    /** Shows the policy a task, if some PE can take it. */
    boolean show(TaskRun task) {
        if (!isPossible(task)) {
            return false;
        }
        if (taskCount == tasks.length) {
            tasks = Arrays.copyOf(tasks, 2 * taskCount);
            decisions.room(tasks.length);
        }
        tasks[taskCount++] = task;
        return true;
    }

    /** Asks the policy. */
    void ask(SchedulingPolicy policy) {
        crowded = queuedTasks + taskCount > FEW;
        policy.schedule(this, pool, this, this);
    }

    /** Takes back what was decided so far. */
    void forgetDecisions() {
        decisions.clear(taskCount);
    }

    int decisions() {
        return decisions.placed();
    }

    /** The task of a decision, in the order in which the policy decided. */
    TaskRun decidedTask(int decision) {
        return tasks[decisions.task(decision)];
    }

    PeHandle decidedPe(int decision) {
        return pes[decisions.pe(decisions.task(decision))];
    }

    /** What the decided task is expected to occupy its PE for. */
    long decidedNanos(int decision) {
        int task = decisions.task(decision);
        int pe = decisions.pe(task);
        return executionNanos(task, pe) + transferNanos(task, pe);
    }

    /** How many tasks the policy dropped. */
    int drops() {
        return decisions.drops();
    }

    /** A task the policy dropped; null if it did not. */
    @Nullable
    TaskRun dropped(int task) {
        return decisions.isDropped(task) ? tasks[task] : null;
    }

    boolean everyPeIsIdle() {
        for (int pe = 0; pe < peCount; pe++) {
            if (pes[pe].queuedTasks() > 0) {
                return false;
            }
        }
        return true;
    }

    /** Lets go of the tasks that were placed or dropped; the others stay. */
    void end() {
        int decided = decisions.placed() + decisions.drops();
        if (decided == 0) {
            return;
        }
        int kept = 0;
        for (int task = 0; task < taskCount && decided < taskCount; task++) {
            if (decisions.isOpen(task)) {
                tasks[kept++] = tasks[task];
            }
        }
        decisions.clear(taskCount);
        Arrays.fill(tasks, kept, taskCount, null);
        taskCount = kept;
    }

    /** Tasks that the policy sees. */
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
        TaskRun run = tasks[task];
        if (!run.mayRunOn(pes[pe])) {
            return false;
        }
        if (!crowded) {
            return true;
        }
        PreparedKernel kernel = run.task.kernel(pes[pe]);
        return kernel == null || !kernel.isOutrun() || !isOutrun(task, pe);
    }

    /** Whether a PE that can take the task now takes so much less time for it that bringing it to this one costs more; transfers count. */
    private boolean isOutrun(int task, int pe) {
        long here = executionNanos(task, pe) + transferNanos(task, pe) - PlanTask.HAND_OVER_NANOS;
        for (int other = 0; other < peCount; other++) {
            if (other != pe && tasks[task].mayRunOn(pes[other])) {
                long there = executionNanos(task, other) + transferNanos(task, other);
                if (there < PlanTask.HAND_OVER_NANOS && there < here) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    public long executionNanos(int task, int pe) {
        PreparedKernel kernel = tasks[task].task.kernel(pes[pe]);
        // The PE may have left since the round began; whatever is said now, the task will come back.
        return kernel == null ? FOREVER : kernel.estimate().meanNanos();
    }

    @Override
    public long transferNanos(int task, int pe) {
        if (hostOnly) {
            return 0;
        }
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
        decisions.requireOpen(task, taskCount);
        if (tasks[task].hardDeadlineNanos() == ReadyTask.NO_DEADLINE) {
            throw new IllegalArgumentException("task " + task + " cannot be dropped: its request has no hard deadline");
        }
        decisions.drop(task);
    }

    @Override
    public void assign(int task, int pe) {
        decisions.requireOpen(task, taskCount, pe, peCount);
        // What a policy was told of kernels that are outrun may have changed since.
        if (!tasks[task].mayRunOn(pes[pe]) && pes[pe].isActive()) {
            throw new IllegalArgumentException(pes[pe].id() + " does not support task " + task);
        }
        decisions.place(task, pe);
    }

    /** The pool as the policy sees it: the interfaces' size and get clash, so it is an object of its own. */
    private final PePool pool = new PePool() {
        @Override
        public long nowNanos() {
            return nowNanos;
        }

        @Override
        public int size() {
            return peCount;
        }

        @Override
        public PeState get(int index) {
            return pes[index];
        }
    };
}
