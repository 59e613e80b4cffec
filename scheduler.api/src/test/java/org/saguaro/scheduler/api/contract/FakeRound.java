// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.PeState;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.ReadyTask;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * What a policy sees in a round, written by hand:
 *
 * <pre>{@code
 * FakeRound round = new FakeRound()
 *         .pe(FakePe.idle("cpu0"))
 *         .pe(FakePe.idle("fpga0"))
 *         .task(FakeTask.of(1))
 *         .execution((task, pe) -> pe.type().equals("fpga") ? 10 : 100);
 * round.run(policy);
 * assertThat(round.placement()).containsExactly("fpga0");
 * }</pre>
 *
 * It keeps the rules that the core keeps: an assignment that breaks one is refused and remembered in {@link #violations}, and
 * so is a question for the costs of a pair that is not supported. {@link #run} itself allocates nothing once its arrays are
 * large enough. Not thread-safe.
 */
public final class FakeRound {

    /** Position of a task that was not assigned. */
    public static final int NOWHERE = -1;

    private static final int DROPPED = -2;

    /** Says whether a PE has a kernel for a task. */
    @FunctionalInterface
    public interface Support {
        boolean test(FakeTask task, FakePe pe);
    }

    /** Says how long something takes. */
    @FunctionalInterface
    public interface Nanos {
        long apply(FakeTask task, FakePe pe);
    }

    /** A dispatched task, until its PE has finished it. */
    private record Running(String pe, long finishNanos) {}

    private final List<FakeTask> tasks = new ArrayList<>();
    private final List<FakePe> pes = new ArrayList<>();
    private final List<Running> running = new ArrayList<>();
    private final List<String> violations = new ArrayList<>();
    private final View view = new View();
    private long nowNanos;
    private Support support = (task, pe) -> true;
    private Nanos execution = (task, pe) -> 1;
    private Nanos transfer = (task, pe) -> 0;
    private Nanos deviation = (task, pe) -> 0;
    private Nanos energy = (task, pe) -> 1;
    private Nanos remaining = (task, pe) -> 0;
    private int[] peOfTask = new int[0];
    private int[] assignedTasks = new int[0];
    private int assignedCount;

    /** The time of the round; 0 at first. */
    public FakeRound now(long nanos) {
        nowNanos = nanos;
        return this;
    }

    /** The time of the round. */
    public long nowNanos() {
        return nowNanos;
    }

    /** Lets time pass: PEs finish what {@link #dispatch} gave them and is due by then, and are idle once they are available. */
    public FakeRound advance(long nanos) {
        nowNanos = nanos;
        for (int pe = 0; pe < pes.size(); pe++) {
            FakePe before = pes.get(pe);
            int finished = 0;
            for (Running task : running) {
                if (task.pe().equals(before.id()) && task.finishNanos() <= nanos) {
                    finished++;
                }
            }
            int left = before.availableAtNanos() <= nanos ? 0 : Math.max(0, before.queuedTasks() - finished);
            pes.set(pe, before.busy(before.availableAtNanos(), left));
        }
        running.removeIf(task -> task.finishNanos() <= nanos);
        return this;
    }

    /** Adds a ready task, younger than those before. */
    public FakeRound task(FakeTask task) {
        tasks.add(task);
        return this;
    }

    /** Adds a PE. */
    public FakeRound pe(FakePe pe) {
        pes.add(pe);
        return this;
    }

    /** Who supports what; at first everyone everything. */
    public FakeRound support(Support rule) {
        support = rule;
        return this;
    }

    /** How long kernels run; at first 1 ns. */
    public FakeRound execution(Nanos rule) {
        execution = rule;
        return this;
    }

    /** How long inputs take to arrive; at first 0. */
    public FakeRound transfer(Nanos rule) {
        transfer = rule;
        return this;
    }

    /** How uncertain execution times are; at first not at all. */
    public FakeRound deviation(Nanos rule) {
        deviation = rule;
        return this;
    }

    /** Energy in nanojoules; at first 1 nJ. */
    public FakeRound energy(Nanos rule) {
        energy = rule;
        return this;
    }

    /** Optimistic cost of what follows; at first nothing follows. */
    public FakeRound remaining(Nanos rule) {
        remaining = rule;
        return this;
    }

    /** The ready tasks; may be changed between rounds. */
    public List<FakeTask> tasks() {
        return tasks;
    }

    /** The PEs; may be changed between rounds. */
    public List<FakePe> pes() {
        return pes;
    }

    /** Whether a PE supports a task, by position. */
    public boolean supports(int task, int pe) {
        return support.test(tasks.get(task), pes.get(pe));
    }

    /** Runs one round. What it decides replaces the decisions of the round before; tasks stay in the queue. */
    public FakeRound run(SchedulingPolicy policy) {
        if (peOfTask.length < tasks.size()) {
            peOfTask = new int[tasks.size()];
            assignedTasks = new int[tasks.size()];
        }
        Arrays.fill(peOfTask, NOWHERE);
        assignedCount = 0;
        policy.schedule(view, view.pool, view, view);
        return this;
    }

    /** Position of the PE that a task was assigned to, or {@link #NOWHERE}. */
    public int peOf(int task) {
        return peOfTask[task];
    }

    /** How many tasks were assigned. */
    public int assignedCount() {
        return assignedCount;
    }

    /** Whether a task was dropped. */
    public boolean isDropped(int task) {
        return peOfTask[task] == DROPPED;
    }

    /** Ids of the PEs that the tasks were assigned to, in the order of the queue; {@code -} for a task left out, {@code x} for one dropped. */
    public List<String> placement() {
        List<String> placement = new ArrayList<>();
        for (int task = 0; task < tasks.size(); task++) {
            placement.add(
                    switch (peOfTask[task]) {
                        case NOWHERE -> "-";
                        case DROPPED -> "x";
                        default -> pes.get(peOfTask[task]).id();
                    });
        }
        return placement;
    }

    /** Ids of the tasks, in the order in which they were assigned. */
    public List<Long> assignmentOrder() {
        return Arrays.stream(assignedTasks, 0, assignedCount)
                .mapToObj(task -> tasks.get(task).id())
                .toList();
    }

    /**
     * Takes the assigned and dropped tasks out of the queue and lets PEs be busy with the assigned ones, one after another, transfer included.
     * The next round sees that; {@link #advance} lets them finish.
     */
    public void dispatch() {
        for (int i = 0; i < assignedCount; i++) {
            FakeTask task = tasks.get(assignedTasks[i]);
            int pe = peOfTask[assignedTasks[i]];
            FakePe before = pes.get(pe);
            long start = Math.max(nowNanos, before.availableAtNanos());
            long finish = start + transfer.apply(task, before) + execution.apply(task, before);
            pes.set(pe, before.busy(finish, before.queuedTasks() + 1));
            running.add(new Running(before.id(), finish));
        }
        List<FakeTask> left = new ArrayList<>();
        for (int task = 0; task < tasks.size(); task++) {
            if (peOfTask[task] == NOWHERE) {
                left.add(tasks.get(task));
            }
        }
        tasks.clear();
        tasks.addAll(left);
        assignedCount = 0;
    }

    /** Rules that the policy broke so far, in words. */
    public List<String> violations() {
        return violations;
    }

    private IllegalArgumentException violated(String rule, int task, int pe) {
        String violation = rule + ": task " + task + " of " + tasks.size() + ", PE " + pe + " of " + pes.size();
        violations.add(violation);
        return new IllegalArgumentException(violation);
    }

    private boolean isKnown(int task, int pe) {
        return task >= 0 && task < tasks.size() && pe >= 0 && pe < pes.size();
    }

    /** The four faces that a policy sees; one object, so that nothing is allocated per round. */
    private final class View implements ReadyQueue, CostModel, Assignment {

        private final PePool pool = new Pool();

        @Override
        public int size() {
            return tasks.size();
        }

        @Override
        public ReadyTask get(int index) {
            return tasks.get(index);
        }

        @Override
        public boolean supports(int task, int pe) {
            if (!isKnown(task, pe)) {
                throw violated("asked for the support of an unknown position", task, pe);
            }
            return FakeRound.this.supports(task, pe);
        }

        @Override
        public long executionNanos(int task, int pe) {
            return costs(execution, task, pe);
        }

        @Override
        public long transferNanos(int task, int pe) {
            return costs(transfer, task, pe);
        }

        @Override
        public long executionDeviationNanos(int task, int pe) {
            return costs(deviation, task, pe);
        }

        @Override
        public long energyNanojoules(int task, int pe) {
            return costs(energy, task, pe);
        }

        @Override
        public long optimisticRemainingNanos(int task, int pe) {
            return costs(remaining, task, pe);
        }

        private long costs(Nanos rule, int task, int pe) {
            if (!supports(task, pe)) {
                throw violated("asked for the costs of a pair that is not supported", task, pe);
            }
            return rule.apply(tasks.get(task), pes.get(pe));
        }

        @Override
        public void assign(int task, int pe) {
            if (!isKnown(task, pe)) {
                throw violated("assigned an unknown position", task, pe);
            }
            if (peOfTask[task] != NOWHERE) {
                throw violated("assigned a task that was assigned or dropped", task, pe);
            }
            if (!supports(task, pe)) {
                throw violated("assigned to a PE that does not support the task", task, pe);
            }
            peOfTask[task] = pe;
            assignedTasks[assignedCount++] = task;
        }

        @Override
        public void drop(int task) {
            if (task < 0 || task >= tasks.size()) {
                throw violated("dropped an unknown position", task, NOWHERE);
            }
            if (peOfTask[task] != NOWHERE) {
                throw violated("dropped a task that was assigned or dropped", task, NOWHERE);
            }
            if (tasks.get(task).hardDeadlineNanos() == ReadyTask.NO_DEADLINE) {
                throw violated("dropped a task whose request has no hard deadline", task, NOWHERE);
            }
            peOfTask[task] = DROPPED;
        }
    }

    private final class Pool implements PePool {
        @Override
        public long nowNanos() {
            return nowNanos;
        }

        @Override
        public int size() {
            return pes.size();
        }

        @Override
        public PeState get(int index) {
            return pes.get(index);
        }
    }
}
