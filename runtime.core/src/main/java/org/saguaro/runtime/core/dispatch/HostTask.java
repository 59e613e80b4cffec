// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.host.HostEvaluator;
import org.saguaro.runtime.core.host.HostTensor;
import org.saguaro.runtime.core.host.ModelRaisedException;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.residency.TensorLostException;

/** Host operators in a row: arithmetic on sizes, lists, texts. */
final class HostTask implements CoreTask {

    private final List<Layer> layers;
    private final Set<Integer> leaving;

    HostTask(LayerGraph segment) {
        layers = segment.layers();
        leaving = new HashSet<>(TaskGraph.outputIds(segment));
    }

    @Override
    public @Nullable ModelRun begin(TaskRun task, ChildRuns children)
            throws AccelException, TensorLostException, ModelRaisedException {
        ModelRun run = task.run;
        Map<Integer, @Nullable Object> made = new HashMap<>();
        for (Layer layer : layers) {
            List<NamedArgument> arguments = layer.arguments();
            @Nullable Object[] operands = new Object[arguments.size()];
            for (int i = 0; i < operands.length; i++) {
                operands[i] = operand(run, arguments.get(i).value(), made);
            }
            @Nullable Object[] results = new Object[layer.outputs().size()];
            HostEvaluator.evaluate(HostOp.of(layer), operands, results);
            for (int i = 0; i < results.length; i++) {
                int output = layer.outputs().get(i);
                if (output != Value.NONE) {
                    made.put(output, results[i]);
                    if (leaving.contains(output)) {
                        if (!(results[i] instanceof HostTensor)) {
                            HostConstants.forEachTensor(results[i], run::keep);
                        }
                        run.write(output, results[i]);
                    }
                }
            }
        }
        return null;
    }

    private static @Nullable Object operand(ModelRun run, Argument argument, Map<Integer, @Nullable Object> made)
            throws AccelException, TensorLostException {
        if (argument instanceof Argument.Ref ref && made.containsKey(ref.value())) {
            return made.get(ref.value());
        }
        if (argument instanceof Argument.ListOf) {
            return HostConstants.of(argument, element -> operand(run, element, made));
        }
        return run.read(argument);
    }

    @Override
    public @Nullable ModelRun resume(TaskRun task, ModelRun child, ChildRuns children) {
        throw new IllegalStateException("host operators start no runs");
    }

    @Override
    public List<Plan> plans() {
        return List.of();
    }
}
