// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.json.JsonValue;

/** Puts the layer graph together: inputs and weights as the signature lists them, then the nodes, then the outputs. */
final class GraphReader {

    /** A buffer that the graph gets as an input and of which it returns the next content. */
    private record Remembered(int state, int initial) {}

    private final JsonValue graph;
    private final JsonValue signature;
    private final Payloads payloads;
    private final Block block;
    private final Scope scope;
    private final ArgumentReader arguments;
    private final NodeReader nodes;
    private final Set<String> returnedAgain = new HashSet<>();
    private final Map<String, Remembered> remembered = new HashMap<>();

    private GraphReader(JsonValue program, Payloads payloads, ReadContext context, String name)
            throws ModelFormatException {
        JsonValue graphModule = program.field("graph_module");
        this.graph = graphModule.field("graph");
        this.signature = graphModule.field("signature");
        this.payloads = payloads;
        this.block = context.newBlock(name);
        this.scope = new Scope(block, "", "", context.symbols(), graph);
        this.arguments = new ArgumentReader(scope);
        this.nodes = new NodeReader(context, scope);
    }

    /**
     * Reads the model's graph.
     *
     * @param name what it is to be called
     */
    static LayerGraph read(JsonValue program, Payloads payloads, AtenSchemas schemas, String name)
            throws IOException, ModelFormatException {
        Symbols symbols = Symbols.read(program.field("range_constraints"));
        ReadContext context = new ReadContext(schemas, symbols, Set.of());
        LayerGraph graph = new GraphReader(program, payloads, context, name).read();
        Set<String> states = context.keptButWritten();
        return states.isEmpty()
                ? graph
                : new GraphReader(program, payloads, new ReadContext(schemas, symbols, states), name).read();
    }

    private LayerGraph read() throws IOException, ModelFormatException {
        findReturnedAgain();
        readInputs();
        nodes.readAll(graph.field("nodes"));
        readOutputs();
        return block.builder().build();
    }

    /** Names of the parameters and buffers of which the graph returns the next content. */
    private void findReturnedAgain() throws ModelFormatException {
        for (JsonValue spec : signature.field("output_specs").elements()) {
            Map.Entry<String, JsonValue> variant = spec.variant();
            String nameField = switch (variant.getKey()) {
                case "buffer_mutation" -> "buffer_name";
                case "parameter_mutation" -> "parameter_name";
                default -> "";
            };
            if (!nameField.isEmpty()) {
                returnedAgain.add(variant.getValue().field(nameField).text());
            }
        }
    }

    private void readInputs() throws IOException, ModelFormatException {
        List<JsonValue> specs = signature.field("input_specs").elements();
        List<JsonValue> listed = graph.field("inputs").elements();
        requireCount(graph.field("inputs"), specs.size(), "input_specs");
        for (int i = 0; i < specs.size(); i++) {
            Map.Entry<String, JsonValue> spec = specs.get(i).variant();
            JsonValue input = spec.getValue().named("input " + i + " (" + spec.getKey() + ")");
            readInput(spec.getKey(), input);
            if (!spec.getKey().equals("constant_input")) {
                requireSame(listed.get(i), input.field("arg"));
            }
        }
    }

    private void readInput(String kind, JsonValue spec) throws IOException, ModelFormatException {
        switch (kind) {
            case "user_input" -> readUserInput(spec.field("arg"));
            case "parameter" -> {
                String name = spec.field("parameter_name").text();
                addWeight(spec, name, Weight.Kind.PARAMETER, true);
            }
            case "buffer" -> {
                String name = spec.field("buffer_name").text();
                addWeight(
                        spec, name, Weight.Kind.BUFFER, spec.field("persistent").bool());
            }
            case "tensor_constant" -> {
                String name = spec.field("tensor_constant_name").text();
                addWeight(spec, name, Weight.Kind.CONSTANT, false);
            }
            // A value that the exporter has baked into the graph: nothing is left for the caller to bring.
            case "constant_input" -> spec.field("value").variant();
            case "custom_obj", "token" ->
                throw spec.refuse(
                        "an input of the kind " + kind,
                        "tensors, numbers, parameters, buffers and constants",
                        "this kind is not supported: express the model without it");
            default -> throw spec.refuse("an input of the unknown kind " + kind, "an input kind of schema 8");
        }
    }

    private void readUserInput(JsonValue argument) throws ModelFormatException {
        Map.Entry<String, JsonValue> variant = argument.variant();
        JsonValue value = variant.getValue();
        switch (variant.getKey()) {
            case "as_tensor" -> scope.inputTensor(value.field("name"));
            case "as_sym_int" -> scope.inputScalar(value.field("as_name"), ScalarType.INT);
            case "as_sym_float" -> scope.inputScalar(value.field("as_name"), ScalarType.FLOAT);
            case "as_sym_bool" -> scope.inputScalar(value.field("as_name"), ScalarType.BOOL);
            case "as_none", "as_int", "as_float", "as_bool", "as_string" -> arguments.read(argument);
            default -> throw argument.unexpected("a tensor or a number as input");
        }
    }

    private void addWeight(JsonValue spec, String name, Weight.Kind kind, boolean persistent)
            throws IOException, ModelFormatException {
        JsonValue valueName = spec.field("arg").field("name");
        Tensor data = persistent ? payloads.weight(name, spec) : payloads.constant(name, spec);
        if (returnedAgain.contains(name)) {
            int[] state = scope.state(valueName, name, kind, data);
            remembered.put(name, new Remembered(state[0], state[1]));
        } else {
            scope.weight(valueName, name, kind, data);
        }
    }

    private void readOutputs() throws ModelFormatException {
        List<JsonValue> specs = signature.field("output_specs").elements();
        List<JsonValue> listed = graph.field("outputs").elements();
        requireCount(graph.field("outputs"), specs.size(), "output_specs");
        for (int i = 0; i < specs.size(); i++) {
            Map.Entry<String, JsonValue> spec = specs.get(i).variant();
            JsonValue output = spec.getValue().named("output " + i + " (" + spec.getKey() + ")");
            readOutput(spec.getKey(), output);
            requireSame(listed.get(i), output.field("arg"));
        }
    }

    private void readOutput(String kind, JsonValue output) throws ModelFormatException {
        switch (kind) {
            case "user_output" -> block.builder().addOutput(arguments.read(output.field("arg")));
            case "buffer_mutation" -> remember(output, output.field("buffer_name"));
            case "parameter_mutation" -> remember(output, output.field("parameter_name"));
            // The caller's tensor stays as it is: whoever runs the graph works on a copy of what is written.
            case "user_input_mutation" -> scope.tensor(output.field("arg").field("name"));
            case "loss_output", "gradient_to_parameter", "gradient_to_user_input" ->
                throw output.refuse(
                        "a training graph (" + kind + ")",
                        "a model for inference",
                        "export the model itself, not its training step");
            case "token" ->
                throw output.refuse("an effect token", "a model without side effects", "express the model without it");
            default -> throw output.refuse("an output of the unknown kind " + kind, "an output kind of schema 8");
        }
    }

    private void remember(JsonValue output, JsonValue name) throws ModelFormatException {
        Remembered state = remembered.remove(name.text());
        if (state == null) {
            throw name.refuse(
                    "the next content of " + name.text(), "that of a parameter or buffer of the model, told once");
        }
        Argument next = scope.tensor(output.field("arg").field("name"));
        block.builder().addState(new State(name.text(), state.state(), new Argument.Ref(state.initial()), next));
    }

    private static void requireCount(JsonValue list, int expected, String signatureField) throws ModelFormatException {
        int found = list.elements().size();
        if (found != expected) {
            throw list.refuse(found + " entries", expected + ", as many as the signature's " + signatureField);
        }
    }

    /** The graph's list and the signature must name the same value; the signature may leave out that it is a tensor. */
    private static void requireSame(JsonValue listed, JsonValue inSignature) throws ModelFormatException {
        if (!listed.says(inSignature) && !listed.variant().getValue().says(inSignature)) {
            throw listed.refuse(listed.describe(), inSignature.describe() + ", as the signature says");
        }
    }
}
