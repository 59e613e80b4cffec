// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.json.JsonValue;

/** Puts the layer graph together: inputs and weights as the signature lists them, then the nodes, then the outputs. */
final class GraphReader {

    private static final String STATELESS =
            "state is not supported yet: make it an input and an output of forward(), and export again";

    private final JsonValue graph;
    private final JsonValue signature;
    private final Payloads payloads;
    private final LayerGraph.Builder builder;
    private final Values values;
    private final ArgumentReader arguments;
    private final WrittenMemory memory = new WrittenMemory();
    private final NodeReader nodes;

    GraphReader(JsonValue program, Payloads payloads, AtenSchemas schemas, String name) throws ModelFormatException {
        JsonValue graphModule = program.field("graph_module");
        this.graph = graphModule.field("graph");
        this.signature = graphModule.field("signature");
        this.payloads = payloads;
        this.builder = new LayerGraph.Builder(name);
        this.values = new Values(
                builder,
                Symbols.read(program.field("range_constraints")),
                graph.field("tensor_values").fields());
        this.arguments = new ArgumentReader(values);
        this.nodes = new NodeReader(schemas, values, arguments, memory);
    }

    LayerGraph read() throws IOException, ModelFormatException {
        readInputs();
        List<JsonValue> listed = graph.field("nodes").elements();
        for (int i = 0; i < listed.size(); i++) {
            builder.addLayer(nodes.read(listed.get(i), i));
        }
        readOutputs();
        return builder.build();
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
            case "as_tensor" -> {
                JsonValue name = value.field("name");
                memory.protect(values.inputTensor(name), "the input " + name.text());
            }
            case "as_sym_int" -> values.inputScalar(value.field("as_name"), ScalarType.INT);
            case "as_sym_float" -> values.inputScalar(value.field("as_name"), ScalarType.FLOAT);
            case "as_sym_bool" -> values.inputScalar(value.field("as_name"), ScalarType.BOOL);
            case "as_none", "as_int", "as_float", "as_bool", "as_string" -> arguments.read(argument);
            default -> throw argument.unexpected("a tensor or a number as input");
        }
    }

    private void addWeight(JsonValue spec, String name, Weight.Kind kind, boolean persistent)
            throws IOException, ModelFormatException {
        JsonValue valueName = spec.field("arg").field("name");
        int value = values.weight(
                valueName, name, kind, persistent ? payloads.weight(name, spec) : payloads.constant(name, spec));
        memory.protect(value, "the weight " + name);
    }

    private void readOutputs() throws ModelFormatException {
        List<JsonValue> specs = signature.field("output_specs").elements();
        List<JsonValue> listed = graph.field("outputs").elements();
        requireCount(graph.field("outputs"), specs.size(), "output_specs");
        for (int i = 0; i < specs.size(); i++) {
            Map.Entry<String, JsonValue> spec = specs.get(i).variant();
            JsonValue output = spec.getValue().named("output " + i + " (" + spec.getKey() + ")");
            builder.addOutput(readOutput(spec.getKey(), output));
            requireSame(listed.get(i), output.field("arg"));
        }
    }

    private Argument readOutput(String kind, JsonValue output) throws ModelFormatException {
        return switch (kind) {
            case "user_output" -> arguments.read(output.field("arg"));
            case "buffer_mutation" ->
                throw output.refuse(
                        "a model that changes its buffer "
                                + output.field("buffer_name").text(),
                        "a model without state",
                        STATELESS);
            case "parameter_mutation" ->
                throw output.refuse(
                        "a model that changes its parameter "
                                + output.field("parameter_name").text(),
                        "a model without state",
                        STATELESS);
            case "user_input_mutation" ->
                throw output.refuse(
                        "a model that changes its input "
                                + output.field("user_input_name").text(),
                        "a model that leaves its inputs as they are",
                        "copy the input inside forward() (x = x.clone()) and export again");
            case "loss_output", "gradient_to_parameter", "gradient_to_user_input" ->
                throw output.refuse(
                        "a training graph (" + kind + ")",
                        "a model for inference",
                        "export the model itself, not its training step");
            case "token" ->
                throw output.refuse("an effect token", "a model without side effects", "express the model without it");
            default -> throw output.refuse("an output of the unknown kind " + kind, "an output kind of schema 8");
        };
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
