// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.residency.TensorLostException;

/** Runs one of two graphs: {@link ControlOps#IF}. */
final class BranchTask implements CoreTask {

    private final Layer layer;
    private final Argument condition;
    private final List<Argument> operands;
    private final Plan thenPlan;
    private final Plan elsePlan;

    private BranchTask(Layer layer, Plan thenPlan, Plan elsePlan) {
        this.layer = layer;
        this.condition = Operands.get(layer, "condition");
        this.operands = Operands.list(layer, "operands");
        this.thenPlan = thenPlan;
        this.elsePlan = elsePlan;
    }

    static BranchTask of(Layer layer, Plan.Planner planner) throws DeploymentException {
        return new BranchTask(
                layer,
                planner.nested(Operands.graph(layer, "then_graph")),
                planner.nested(Operands.graph(layer, "else_graph")));
    }

    @Override
    public @Nullable ModelRun begin(TaskRun task, ChildRuns children) throws AccelException, TensorLostException {
        Plan chosen = Operands.holds(task.run.read(condition)) ? thenPlan : elsePlan;
        ModelRun child = children.begin(chosen, task);
        List<Integer> inputs = chosen.graph().graph().inputs();
        for (int i = 0; i < inputs.size(); i++) {
            child.write(inputs.get(i), task.run.read(operands.get(i)));
        }
        return child;
    }

    @Override
    public @Nullable ModelRun resume(TaskRun task, ModelRun child, ChildRuns children)
            throws AccelException, TensorLostException {
        Operands.handOut(child, 0, task.run, layer.outputs());
        return null;
    }

    @Override
    public List<Plan> plans() {
        return List.of(thenPlan, elsePlan);
    }
}
