// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.State;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;

/**
 * Puts a model's graph into another one: values get new ids, layers and values the stage's name before their own ({@code
 * detect/conv1}), weights stay the same tensors, states are the stage's ({@code detect.hidden}). Names of sizes are kept apart, except
 * where an edge says what they are.
 */
final class ModelInlining {

    /** What a stage reads, and where its description says so. */
    record Given(Port port, Description.Reference reference) {}

    private final LayerGraph.Builder target;
    private final String stage;
    private final LayerGraph model;
    private final Map<String, String> sizes = new HashMap<>();
    private final Map<Integer, Integer> ids = new HashMap<>();

    private ModelInlining(LayerGraph.Builder target, String stage, LayerGraph model) {
        this.target = target;
        this.stage = stage;
        this.model = model;
    }

    /**
     * Puts a model into {@code target}.
     *
     * @return what it makes, in its order
     * @throws StageException if an input does not fit
     */
    static List<Port> inline(
            LayerGraph.Builder target, String stage, LayerGraph model, List<Given> inputs, Description.Stage described)
            throws StageException {
        ModelInlining inlining = new ModelInlining(target, stage, model);
        inlining.takeInputs(inputs, described);
        inlining.copy();
        return inlining.outputs();
    }

    /** Puts a method of a model, which takes no inputs, into {@code target}. */
    static List<Port> inlineMethod(LayerGraph.Builder target, String stage, LayerGraph method) {
        ModelInlining inlining = new ModelInlining(target, stage, method);
        inlining.copy();
        return inlining.outputs();
    }

    // --- inputs ---

    private void takeInputs(List<Given> given, Description.Stage described) throws StageException {
        List<Value> expected = model.inputs().stream().map(model::value).toList();
        boolean list = expected.stream().anyMatch(value -> value.type() instanceof HostType);
        if (list ? given.size() < expected.size() - 1 : given.size() != expected.size()) {
            throw new StageException(
                    described.at(),
                    described.place() + ".inputs",
                    "found " + given.size() + " inputs, expected " + expected.size() + " as the model takes: "
                            + expected.stream()
                                    .map(value -> value.name() + " " + value.type())
                                    .toList());
        }
        Set<Integer> written = writtenInputs();
        int next = 0;
        for (Value input : expected) {
            if (input.type() instanceof HostType type) {
                int count = given.size() - (expected.size() - 1);
                ids.put(input.id(), list(input, type, given.subList(next, next + count)));
                next += count;
            } else {
                ids.put(input.id(), take(input, given.get(next), written.contains(input.id())));
                next++;
            }
        }
    }

    private int list(Value input, HostType type, List<Given> elements) throws StageException {
        List<Argument> references = new ArrayList<>();
        for (Given element : elements) {
            references.add(new Argument.Ref(value(input, element)));
        }
        int id = target.addValue(stage + "/" + input.name(), type);
        target.addLayer(HostOp.LIST.layer(
                stage + "/" + input.name(), List.of(new Argument.ListOf(references)), List.of(id), ""));
        return id;
    }

    private int take(Value input, Given given, boolean copied) throws StageException {
        int value = value(input, given);
        ValueType found = given.port().type();
        if (input.type() instanceof TensorSpec expected) {
            if (found instanceof TensorSpec spec) {
                fit(input, expected, spec, given);
            } else if (!(found instanceof AnyTensor)) {
                throw mismatch(input, given, "");
            }
        } else if (input.type() instanceof AnyTensor) {
            if (!(found instanceof TensorSpec || found instanceof AnyTensor)) {
                throw mismatch(input, given, "");
            }
        } else if (!input.type().equals(found)) {
            throw mismatch(input, given, "");
        }
        if (!copied || found == null) {
            return value;
        }
        // The model works on its input's memory; other readers must not see that.
        int copy = target.addValue(stage + "/" + input.name(), found);
        target.addLayer(new Layer(
                stage + "/" + input.name() + ".copy",
                new OpName("aten", "clone", OpName.DEFAULT_OVERLOAD),
                List.of(
                        NamedArgument.read("self", new Argument.Ref(value)),
                        NamedArgument.read("memory_format", new Argument.None())),
                List.of(copy),
                ""));
        return copy;
    }

    private int value(Value input, Given given) throws StageException {
        if (given.port().argument() instanceof Argument.Ref ref) {
            return ref.value();
        }
        throw mismatch(input, given, "");
    }

    private StageException mismatch(Value input, Given given, String why) {
        return new StageException(
                given.reference().at(),
                given.reference().place(),
                "found " + given.reference().text() + ", "
                        + (given.port().type() == null
                                ? "a constant"
                                : given.port().type()) + ", expected " + input.type() + ", which stage " + stage
                        + " takes as " + input.name() + why);
    }

    /** An edge says what the model's sizes are. */
    private void fit(Value input, TensorSpec expected, TensorSpec found, Given given) throws StageException {
        if (expected.dtype() != found.dtype()) {
            throw mismatch(input, given, ": another element type");
        }
        if (expected.shape().rank() != found.shape().rank()) {
            throw mismatch(input, given, ": another number of dimensions");
        }
        for (int i = 0; i < expected.shape().rank(); i++) {
            Dim wanted = expected.shape().dims().get(i);
            Dim there = found.shape().dims().get(i);
            if (wanted instanceof Dim.Symbolic symbolic) {
                if (there instanceof Dim.Fixed fixed && !symbolic.accepts(fixed.size())) {
                    throw mismatch(input, given, ": " + symbolic + " is " + symbolic.min() + " to " + symbolic.max());
                }
                bind(input, symbolic, there, given);
            } else if (!wanted.equals(there)) {
                throw mismatch(input, given, ": another size in dimension " + i);
            }
        }
    }

    private void bind(Value input, Dim.Symbolic symbolic, Dim there, Given given) throws StageException {
        if (!Sizes.isName(symbolic.expression())) {
            // Checked where the request brings it.
            return;
        }
        String text = there.toString();
        String before = sizes.putIfAbsent(symbolic.expression(), text);
        if (before != null && !before.equals(text)) {
            throw mismatch(input, given, ": " + symbolic + " is " + before + " already");
        }
    }

    /** Inputs whose memory the model may write. */
    private Set<Integer> writtenInputs() {
        Set<Integer> written = new HashSet<>();
        for (int input : model.inputs()) {
            if (writes(model, input)) {
                written.add(input);
            }
        }
        return written;
    }

    private static boolean writes(LayerGraph graph, int input) {
        Set<Integer> aliases = new HashSet<>();
        aliases.add(input);
        for (Layer layer : graph.layers()) {
            boolean nestedWrites = false;
            for (LayerGraph nested : ControlOps.graphs(layer)) {
                nestedWrites |= writesAnything(nested);
            }
            boolean alias = false;
            for (NamedArgument argument : layer.arguments()) {
                boolean[] reads = {false};
                Layer.forEachRef(argument.value(), id -> reads[0] |= aliases.contains(id));
                if (reads[0] && (argument.access() == Access.WRITE || nestedWrites)) {
                    return true;
                }
                alias |= reads[0]
                        && (argument.access() == Access.ALIAS || ControlOps.isControl(layer) || HostOp.isHost(layer));
            }
            if (alias) {
                aliases.addAll(layer.outputs());
            }
        }
        return false;
    }

    private static boolean writesAnything(LayerGraph graph) {
        return graph.layers().stream()
                .anyMatch(layer -> layer.arguments().stream().anyMatch(a -> a.access() == Access.WRITE)
                        || ControlOps.graphs(layer).stream().anyMatch(ModelInlining::writesAnything));
    }

    // --- the rest ---

    private void copy() {
        for (Value value : model.values()) {
            if (ids.containsKey(value.id())) {
                continue;
            }
            Weight weight = model.weight(value.id());
            String name = stage + "/" + value.name();
            int id = weight == null
                    ? target.addValue(name, type(value.type()))
                    : target.addWeight(name, stage + "." + weight.name(), weight.kind(), weight.data());
            ids.put(value.id(), id);
        }
        for (Layer layer : model.layers()) {
            target.addLayer(renamed(layer, ids));
        }
        for (State state : model.states()) {
            target.addState(new State(
                    stage + "." + state.name(),
                    id(state.value()),
                    argument(state.initial(), ids),
                    argument(state.next(), ids)));
        }
    }

    private ValueType type(ValueType type) {
        return Sizes.renamed(type, sizes, Names.prefix(stage));
    }

    private int id(int old) {
        Integer id = ids.get(old);
        if (id == null) {
            throw new IllegalStateException("value " + old + " of " + model + " is not known");
        }
        return id;
    }

    /** With the stage's name. Without a table of ids they stay: a nested graph has values of its own. */
    private Layer renamed(Layer layer, @Nullable Map<Integer, Integer> table) {
        return new Layer(
                stage + "/" + layer.name(),
                layer.op(),
                layer.arguments().stream()
                        .map(argument -> new NamedArgument(
                                argument.name(), argument.access(), argument(argument.value(), table)))
                        .toList(),
                table == null
                        ? layer.outputs()
                        : layer.outputs().stream()
                                .map(output -> output == Value.NONE ? output : Integer.valueOf(id(output)))
                                .toList(),
                layer.modulePath().isEmpty() ? "" : stage + "/" + layer.modulePath());
    }

    private Argument argument(Argument argument, @Nullable Map<Integer, Integer> table) {
        if (argument instanceof Argument.Ref ref) {
            return table == null ? ref : new Argument.Ref(id(ref.value()));
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(list.elements().stream()
                    .map(element -> argument(element, table))
                    .toList());
        }
        if (argument instanceof Argument.Graph nested) {
            return new Argument.Graph(nested(nested.graph()));
        }
        return argument;
    }

    /** A graph inside a layer: its names and sizes are the stage's too. */
    private LayerGraph nested(LayerGraph graph) {
        LayerGraph.Builder builder = graph.toBuilder();
        graph.values().forEach(value -> builder.type(value.id(), type(value.type())));
        builder.layers(
                graph.layers().stream().map(layer -> renamed(layer, null)).toList());
        return builder.build();
    }

    private List<Port> outputs() {
        List<Port> ports = new ArrayList<>();
        for (Argument output : model.outputs()) {
            port(output, ports);
        }
        return ports;
    }

    private void port(Argument output, List<Port> ports) {
        if (output instanceof Argument.Ref ref) {
            int id = id(ref.value());
            ports.add(new Port(model.value(ref.value()).name(), new Argument.Ref(id), target.type(id)));
        } else if (output instanceof Argument.ListOf list) {
            list.elements().forEach(element -> port(element, ports));
        } else if (!(output instanceof Argument.None)) {
            ports.add(new Port("constant" + ports.size(), output, null));
        }
    }
}
