// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.host.ModelRaisedException;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.residency.TensorLostException;

/**
 * A task that the core does itself: control flow, and arithmetic on what is no tensor. It is done by whoever makes it ready, at
 * once; where it drives a nested graph, it starts a child run and goes on when that is complete.
 *
 * <p>The dispatcher calls {@link #begin}, and then {@link #resume} for each child run returned, when it is complete. What a task
 * has to remember in between is in its {@link TaskRun}. Thread-safe.
 */
sealed interface CoreTask permits HostTask, BranchTask, LoopTask, StructuralTask {

    /**
     * Does the task, or the first part of it.
     *
     * @return a child run with its inputs written, to be started; null if the task is done and its outputs are written
     */
    @Nullable
    ModelRun begin(TaskRun task, ChildRuns children)
            throws AccelException, TensorLostException, ModelRaisedException, DeploymentException;

    /** Goes on after a child run is complete; returns what {@link #begin} does. The caller gives the child back. */
    @Nullable
    ModelRun resume(TaskRun task, ModelRun child, ChildRuns children)
            throws AccelException, TensorLostException, ModelRaisedException;

    /** The plans of the graphs it drives. */
    List<Plan> plans();

    /** Whether the other one, of the same graph, drives plans that are cut in the same way. */
    default boolean sameCut(CoreTask other) {
        List<Plan> mine = plans();
        List<Plan> theirs = other.plans();
        for (int i = 0; i < mine.size() && i < theirs.size(); i++) {
            if (!mine.get(i).sameCut(theirs.get(i))) {
                return false;
            }
        }
        return mine.size() == theirs.size();
    }

    /** Makes runs for nested graphs. */
    interface ChildRuns {
        /** A run begun for a task, its inputs not written yet. */
        ModelRun begin(Plan plan, TaskRun parent);
    }

    /** What the core does for a task; null if it is for PEs. */
    static @Nullable CoreTask of(LayerGraph graph, TaskGraph.Task task, Plan.Planner planner)
            throws DeploymentException {
        return switch (task.kind()) {
            case PE -> null;
            case HOST -> new HostTask(task.segment());
            case CONTROL -> control(graph, task.segment().layers().get(0), planner);
        };
    }

    private static CoreTask control(LayerGraph graph, Layer layer, Plan.Planner planner) throws DeploymentException {
        if (layer.op().equals(ControlOps.IF)) {
            return BranchTask.of(layer, planner);
        }
        if (layer.op().equals(ControlOps.LOOP)) {
            return LoopTask.of(layer, planner);
        }
        if (ControlOps.isControl(layer)) {
            throw new DeploymentException("the runtime has no control operator " + layer.op());
        }
        return new StructuralTask(graph, layer, planner);
    }
}
