// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.Precision;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.cost.Ranks;
import org.saguaro.runtime.core.cost.Roofline;
import org.saguaro.runtime.core.lowering.TaskGraph;

/**
 * A task graph with its kernels: what requests run through. A deployment makes a new plan when the PEs present ask for
 * another cut; requests in flight finish on the plan they started with. A task that drives a nested graph has plans of its own
 * for it, which live as long as this one. Thread-safe.
 */
public final class Plan {

    /** Makes plans of graphs inside graphs. */
    public interface Planner {

        /**
         * A plan of a nested graph, without kernels: whoever prepares the outer plan prepares it too.
         *
         * @throws DeploymentException if no PE present supports some layer
         */
        Plan nested(LayerGraph graph) throws DeploymentException;

        /**
         * A plan, with kernels, of a layer whose arguments are only known now. Called while a request waits.
         *
         * @throws DeploymentException if no PE present can run it
         */
        Plan instantiated(LayerGraph graph) throws DeploymentException;

        /** How exact the kernels of its plans are at least. */
        default Precision precision() {
            return Precision.FLOAT32;
        }
    }

    /** Nobody keeps buffers of more finished requests, however many run at a time. */
    private static final int MOST_IDLE_RUNS = 64;

    private final String application;
    private final LayerGraph source;
    private final TaskGraph graph;
    private final boolean observed;
    private final Precision precision;
    private final ValueSlots slots;
    private final List<PlanTask> tasks;
    private final long[][] edgeBytes;
    private volatile long criticalPathNanos;
    private volatile long optimisticPathNanos;
    private final Object lock = new Object();
    private final ArrayDeque<ModelRun> idle = new ArrayDeque<>();
    private int idleRunsKept;
    private int running;
    private int mostRunning;
    private long begun;
    private boolean retired;

    /** Called by the first run that finds the kernels evicted; null if they are not. */
    private @Nullable Runnable onUse;

    private boolean evicted;

    /**
     * @param application name of the deployment, for traces
     * @param source the graph that was cut: as {@link Observation}s name it
     * @param idleRunsKept buffers of that many finished requests are kept for the next ones
     * @param observed whether requests write down what their tensors are, because the graph does not say
     * @throws DeploymentException if no PE present supports some layer of a nested graph
     */
    public Plan(
            String application,
            LayerGraph source,
            TaskGraph graph,
            ProfiledCostModel costs,
            int idleRunsKept,
            boolean observed,
            Planner planner)
            throws DeploymentException {
        this.application = application;
        this.source = source;
        this.graph = graph;
        this.idleRunsKept = idleRunsKept;
        this.observed = observed;
        this.precision = planner.precision();
        this.slots = new ValueSlots(graph);
        List<PlanTask> all = new ArrayList<>();
        for (TaskGraph.Task task : graph.tasks()) {
            all.add(new PlanTask(this, task, CoreTask.of(graph.graph(), task, planner), costs));
        }
        this.tasks = List.copyOf(all);
        this.edgeBytes = edgeBytes(graph.graph(), tasks);
        updateRanks();
    }

    /** The graph that was cut. */
    LayerGraph source() {
        return source;
    }

    /** How exact its kernels are at least. */
    public Precision precision() {
        return precision;
    }

    /** Where the values are in a run. */
    ValueSlots slots() {
        return slots;
    }

    /** Whether requests write down what their tensors are. */
    public boolean isObserved() {
        return observed;
    }

    /** The plans of the graphs nested in this one's, one level down. */
    public List<Plan> nested() {
        return tasks.stream().flatMap(task -> task.nested().stream()).toList();
    }

    /** Whether another plan cuts the same graph in the same way, nested graphs included. */
    public boolean sameCut(Plan other) {
        List<PlanTask> others = other.tasks;
        if (tasks.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < tasks.size(); i++) {
            List<Layer> left = tasks.get(i).definition().segment().layers();
            List<Layer> right = others.get(i).definition().segment().layers();
            if (left.size() != right.size()
                    || !left.get(0).name().equals(right.get(0).name())
                    || !tasks.get(i).sameNestedCut(others.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** Expected time of the longest chain of tasks, on the mean PE. */
    long criticalPathNanos() {
        return criticalPathNanos;
    }

    /** Expected time of the longest chain of tasks, if each goes where it finishes first. */
    long optimisticPathNanos() {
        return optimisticPathNanos;
    }

    public String application() {
        return application;
    }

    public TaskGraph graph() {
        return graph;
    }

    /** The tasks, in topological order. */
    public List<PlanTask> tasks() {
        return tasks;
    }

    /** How often it was run, or begun to. */
    public long runs() {
        synchronized (lock) {
            return begun;
        }
    }

    /** Recomputes ranks and optimistic costs from the costs as they are known now. Cheap; called now and then. */
    public void updateRanks() {
        nested().forEach(Plan::updateRanks);
        int[][] successors = new int[tasks.size()][];
        for (int i = 0; i < successors.length; i++) {
            successors[i] = tasks.get(i).successors();
        }
        PlanCosts costs = new PlanCosts(tasks, successors, edgeBytes);
        Ranks ranks = Ranks.of(successors, costs);
        long critical = 0;
        long optimistic = 0;
        for (int i = 0; i < successors.length; i++) {
            PlanTask task = tasks.get(i);
            critical = Math.max(critical, ranks.upwardNanos(i));
            optimistic = Math.max(optimistic, ranks.optimisticFromStartNanos(i));
            task.rank(
                    ranks.meanNanos(i),
                    ranks.upwardNanos(i),
                    costs.optimisticBySlot(ranks, i),
                    task.isCore() ? costs.optimisticOfCore(ranks, i) : 0);
        }
        criticalPathNanos = critical;
        optimisticPathNanos = optimistic;
    }

    /** What each successor reads of each task. Sizes that are not known count as in the prior of the cost model. */
    private static long[][] edgeBytes(LayerGraph graph, List<PlanTask> tasks) {
        long[][] bytes = new long[tasks.size()][];
        for (int i = 0; i < bytes.length; i++) {
            PlanTask task = tasks.get(i);
            int[] successors = task.successors();
            bytes[i] = new long[successors.length];
            for (int s = 0; s < successors.length; s++) {
                Set<Integer> read = new HashSet<>(
                        tasks.get(successors[s]).definition().segment().inputs());
                for (int value : task.outputValues()) {
                    if (read.contains(value)) {
                        bytes[i][s] += (long) Roofline.bytes(graph.value(value).type());
                    }
                }
            }
        }
        return bytes;
    }

    /** A run with all buffers and no request; null if the plan is retired. */
    @Nullable
    ModelRun acquire() {
        ModelRun run;
        Runnable restore;
        synchronized (lock) {
            if (retired) {
                return null;
            }
            running++;
            mostRunning = Math.max(mostRunning, running);
            idleRunsKept = Math.max(idleRunsKept, Math.min(running, MOST_IDLE_RUNS));
            begun++;
            run = idle.pollFirst();
            restore = onUse;
            onUse = null;
        }
        if (restore != null) {
            restore.run();
        }
        return run == null ? new ModelRun(this) : run;
    }

    /**
     * A run is over and nobody uses its buffers any more.
     *
     * @param reusable whether its buffers are as good as new
     */
    void release(ModelRun run, boolean reusable) {
        boolean keep;
        boolean last;
        synchronized (lock) {
            running--;
            keep = reusable && !retired && idle.size() < idleRunsKept;
            if (keep) {
                idle.addFirst(run);
            }
            last = retired && running == 0;
        }
        if (!keep) {
            run.closeBuffers();
        }
        if (last) {
            closeKernels();
        }
    }

    /** No new runs; kernels are closed when the last run is over. */
    public void retire() {
        List<ModelRun> unused = new ArrayList<>();
        boolean last;
        synchronized (lock) {
            if (retired) {
                return;
            }
            retired = true;
            unused.addAll(idle);
            idle.clear();
            last = running == 0;
        }
        unused.forEach(ModelRun::closeBuffers);
        if (last) {
            closeKernels();
        }
    }

    // --- what provisioning looks at and changes ---

    /** Whether it is retired and no run is left: nobody will ever use it again. */
    public boolean isFinished() {
        synchronized (lock) {
            return retired && running == 0;
        }
    }

    /** Runs under way. */
    public int running() {
        synchronized (lock) {
            return running;
        }
    }

    /** The most runs that were under way at a time since this was asked last. */
    public int takeMostRunning() {
        synchronized (lock) {
            int most = mostRunning;
            mostRunning = running;
            return most;
        }
    }

    /** Buffers of how many finished requests are kept for the next ones at most. */
    public int idleRunsKept() {
        synchronized (lock) {
            return idleRunsKept;
        }
    }

    /**
     * Keeps the buffers of so many finished requests from now on, and of more as soon as more run at a time; gives back those of the others.
     *
     * @return bytes given back
     */
    public long keepIdleRuns(int count) {
        synchronized (lock) {
            idleRunsKept = count;
        }
        return closeIdle(count);
    }

    /**
     * Gives back the buffers of all finished requests; those of the next ones are kept again.
     *
     * @return bytes given back
     */
    public long dropIdleRuns() {
        return closeIdle(0);
    }

    private long closeIdle(int kept) {
        List<ModelRun> surplus = new ArrayList<>();
        synchronized (lock) {
            while (idle.size() > kept) {
                surplus.add(idle.removeLast());
            }
        }
        long bytes = surplus.stream().mapToLong(ModelRun::bufferBytes).sum();
        surplus.forEach(ModelRun::closeBuffers);
        return bytes;
    }

    /** Bytes of the buffers kept for the next requests, nested graphs included. */
    public long idleBytes() {
        long bytes = nested().stream().mapToLong(Plan::idleBytes).sum();
        synchronized (lock) {
            for (ModelRun run : idle) {
                bytes += run.bufferBytes();
            }
        }
        return bytes;
    }

    /** Bytes that the kernels hold, nested graphs included. */
    public long residentBytes() {
        return tasks.stream().mapToLong(PlanTask::residentBytes).sum()
                + nested().stream().mapToLong(Plan::residentBytes).sum();
    }

    /** Whether kernels of it, nested graphs included, wait for a look at their inputs. */
    public boolean isUncalibrated() {
        return tasks.stream().anyMatch(PlanTask::isUncalibrated)
                || nested().stream().anyMatch(Plan::isUncalibrated);
    }

    /**
     * Shows the kernels that wait for it what their inputs look like, and puts them to work.
     *
     * @param rehearsal a run of this plan that kept the inputs of tasks; null if there is none
     */
    public void calibrate(@Nullable Rehearsal rehearsal) {
        tasks.forEach(task -> task.calibrate(rehearsal));
        nested().forEach(plan -> plan.calibrate(rehearsal));
    }

    /** Whether every task of it, nested graphs included, has a kernel on one of these PEs. */
    public boolean isPreparedOn(Predicate<PeHandle> pes) {
        return tasks.stream().allMatch(task -> task.isCore() || task.isPreparedOn(pes))
                && nested().stream().allMatch(plan -> plan.isPreparedOn(pes));
    }

    /**
     * Closes all kernels, unless a run is under way. Requests can come as before: their tasks are ready and wait until they are prepared
     * again.
     *
     * @param whenUsed called by the first request that comes, on its thread: has the plan prepared, then calls {@link #restored}
     * @return false if nothing was evicted
     */
    public boolean evict(Runnable whenUsed) {
        synchronized (lock) {
            if (running > 0 || retired || evicted) {
                return false;
            }
            evicted = true;
            onUse = whenUsed;
            // Under the lock: a run that begins afterwards finds no kernel that is about to be closed.
            closeAllKernels();
        }
        return true;
    }

    /** The kernels are back. */
    public void restored() {
        synchronized (lock) {
            evicted = false;
            onUse = null;
        }
    }

    /** Whether its kernels are closed for now. */
    public boolean isEvicted() {
        synchronized (lock) {
            return evicted;
        }
    }

    private void closeAllKernels() {
        tasks.forEach(PlanTask::closeKernels);
        nested().forEach(Plan::closeAllKernels);
    }

    private void closeKernels() {
        tasks.forEach(PlanTask::closeKernels);
        nested().forEach(Plan::retire);
        slots.close();
    }
}
