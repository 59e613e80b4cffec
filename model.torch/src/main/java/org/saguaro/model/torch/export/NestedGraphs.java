// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.json.JsonValue;

/**
 * The graphs that a node of some scope holds: read into blocks of their own, or in line. A nested graph gets what it reads as
 * operands, except weights and constants: these it has itself.
 */
final class NestedGraphs {

    /**
     * A value of the graph around a nested one, as the nested graph gets it.
     *
     * @param weight the weight that the nested graph has itself, or null
     * @param operand whether the layer hands it in; if neither, it is a constant
     */
    record Passed(Argument outer, @Nullable Weight weight, boolean operand) {}

    /** A graph of the archive with what is made of it. */
    record Nested(Block block, Scope scope, JsonValue graph) {}

    /** A value that a node makes: a tensor if it is no scalar; no value at all if it has no name. */
    private record Made(@Nullable JsonValue name, @Nullable ScalarType scalar) {}

    private final ReadContext context;
    private final Scope scope;
    private final ArgumentReader arguments;

    NestedGraphs(ReadContext context, Scope scope, ArgumentReader arguments) {
        this.context = context;
        this.scope = scope;
        this.arguments = arguments;
    }

    // what a node passes

    /** The arguments of a node. */
    static List<JsonValue> inputs(JsonValue node, int min, int max) throws ModelFormatException {
        List<JsonValue> inputs = new ArrayList<>();
        for (JsonValue input : node.field("inputs").elements()) {
            inputs.add(input.field("arg").named(node.place() + ", argument " + inputs.size()));
        }
        if (inputs.size() < min || inputs.size() > max) {
            throw node.refuse(
                    inputs.size() + " arguments",
                    min == max ? String.valueOf(min) : "at least " + min + (max < 100 ? ", at most " + max : ""));
        }
        return inputs;
    }

    /** What arguments of a node pass, lists flattened. */
    List<Argument> operands(List<JsonValue> inputs) throws ModelFormatException {
        List<Argument> operands = new ArrayList<>();
        for (JsonValue input : inputs) {
            JsonValue names = input.optional("as_tensors");
            if (names != null) {
                // The exporter also lists numbers here, as if they were tensors.
                for (JsonValue tensor : names.elements()) {
                    operands.add(scope.lookup(tensor.field("name")));
                }
            } else if (arguments.read(input) instanceof Argument.ListOf list) {
                operands.addAll(list.elements());
            } else {
                operands.add(arguments.read(input));
            }
        }
        return operands;
    }

    /** A boolean, or a tensor of which the core knows how to take it for one. */
    static Argument condition(JsonValue place, Argument value, Block block) throws ModelFormatException {
        boolean fits = value instanceof Argument.Ref ref
                ? block.type(ref.value()) instanceof TensorSpec || block.type(ref.value()) == ScalarType.BOOL
                : value instanceof Argument.Bool;
        if (!fits) {
            throw place.refuse("a condition that is no boolean", "a boolean or a tensor of one element");
        }
        return value;
    }

    /** Decides how a nested graph gets each of these. */
    List<Passed> pass(List<Argument> outer) {
        List<Passed> passed = new ArrayList<>();
        for (Argument argument : outer) {
            Weight weight = argument instanceof Argument.Ref ref ? scope.block().weight(ref.value()) : null;
            boolean keeps = weight != null && context.mayKeep(weight.name());
            boolean constant = !(argument instanceof Argument.Ref);
            passed.add(new Passed(argument, keeps ? weight : null, !keeps && !constant));
        }
        return passed;
    }

    /** As operands, all of them: what changes from one iteration to the next. */
    static List<Passed> carry(List<Argument> outer) {
        return outer.stream().map(value -> new Passed(value, null, true)).toList();
    }

    /** What a layer hands in, in order. */
    static List<Argument> operandsOf(List<Passed> passed) {
        return passed.stream().filter(Passed::operand).map(Passed::outer).toList();
    }

    // graphs

    /** Begins a graph of its own, which gets its inputs and nodes next. */
    Nested begin(String layer, JsonValue argument) throws ModelFormatException {
        String path = path(layer, argument);
        JsonValue graph = graph(argument);
        Block block = context.newBlock(path);
        return new Nested(block, new Scope(block, path + ".", "", context.symbols(), graph), graph);
    }

    /** The full name of a graph that a layer holds. */
    static String path(String layer, JsonValue argument) throws ModelFormatException {
        return layer + "." + argument.field("as_graph").field("name").text();
    }

    private static JsonValue graph(JsonValue argument) throws ModelFormatException {
        return argument.field("as_graph").field("graph");
    }

    /** Reads a graph into the block around it, and returns what it returns. */
    List<Argument> inLine(Scope around, JsonValue argument, String prefix, List<Argument> operands)
            throws ModelFormatException {
        JsonValue graph = graph(argument);
        Scope inner = new Scope(around.block(), prefix, prefix, context.symbols(), graph);
        List<JsonValue> listed = listedInputs(graph, operands.size());
        for (int i = 0; i < operands.size(); i++) {
            JsonValue name = inputName(listed.get(i));
            if (name != null) {
                inner.bind(name, operands.get(i));
            }
        }
        return body(inner, graph);
    }

    /** The inputs of a graph, which must be as many as are passed. */
    static List<JsonValue> listedInputs(JsonValue graph, int expected) throws ModelFormatException {
        List<JsonValue> listed = graph.field("inputs").elements();
        if (listed.size() != expected) {
            throw graph.field("inputs").refuse(listed.size() + " inputs", expected + ", as many as are passed");
        }
        return listed;
    }

    /** Makes the inputs and weights of a nested graph; returns what they are inside, in order. */
    List<Argument> enter(Nested nested, List<JsonValue> listed, List<Passed> passed) throws ModelFormatException {
        List<Argument> entered = new ArrayList<>();
        for (int i = 0; i < passed.size(); i++) {
            entered.add(enter(nested.scope(), listed.get(i), passed.get(i)));
        }
        return entered;
    }

    private Argument enter(Scope inner, JsonValue listed, Passed passed) throws ModelFormatException {
        JsonValue name = inputName(listed);
        Weight weight = passed.weight();
        if (name == null) {
            return passed.outer();
        } else if (weight != null) {
            return new Argument.Ref(inner.weight(name, weight.name(), weight.kind(), weight.data()));
        } else if (!passed.operand()) {
            inner.bind(name, passed.outer());
            return passed.outer();
        }
        ScalarType scalar = scalarType(listed);
        int id = scalar == null ? inner.inputTensor(name) : inner.inputScalar(name, scalar);
        mayShow(inner.block(), id, passed.outer());
        return new Argument.Ref(id);
    }

    /** Takes a whole tensor into a nested graph, as it is outside and whatever the nested graph calls it. */
    int enterWhole(Block block, String name, Passed passed, JsonValue place) throws ModelFormatException {
        Weight weight = passed.weight();
        if (weight != null) {
            return block.addWeight(name, weight.name(), weight.kind(), weight.data());
        }
        if (passed.outer() instanceof Argument.Ref ref && scope.block().type(ref.value()) instanceof TensorSpec spec) {
            int id = block.addInput(name, spec);
            mayShow(block, id, ref);
            return id;
        }
        throw place.refuse("something that is no tensor", "tensors, of which the body gets one slice each time");
    }

    private void mayShow(Block block, int id, Argument outer) {
        if (outer instanceof Argument.Ref ref) {
            block.memory().show(id, scope.block().memory(), ref.value());
        }
    }

    /** Reads the nodes of a graph whose inputs exist, and returns what it returns. */
    List<Argument> body(Scope inner, JsonValue graph) throws ModelFormatException {
        new NodeReader(context, inner).readAll(graph.field("nodes"));
        return new NestedGraphs(context, inner, new ArgumentReader(inner))
                .operands(graph.field("outputs").elements());
    }

    /** What a nested graph calls an input; null for a constant, which needs no name. */
    private static @Nullable JsonValue inputName(JsonValue listed) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = listed.variant();
        return switch (variant.getKey()) {
            case "as_tensor" -> variant.getValue().field("name");
            case "as_sym_int", "as_sym_float", "as_sym_bool" ->
                variant.getValue().optional("as_name");
            case "as_none", "as_int", "as_float", "as_bool", "as_string" -> null;
            default -> throw listed.unexpected("a tensor or a number");
        };
    }

    private static @Nullable ScalarType scalarType(JsonValue listed) throws ModelFormatException {
        return switch (listed.variant().getKey()) {
            case "as_sym_int" -> ScalarType.INT;
            case "as_sym_float" -> ScalarType.FLOAT;
            case "as_sym_bool" -> ScalarType.BOOL;
            default -> null;
        };
    }

    // what a node makes

    /** Adds a layer that holds graphs. */
    void addLayer(Layer layer) {
        scope.block().addLayer(layer);
        scope.block().memory().passThrough(layer);
    }

    /** The values that a node makes. */
    List<Integer> makeOutputs(JsonValue node, int expected) throws ModelFormatException {
        List<Integer> made = new ArrayList<>();
        for (Made output : outputs(node, expected)) {
            if (output.name() == null) {
                made.add(Value.NONE);
            } else if (output.scalar() == null) {
                made.add(scope.madeTensor(output.name()));
            } else {
                made.add(scope.madeScalar(output.name(), output.scalar()));
            }
        }
        return made;
    }

    /** Gives the names of what a node makes to values that exist. */
    void bindOutputs(JsonValue node, List<Argument> results) throws ModelFormatException {
        List<Made> outputs = outputs(node, results.size());
        for (int i = 0; i < outputs.size(); i++) {
            JsonValue name = outputs.get(i).name();
            ScalarType scalar = outputs.get(i).scalar();
            if (name != null) {
                scope.bind(name, results.get(i));
                if (scalar == null) {
                    scope.tensor(name);
                } else {
                    scope.scalar(name, scalar);
                }
            }
        }
    }

    private static List<Made> outputs(JsonValue node, int expected) throws ModelFormatException {
        List<Made> outputs = new ArrayList<>();
        for (JsonValue output : node.field("outputs").elements()) {
            // Torch 2.8 and earlier wrote a single output as a list of one.
            JsonValue tensors = output.optional("as_tensors");
            if (tensors == null) {
                outputs.add(new Made(inputName(output), scalarType(output)));
            } else {
                for (JsonValue tensor : tensors.elements()) {
                    outputs.add(new Made(tensor.field("name"), null));
                }
            }
        }
        if (outputs.size() != expected) {
            throw node.refuse(outputs.size() + " outputs", expected + ", as many as the graph inside has");
        }
        return outputs;
    }
}
