// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.host.HostArguments;
import org.saguaro.runtime.core.host.HostTensor;
import org.saguaro.runtime.core.host.HostTuple;
import org.saguaro.runtime.core.host.ModelRaisedException;
import org.saguaro.runtime.core.residency.TensorLostException;

/**
 * A layer of which some argument is a list, an optional or an element type that is only known now, or which gives a list. It
 * becomes a graph of this one layer, in which every tensor and number is an input and everything else a constant; such a graph is
 * planned once per structure (how many tensors and numbers stand where), and the plans of the structures seen last are kept.
 */
final class StructuralTask implements CoreTask {

    private static final int PLANS_KEPT = 16;

    private final LayerGraph graph;
    private final Layer layer;
    private final Plan.Planner planner;

    /** By structure, the one used last at the end. Guarded by itself. */
    private final Map<String, Plan> plans = new LinkedHashMap<>(PLANS_KEPT, 0.75f, true);

    StructuralTask(LayerGraph graph, Layer layer, Plan.Planner planner) {
        this.graph = graph;
        this.layer = layer;
        this.planner = planner;
    }

    @Override
    public @Nullable ModelRun begin(TaskRun task, ChildRuns children)
            throws AccelException, TensorLostException, ModelRaisedException, DeploymentException {
        List<@Nullable Object> contents = new ArrayList<>();
        for (NamedArgument argument : layer.arguments()) {
            // A weight stays a weight: kernels are prepared with it.
            contents.add(isWeight(argument.value()) ? argument.value() : task.run.read(argument.value()));
        }
        int results = returnsList()
                ? ListResults.count(layer, contents)
                : layer.outputs().size();
        Instance instance = new Instance(results);
        for (int i = 0; i < contents.size(); i++) {
            instance.add(layer.arguments().get(i), contents.get(i));
        }
        ModelRun child = begin(instance, task, children);
        List<Integer> inputs = child.plan().graph().graph().inputs();
        for (int i = 0; i < inputs.size(); i++) {
            child.write(inputs.get(i), instance.inputs.get(i));
        }
        return child;
    }

    private ModelRun begin(Instance instance, TaskRun task, ChildRuns children) throws DeploymentException {
        String structure = instance.structure();
        synchronized (plans) {
            Plan known = plans.get(structure);
            if (known != null) {
                return children.begin(known, task);
            }
        }
        // Outside the lock: it may take milliseconds. Who comes second throws its own away.
        Plan made = planner.instantiated(instance.graph());
        Plan unwanted = null;
        ModelRun child;
        synchronized (plans) {
            Plan other = plans.putIfAbsent(structure, made);
            if (other != null) {
                unwanted = made;
            } else if (plans.size() > PLANS_KEPT) {
                unwanted = plans.remove(plans.keySet().iterator().next());
            }
            child = children.begin(other != null ? other : made, task);
        }
        if (unwanted != null) {
            unwanted.retire();
        }
        return child;
    }

    @Override
    public @Nullable ModelRun resume(TaskRun task, ModelRun child, ChildRuns children)
            throws AccelException, TensorLostException {
        if (!returnsList()) {
            Operands.handOut(child, 0, task.run, layer.outputs());
            return null;
        }
        List<Object> list = new ArrayList<>();
        for (Argument output : child.plan().graph().graph().outputs()) {
            if (child.read(output) instanceof HostTensor tensor) {
                task.run.keep(tensor);
                list.add(tensor);
            }
        }
        task.run.write(layer.outputs().get(0), List.copyOf(list));
        return null;
    }

    private boolean returnsList() {
        return layer.outputs().size() == 1
                && layer.outputs().get(0) != Value.NONE
                && graph.value(layer.outputs().get(0)).type() instanceof HostType;
    }

    private boolean isWeight(Argument argument) {
        return argument instanceof Argument.Ref ref && graph.weight(ref.value()) != null;
    }

    @Override
    public List<Plan> plans() {
        synchronized (plans) {
            return List.copyOf(plans.values());
        }
    }

    /** Every task of the same graph instantiates its layer anew; nothing is cut beforehand. */
    @Override
    public boolean sameCut(CoreTask other) {
        return true;
    }

    /** The layer as it is called now. */
    private final class Instance {
        private final LayerGraph.Builder builder = new LayerGraph.Builder(graph.name() + "/" + layer.name());
        private final List<NamedArgument> arguments = new ArrayList<>();
        private final List<@Nullable Object> inputs = new ArrayList<>();
        private final int results;

        Instance(int results) {
            this.results = results;
        }

        void add(NamedArgument argument, @Nullable Object content) {
            arguments.add(NamedArgument.read(argument.name(), concrete(content)));
        }

        private Argument concrete(@Nullable Object content) {
            if (content instanceof Argument.Ref ref) {
                Weight weight = graph.weight(ref.value());
                if (weight == null) {
                    throw new IllegalStateException("value " + ref.value() + " is no weight");
                }
                return new Argument.Ref(builder.addWeight(weight.name(), weight.name(), weight.kind(), weight.data()));
            }
            if (content instanceof HostTensor) {
                return input(content, new AnyTensor());
            }
            if (content instanceof Long) {
                return input(content, ScalarType.INT);
            }
            if (content instanceof Double) {
                return input(content, ScalarType.FLOAT);
            }
            if (content instanceof HostTuple tuple) {
                return concrete(tuple.elements());
            }
            if (content instanceof Iterable<?> elements) {
                List<Argument> list = new ArrayList<>();
                elements.forEach(element -> list.add(concrete(element)));
                return new Argument.ListOf(list);
            }
            Argument constant = HostArguments.constant(content);
            if (constant == null) {
                throw new IllegalArgumentException(
                        layer.label() + ": " + layer.op() + " cannot take " + content + " as an argument");
            }
            return constant;
        }

        private Argument input(Object content, ValueType type) {
            inputs.add(content);
            return new Argument.Ref(builder.addInput("input" + inputs.size(), type));
        }

        /** What decides about the plan. Weights are always the same. */
        String structure() {
            StringBuilder text = new StringBuilder().append(results);
            arguments.forEach(argument -> text.append('|').append(describe(argument.value())));
            return text.toString();
        }

        private String describe(Argument argument) {
            if (argument instanceof Argument.Ref ref) {
                return builder.type(ref.value()).toString();
            }
            if (argument instanceof Argument.ListOf list) {
                StringBuilder text = new StringBuilder("[");
                for (Argument element : list.elements()) {
                    text.append(describe(element)).append(',');
                }
                return text.append(']').toString();
            }
            return argument.toString();
        }

        LayerGraph graph() {
            List<Integer> outputs = new ArrayList<>();
            for (int i = 0; i < results; i++) {
                int declared = returnsList() ? Value.NONE : layer.outputs().get(i);
                if (!returnsList() && declared == Value.NONE) {
                    outputs.add(Value.NONE);
                    continue;
                }
                ValueType type = returnsList()
                        ? new AnyTensor()
                        : StructuralTask.this.graph.value(declared).type();
                int output = builder.addValue("output" + i, type);
                outputs.add(output);
                builder.addOutput(new Argument.Ref(output));
            }
            builder.addLayer(new Layer(layer.name(), layer.op(), arguments, outputs, layer.modulePath()));
            return builder.build();
        }
    }
}
