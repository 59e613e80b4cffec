// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.host.HostArguments;
import org.saguaro.runtime.core.host.HostDict;
import org.saguaro.runtime.core.host.HostEvaluator;
import org.saguaro.runtime.core.host.HostTuple;
import org.saguaro.runtime.core.host.ModelRaisedException;
import org.saguaro.runtime.core.lowering.KnownTensor.NotKnownException;
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;
import org.saguaro.runtime.core.residency.TensorLostException;

/**
 * Makes a general graph smaller for requests of one kind: values get the types that are known of them, host operators whose
 * operands are known are computed now, branches whose condition is known take the layer's place, and what nobody reads any more
 * goes. The general graph must be functional.
 */
public final class Specialization {

    /** They only look at containers, not at what is in them. */
    private static final Set<HostOp> STRUCTURAL = EnumSet.of(
            HostOp.LIST,
            HostOp.TUPLE,
            HostOp.DICT,
            HostOp.LEN,
            HostOp.GET,
            HostOp.SLICE,
            HostOp.SET,
            HostOp.APPEND,
            HostOp.INSERT,
            HostOp.REMOVE,
            HostOp.REVERSED,
            HostOp.KEYS,
            HostOp.VALUES,
            HostOp.ITEMS,
            HostOp.IDENTITY,
            HostOp.SELECT,
            HostOp.UNPACK,
            HostOp.ADD,
            HostOp.MUL);

    /** A host value that is not known. */
    private record Unknown(int value) {}

    private final LayerGraph.Builder builder;
    private final List<Layer> layers = new ArrayList<>();
    private final Substitution substitution = new Substitution();
    private final Map<Integer, @Nullable Object> known = new HashMap<>();
    private final Map<Integer, Weight> weights = new HashMap<>();
    private final Map<String, Removal> removed;

    /** Names of host layers whose results are known. */
    private final Set<String> computed = new HashSet<>();

    private Specialization(LayerGraph graph, Map<String, Removal> removed) {
        this.builder = graph.toBuilder();
        this.removed = removed;
        graph.weights().forEach(weight -> weights.put(weight.value(), weight));
    }

    /**
     * The smaller graph.
     *
     * @param general a functional graph, and what became of the model's layers
     * @param facts what is known of this graph; wrong facts give wrong results
     */
    public static LoweredGraph run(LoweredGraph general, Facts facts) {
        Map<String, Removal> removed = new HashMap<>();
        LayerGraph graph = specialize(general.graph(), facts, Map.of(), removed);
        return general.with(graph, removed).everywhere(NoOpRemoval::run).everywhere(BatchNormFolding::run);
    }

    private static LayerGraph specialize(
            LayerGraph graph, Facts facts, Map<Integer, @Nullable Object> inputs, Map<String, Removal> removed) {
        Specialization pass = new Specialization(graph, removed);
        pass.known.putAll(inputs);
        facts.specs().forEach(pass::learn);
        graph.layers().forEach(layer -> pass.visit(layer, facts));
        return pass.finish(graph);
    }

    /** A type that says more than the one before. */
    private void learn(int id, TensorSpec spec) {
        ValueType type = builder.type(id);
        boolean open = type instanceof AnyTensor
                || (type instanceof TensorSpec before && !before.shape().isStatic());
        if (open) {
            builder.type(id, spec);
        }
    }

    private LayerGraph finish(LayerGraph graph) {
        List<Argument> outputs = graph.outputs().stream().map(this::constants).toList();
        builder.outputs(outputs)
                .states(graph.states().stream()
                        .map(state -> new org.saguaro.model.api.State(
                                state.name(), state.value(), state.initial(), constants(state.next())))
                        .toList());
        Set<Integer> read = new HashSet<>();
        outputs.forEach(output -> Layer.forEachRef(output, read::add));
        graph.states().forEach(state -> Layer.forEachRef(constants(state.next()), read::add));
        List<Layer> kept = new ArrayList<>();
        for (int i = layers.size() - 1; i >= 0; i--) {
            Layer layer = layers.get(i);
            if (Collections.disjoint(layer.outputs(), read) && isPure(layer)) {
                removed.putIfAbsent(layer.name(), new Removal("removed: nobody needs it for these sizes", ""));
            } else {
                kept.add(layer);
                read.addAll(layer.inputs());
            }
        }
        Collections.reverse(kept);
        return builder.layers(kept).build();
    }

    /** Whether nothing but its results tells that it ran. */
    private boolean isPure(Layer layer) {
        if (layer.arguments().stream().anyMatch(argument -> argument.access() == Access.WRITE)
                || (layer.outputs().isEmpty() && !ControlOps.isControl(layer))
                || (!layer.outputs().isEmpty()
                        && layer.outputs().stream().allMatch(id -> id == Value.NONE)
                        && !ControlOps.isControl(layer))) {
            return false;
        }
        if (HostOp.isHost(layer)) {
            HostOp op = HostOp.of(layer);
            return (op != HostOp.RAISE && op != HostOp.UNWRAP) || computed.contains(layer.name());
        }
        return ControlOps.graphs(layer).stream()
                .allMatch(graph -> graph.layers().stream().allMatch(this::isPure));
    }

    // --- layers ---

    private void visit(Layer original, Facts facts) {
        Layer layer = substitution.apply(original);
        if (layer.op().equals(ControlOps.IF)) {
            visitBranch(layer, facts);
        } else if (layer.op().equals(ControlOps.LOOP)) {
            visitLoop(layer, facts);
        } else if (HostOp.isHost(layer)) {
            visitHost(layer);
        } else {
            layers.add(withConstants(layer));
        }
    }

    private void visitHost(Layer layer) {
        @Nullable Object[] results = compute(layer);
        if (results == null) {
            layers.add(withConstants(layer));
            return;
        }
        for (int i = 0; i < results.length; i++) {
            int output = layer.outputs().get(i);
            if (output == Value.NONE) {
                continue;
            }
            if (results[i] instanceof KnownTensor tensor) {
                substitution.replace(output, tensor.value());
            } else if (results[i] instanceof Unknown value) {
                substitution.replace(output, value.value());
            } else {
                known.put(output, results[i]);
            }
        }
        // Stays for readers that take no constant in its place; else nobody reads it.
        layers.add(layer);
        computed.add(layer.name());
    }

    /** The results of a host operator; null if they are not known, or there are none. */
    private @Nullable Object @Nullable [] compute(Layer layer) {
        HostOp op = HostOp.of(layer);
        @Nullable Object[] operands = new @Nullable Object[op.parameters().size()];
        for (int i = 0; i < operands.length; i++) {
            Argument argument = layer.argument(op.parameters().get(i));
            operands[i] = value(argument == null ? new Argument.None() : argument);
        }
        if (!canCompute(op, operands)) {
            return null;
        }
        @Nullable Object[] results = new @Nullable Object[layer.outputs().size()];
        try {
            HostEvaluator.evaluate(op, operands, results);
            return results;
        } catch (NotKnownException | ModelRaisedException | AccelException | TensorLostException e) {
            // What the model itself raises, it raises when it is run.
            return null;
        }
    }

    private boolean canCompute(HostOp op, @Nullable Object[] operands) {
        if (op == HostOp.RAISE) {
            return false;
        }
        boolean hides = false;
        boolean itself = false;
        for (Object operand : operands) {
            hides |= holdsUnknown(operand);
            itself |= operand instanceof Unknown;
        }
        if (!hides) {
            return true;
        }
        if (!STRUCTURAL.contains(op)) {
            return false;
        }
        return switch (op) {
            case LIST, TUPLE, VALUES, KEYS, ITEMS, REVERSED, LEN, UNPACK -> !itself;
            case IDENTITY -> true;
            case SELECT -> !(operands[0] instanceof Unknown);
            case APPEND -> !(operands[0] instanceof Unknown);
            case SET, INSERT -> !(operands[0] instanceof Unknown) && !(operands[1] instanceof Unknown);
            case DICT -> !itself && !holdsUnknown(operands[0]);
            default -> !itself;
        };
    }

    private static boolean holdsUnknown(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().anyMatch(Specialization::holdsUnknown);
        }
        if (value instanceof HostTuple tuple) {
            return tuple.elements().stream().anyMatch(Specialization::holdsUnknown);
        }
        if (value instanceof HostDict dict) {
            return dict.values().stream().anyMatch(Specialization::holdsUnknown);
        }
        return value instanceof Unknown;
    }

    private @Nullable Object value(Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            return value(ref.value());
        }
        if (argument instanceof Argument.ListOf list) {
            List<@Nullable Object> elements = new ArrayList<>();
            list.elements().forEach(element -> elements.add(value(element)));
            return elements;
        }
        return HostArguments.value(argument);
    }

    private @Nullable Object value(int id) {
        if (known.containsKey(id)) {
            return known.get(id);
        }
        ValueType type = builder.type(id);
        if (type instanceof TensorSpec || type instanceof AnyTensor) {
            Weight weight = weights.get(id);
            return new KnownTensor(id, type, weight == null ? null : weight.data());
        }
        return new Unknown(id);
    }

    // --- constants in arguments ---

    private Layer withConstants(Layer layer) {
        List<NamedArgument> arguments = layer.arguments().stream()
                .map(a -> new NamedArgument(a.name(), a.access(), constants(a.value())))
                .toList();
        return new Layer(layer.name(), layer.op(), arguments, layer.outputs(), layer.modulePath());
    }

    /** With constants in place of known values, where they can be written down. */
    private Argument constants(Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            int id = substitution.resolve(ref.value());
            Argument constant = known.containsKey(id) ? argument(known.get(id)) : null;
            return constant == null ? new Argument.Ref(id) : constant;
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(
                    list.elements().stream().map(this::constants).toList());
        }
        return argument;
    }

    /** As {@link #constants}, but lists stay values: an operand is one value or a number. */
    private Argument operand(Argument argument) {
        Argument constant = constants(argument);
        return constant instanceof Argument.ListOf && argument instanceof Argument.Ref ref
                ? new Argument.Ref(substitution.resolve(ref.value()))
                : constant;
    }

    private static @Nullable Argument argument(@Nullable Object value) {
        if (value instanceof KnownTensor tensor) {
            return new Argument.Ref(tensor.value());
        }
        if (value instanceof Unknown unknown) {
            return new Argument.Ref(unknown.value());
        }
        List<?> elements =
                value instanceof HostTuple tuple ? tuple.elements() : value instanceof List<?> list ? list : null;
        if (elements == null) {
            return HostArguments.constant(value);
        }
        List<Argument> arguments = new ArrayList<>();
        for (Object element : elements) {
            Argument one = argument(element);
            if (one == null) {
                return null;
            }
            arguments.add(one);
        }
        return new Argument.ListOf(arguments);
    }

    // --- nested graphs ---

    private void visitBranch(Layer layer, Facts facts) {
        Argument condition = constants(argument(layer, "condition"));
        List<Argument> operands = list(layer, "operands");
        List<LayerGraph> graphs = ControlOps.graphs(layer);
        Boolean taken = truth(condition);
        if (taken != null) {
            int branch = taken ? 0 : 1;
            removed.put(layer.name(), new Removal("resolved: its condition is known for these sizes", ""));
            inline(layer, graphs.get(branch), operands, facts.of(layer, branch));
            return;
        }
        List<LayerGraph> special = new ArrayList<>();
        for (int i = 0; i < graphs.size(); i++) {
            special.add(inside(graphs.get(i), operands, 0, facts.of(layer, i)));
        }
        layers.add(ControlOps.branch(
                layer.name(),
                condition,
                special.get(0),
                special.get(1),
                operands.stream().map(this::operand).toList(),
                layer.outputs(),
                layer.modulePath()));
    }

    private static @Nullable Boolean truth(Argument condition) {
        if (condition instanceof Argument.Bool flag) {
            return flag.value();
        }
        return condition instanceof Argument.Int number ? (Boolean) (number.value() != 0) : null;
    }

    private void visitLoop(Layer layer, Facts facts) {
        List<Argument> captured = list(layer, "captured");
        List<Argument> carried = list(layer, "carried");
        LayerGraph body = inside(ControlOps.graphs(layer).get(0), captured, 1 + carried.size(), facts.of(layer, 0));
        layers.add(ControlOps.loop(
                layer.name(),
                constants(argument(layer, "max_trips")),
                constants(argument(layer, "condition")),
                body,
                carried.stream().map(this::operand).toList(),
                captured.stream().map(this::operand).toList(),
                layer.outputs(),
                layer.modulePath()));
    }

    /** A nested graph, which knows what is known of the operands that are always the same, from one of its inputs on. */
    private LayerGraph inside(LayerGraph graph, List<Argument> operands, int from, Facts facts) {
        Map<Integer, @Nullable Object> inputs = new HashMap<>();
        Map<Integer, TensorSpec> specs = new HashMap<>(facts.specs());
        for (int i = 0; i < operands.size(); i++) {
            int input = graph.inputs().get(from + i);
            Object operand = value(operands.get(i));
            if (operand instanceof KnownTensor tensor) {
                if (tensor.type() instanceof TensorSpec spec && spec.shape().isStatic()) {
                    specs.put(input, spec);
                }
            } else if (isPlain(operand)) {
                inputs.put(input, operand);
            }
        }
        return specialize(graph, new Facts(specs, facts.nested()), inputs, removed);
    }

    /** Whether it means the same in every graph: no tensor, no value of this one. */
    private static boolean isPlain(@Nullable Object value) {
        if (value instanceof List<?> list) {
            return list.stream().allMatch(Specialization::isPlain);
        }
        if (value instanceof HostTuple tuple) {
            return tuple.elements().stream().allMatch(Specialization::isPlain);
        }
        return value == null
                || value instanceof Long
                || value instanceof Double
                || value instanceof Boolean
                || value instanceof String
                || value instanceof DType;
    }

    /** The layers of a branch in place of the layer that holds it. */
    private void inline(Layer layer, LayerGraph branch, List<Argument> operands, Facts facts) {
        Map<Integer, Integer> ids = new HashMap<>();
        for (int i = 0; i < operands.size(); i++) {
            int input = branch.inputs().get(i);
            if (operands.get(i) instanceof Argument.Ref ref) {
                ids.put(input, ref.value());
            } else {
                int id = builder.addValue(
                        branch.value(input).name(), branch.value(input).type());
                known.put(id, value(operands.get(i)));
                ids.put(input, id);
            }
        }
        for (Weight weight : branch.weights()) {
            ids.put(weight.value(), weight(weight, branch.value(weight.value()).name()));
        }
        for (Value value : branch.values()) {
            ids.computeIfAbsent(value.id(), id -> builder.addValue(value.name(), value.type()));
        }
        facts.specs().forEach((id, spec) -> learn(ids.getOrDefault(id, id), spec));
        for (Layer inner : branch.layers()) {
            visit(renumbered(inner, ids), facts);
        }
        for (int i = 0; i < layer.outputs().size(); i++) {
            int output = layer.outputs().get(i);
            if (output == Value.NONE) {
                continue;
            }
            Argument result = renumbered(branch.outputs().get(i), ids);
            if (result instanceof Argument.Ref ref) {
                int id = substitution.resolve(ref.value());
                substitution.replace(output, id);
            } else {
                known.put(output, value(result));
            }
        }
    }

    /** The weight of this graph that has the same data; a new one if there is none. */
    private int weight(Weight weight, String name) {
        for (Map.Entry<Integer, Weight> mine : weights.entrySet()) {
            Weight other = mine.getValue();
            if (other.data() == weight.data() && other.name().equals(weight.name())) {
                return mine.getKey();
            }
        }
        int id = builder.addWeight(name, weight.name(), weight.kind(), weight.data());
        weights.put(id, new Weight(weight.name(), weight.kind(), id, weight.data()));
        return id;
    }

    private static Layer renumbered(Layer layer, Map<Integer, Integer> ids) {
        return new Layer(
                layer.name(),
                layer.op(),
                layer.arguments().stream()
                        .map(a -> new NamedArgument(a.name(), a.access(), renumbered(a.value(), ids)))
                        .toList(),
                layer.outputs().stream()
                        .map(id -> id == Value.NONE ? id : ids.getOrDefault(id, id))
                        .toList(),
                layer.modulePath());
    }

    private static Argument renumbered(Argument argument, Map<Integer, Integer> ids) {
        if (argument instanceof Argument.Ref ref) {
            return new Argument.Ref(ids.getOrDefault(ref.value(), ref.value()));
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(list.elements().stream()
                    .map(element -> renumbered(element, ids))
                    .toList());
        }
        return argument;
    }

    private static List<Argument> list(Layer layer, String name) {
        return argument(layer, name) instanceof Argument.ListOf list ? list.elements() : List.of();
    }

    private static Argument argument(Layer layer, String name) {
        Argument argument = layer.argument(name);
        return argument == null ? new Argument.None() : argument;
    }
}
