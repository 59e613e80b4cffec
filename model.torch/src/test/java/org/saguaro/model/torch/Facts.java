// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;

/** What a graph says, in the words that {@code export_fixtures.py} uses for what PyTorch says. */
final class Facts {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int MAX_LISTED_VALUES = 64;

    private final LayerGraph graph;

    private Facts(LayerGraph graph) {
        this.graph = graph;
    }

    /** Puts a graph into words. */
    static ObjectNode of(LayerGraph graph) {
        return new Facts(graph).describe();
    }

    private ObjectNode describe() {
        ObjectNode facts = JSON.createObjectNode();
        ArrayNode inputs = facts.putArray("inputs");
        graph.inputs()
                .forEach(id -> inputs.addArray()
                        .add(graph.value(id).name())
                        .add(graph.tensor(id).toString()));
        ArrayNode outputs = facts.putArray("outputs");
        graph.outputs().forEach(output -> outputs.add(argument(output)));
        ObjectNode weights = facts.putObject("weights");
        graph.weights().forEach(weight -> weights.set(weight.name(), weight(weight)));
        ArrayNode nodes = facts.putArray("nodes");
        graph.layers().forEach(layer -> nodes.add(layer(layer)));
        return facts;
    }

    private ObjectNode layer(Layer layer) {
        ObjectNode node = JSON.createObjectNode()
                .put("name", layer.name())
                .put("op", layer.op().toString())
                .put("path", layer.modulePath());
        ArrayNode arguments = node.putArray("arguments");
        for (NamedArgument argument : layer.arguments()) {
            arguments
                    .addArray()
                    .add(argument.name())
                    .add(argument.access().name())
                    .add(argument(argument.value()));
        }
        ArrayNode outputs = node.putArray("outputs");
        for (int output : layer.outputs()) {
            String name = output == Value.NONE ? "none" : graph.value(output).name();
            // PyTorch has no name for an output that nobody takes.
            outputs.add(name.contains("_unused_") ? null : name);
        }
        return node;
    }

    private ObjectNode weight(Weight weight) {
        Tensor data = weight.data();
        ObjectNode node = JSON.createObjectNode().put("spec", data.spec().toString());
        ArrayNode strides = node.putArray("strides");
        Arrays.stream(data.strides()).forEach(strides::add);
        if (data.elementCount() > MAX_LISTED_VALUES) {
            node.putNull("values");
            return node;
        }
        ArrayNode values = node.putArray("values");
        if (data.dtype() == DType.COMPLEX64) {
            for (ByteBuffer bytes = data.toDense().bytes(); bytes.hasRemaining(); ) {
                values.add((double) bytes.getFloat());
            }
        } else {
            Arrays.stream(data.toDoubles()).forEach(values::add);
        }
        return node;
    }

    private JsonNode argument(Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            return JSON.createObjectNode().put("ref", graph.value(ref.value()).name());
        } else if (argument instanceof Argument.Int number) {
            return NODES.numberNode(number.value());
        } else if (argument instanceof Argument.Bool bool) {
            return NODES.booleanNode(bool.value());
        } else if (argument instanceof Argument.Real real) {
            return Double.isFinite(real.value())
                    ? JSON.createObjectNode().put("real", real.value())
                    : JSON.createObjectNode().put("real", Double.toString(real.value()));
        } else if (argument instanceof Argument.Text text) {
            return JSON.createObjectNode().put("text", text.value());
        } else if (argument instanceof Argument.Type type) {
            return JSON.createObjectNode().put("type", type.value().torchName());
        } else if (argument instanceof Argument.Constant constant) {
            return JSON.createObjectNode().put("constant", constant.name());
        } else if (argument instanceof Argument.ListOf list) {
            ArrayNode elements = JSON.createArrayNode();
            list.elements().forEach(element -> elements.add(argument(element)));
            return elements;
        }
        return NullNode.getInstance();
    }
}
