// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.residency.TensorLostException;

/** Runs a graph again and again: {@link ControlOps#LOOP}. */
final class LoopTask implements CoreTask {

    private final Layer layer;
    private final Argument maxTrips;
    private final Argument condition;
    private final List<Argument> carried;
    private final List<Argument> captured;
    private final Plan body;

    private LoopTask(Layer layer, Plan body) {
        this.layer = layer;
        this.maxTrips = Operands.get(layer, "max_trips");
        this.condition = Operands.get(layer, "condition");
        this.carried = Operands.list(layer, "carried");
        this.captured = Operands.list(layer, "captured");
        this.body = body;
    }

    static LoopTask of(Layer layer, Plan.Planner planner) throws DeploymentException {
        return new LoopTask(layer, planner.nested(Operands.graph(layer, "body")));
    }

    @Override
    public @Nullable ModelRun begin(TaskRun task, ChildRuns children) throws AccelException, TensorLostException {
        task.trip = 0;
        task.maxTrips = task.run.read(maxTrips) instanceof Long limit ? limit : Long.MAX_VALUE;
        if (task.maxTrips > 0 && Operands.holds(task.run.read(condition))) {
            ModelRun child = children.begin(body, task);
            for (int i = 0; i < carried.size(); i++) {
                child.write(carriedInput(i), task.run.read(carried.get(i)));
            }
            return writeRest(task, child);
        }
        for (int i = 0; i < carried.size(); i++) {
            int output = layer.outputs().get(i);
            if (output != Value.NONE) {
                task.run.write(output, task.run.read(carried.get(i)));
            }
        }
        return null;
    }

    @Override
    public @Nullable ModelRun resume(TaskRun task, ModelRun child, ChildRuns children)
            throws AccelException, TensorLostException {
        task.trip++;
        List<Argument> made = body.graph().graph().outputs();
        if (task.trip >= task.maxTrips || !Operands.holds(child.read(made.get(0)))) {
            Operands.handOut(child, 1, task.run, layer.outputs());
            return null;
        }
        ModelRun next = children.begin(body, task);
        for (int i = 0; i < carried.size(); i++) {
            next.write(carriedInput(i), child.read(made.get(1 + i)));
        }
        return writeRest(task, next);
    }

    private ModelRun writeRest(TaskRun task, ModelRun child) throws AccelException, TensorLostException {
        List<Integer> inputs = body.graph().graph().inputs();
        child.write(inputs.get(0), task.trip);
        for (int i = 0; i < captured.size(); i++) {
            child.write(inputs.get(1 + carried.size() + i), task.run.read(captured.get(i)));
        }
        return child;
    }

    private int carriedInput(int index) {
        return body.graph().graph().inputs().get(1 + index);
    }

    /** What it runs again and again. */
    Plan body() {
        return body;
    }

    @Override
    public List<Plan> plans() {
        return List.of(body);
    }
}
