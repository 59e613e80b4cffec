// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.lowering.Types;

/**
 * A task graph with its kernels: what requests run through. A deployment makes a new plan when the PEs present ask for
 * another cut; requests in flight finish on the plan they started with. Thread-safe.
 */
public final class Plan {

    private final String application;
    private final TaskGraph graph;
    private final List<PlanTask> tasks;
    private final int idleRunsKept;
    private final Object lock = new Object();
    private final ArrayDeque<ModelRun> idle = new ArrayDeque<>();
    private int running;
    private boolean retired;

    /**
     * @param application name of the deployment, for traces
     * @param idleRunsKept buffers of that many finished requests are kept for the next ones
     */
    public Plan(String application, TaskGraph graph, ProfiledCostModel costs, int idleRunsKept) {
        this.application = application;
        this.graph = graph;
        this.idleRunsKept = idleRunsKept;
        this.tasks = graph.tasks().stream()
                .map(task -> new PlanTask(this, task, costs))
                .toList();
        updateRanks();
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

    /** Recomputes upward ranks from the costs as they are known now. Cheap; called now and then. */
    public void updateRanks() {
        for (int i = tasks.size() - 1; i >= 0; i--) {
            PlanTask task = tasks.get(i);
            long longest = 0;
            for (int successor : task.definition().successors()) {
                longest = Math.max(longest, tasks.get(successor).upwardRankNanos());
            }
            task.upwardRankNanos(task.meanExecutionNanos() + longest);
        }
    }

    /** A run with all buffers and no request; null if the plan is retired. */
    @Nullable
    ModelRun acquire() {
        synchronized (lock) {
            if (retired) {
                return null;
            }
            running++;
            ModelRun run = idle.pollFirst();
            if (run != null) {
                return run;
            }
        }
        return new ModelRun(this);
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

    private void closeKernels() {
        tasks.forEach(PlanTask::closeKernels);
    }

    DType dtypeOf(int buffer) {
        int value = graph.buffers().get(buffer).values().get(0);
        return Types.bufferDtype(graph.graph().value(value).type());
    }
}
