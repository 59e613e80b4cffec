// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.saguaro.model.torch.zip.ZipBytes;

/**
 * Writes small synthetic archives: {@code y = linear(x, w)} with {@code w} a 2 x 3 float parameter, then whatever a test
 * adds. The documents are open to any change.
 */
public final class ArchiveBuilder {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The archive's root folder. */
    public static final String ROOT = "synthetic/";

    /** {@code models/model.json}. */
    public final ObjectNode program;

    /** {@code data/weights/model_weights_config.json}. */
    public final ObjectNode weights;

    /** Everything else, by path below the root. */
    public final Map<String, byte[]> entries = new LinkedHashMap<>();

    public ArchiveBuilder() {
        program = parse("""
                {"graph_module": {
                  "graph": {
                    "inputs": [{"as_tensor": {"name": "p_w"}}, {"as_tensor": {"name": "x"}}],
                    "outputs": [{"as_tensor": {"name": "linear"}}],
                    "nodes": [
                      {"target": "torch.ops.aten.linear.default",
                       "inputs": [{"name": "input", "arg": {"as_tensor": {"name": "x"}}, "kind": 1},
                                  {"name": "weight", "arg": {"as_tensor": {"name": "p_w"}}, "kind": 1}],
                       "outputs": [{"as_tensor": {"name": "linear"}}],
                       "metadata": {"nn_module_stack": "L__self__,,Model;L__self__fc,fc,torch.nn.Linear"},
                       "is_hop_single_tensor_return": null,
                       "name": "linear"}],
                    "tensor_values": {}, "sym_int_values": {}, "sym_bool_values": {}},
                  "signature": {
                    "input_specs": [
                      {"parameter": {"arg": {"name": "p_w"}, "parameter_name": "fc.weight"}},
                      {"user_input": {"arg": {"as_tensor": {"name": "x"}}}}],
                    "output_specs": [{"user_output": {"arg": {"as_tensor": {"name": "linear"}}}}]},
                  "module_call_graph": []},
                 "opset_version": {"aten": 10}, "range_constraints": {},
                 "schema_version": {"major": 8, "minor": 20}, "torch_version": "2.13.0"}
                """);
        weights = parse("""
                {"config": {"fc.weight": {"path_name": "weight_0", "is_param": true, "use_pickle": false,
                  "tensor_meta": null}}}
                """);
        at("config", "fc.weight", weights).set("tensor_meta", tensorMeta(7, 2, 3));
        describe("p_w", 7, 2, 3);
        describe("x", 7, 1, 3);
        describe("linear", 7, 1, 2);
        entries.put("data/weights/weight_0", floats(1, 2, 3, 4, 5, 6));
        entries.put("data/constants/model_constants_config.json", bytes("{\"config\": {}}"));
        entries.put("archive_format", bytes("pt2"));
        entries.put("archive_version", bytes("0"));
        entries.put("byteorder", bytes("little"));
    }

    /** Says what a tensor of the graph is. */
    public ArchiveBuilder describe(String tensor, int dtypeCode, long... sizes) {
        ((ObjectNode) program.at("/graph_module/graph/tensor_values")).set(tensor, tensorMeta(dtypeCode, sizes));
        return this;
    }

    /**
     * Appends a node and makes its output, if it is a single tensor, the model's.
     *
     * @param json as in {@code model.json}
     */
    public ArchiveBuilder node(String json) {
        nodes().add(parse(json));
        return this;
    }

    /** Appends a node {@code name = target(inputs)} with one float tensor of sizes 1 x 2 as output. */
    public ArchiveBuilder node(String name, String target, String... inputs) {
        describe(name, 7, 1, 2);
        return node("{\"target\": \"" + target + "\", \"inputs\": [" + String.join(", ", inputs)
                + "], \"outputs\": [{\"as_tensor\": {\"name\": \"" + name + "\"}}], \"metadata\": {}, \"name\": \""
                + name + "\"}");
    }

    /** One input of a node. */
    public static String input(String name, String argument) {
        return "{\"name\": \"" + name + "\", \"arg\": {" + argument + "}, \"kind\": 1}";
    }

    /** An input that is a tensor of the graph. */
    public static String tensor(String name, String value) {
        return input(name, "\"as_tensor\": {\"name\": \"" + value + "\"}");
    }

    /** Takes the place of the inputs' or outputs' lists, in graph and signature. */
    public ArchiveBuilder output(String kind, String spec, String graphOutput) {
        ((ArrayNode) program.at("/graph_module/graph/outputs")).removeAll().add(parse(graphOutput));
        ((ArrayNode) program.at("/graph_module/signature/output_specs"))
                .removeAll()
                .add(parse("{\"" + kind + "\": " + spec + "}"));
        return this;
    }

    /** Adds an input to graph and signature. */
    public ArchiveBuilder input(String kind, String spec, String graphInput) {
        ((ArrayNode) program.at("/graph_module/graph/inputs")).add(parse(graphInput));
        ((ArrayNode) program.at("/graph_module/signature/input_specs")).add(parse("{\"" + kind + "\": " + spec + "}"));
        return this;
    }

    /** The list of nodes. */
    public ArrayNode nodes() {
        return (ArrayNode) program.at("/graph_module/graph/nodes");
    }

    /** The configuration of the parameter. */
    public ObjectNode weight() {
        return at("config", "fc.weight", weights);
    }

    /** The zip archive, before it is built. */
    public ZipBytes zip() {
        ZipBytes zip = new ZipBytes();
        entries.forEach((path, contents) -> zip.put(ROOT + path, contents));
        zip.put(ROOT + "data/weights/model_weights_config.json", bytes(weights.toString()));
        zip.put(ROOT + "models/model.json", bytes(program.toString()));
        return zip;
    }

    /** Writes the archive. */
    public Path write(Path folder) throws IOException {
        return Files.write(folder.resolve("model.pt2"), zip().build());
    }

    /** Parses an object. */
    public static ObjectNode parse(String json) {
        try {
            return (ObjectNode) JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Little-endian floats. */
    public static byte[] floats(float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return buffer.array();
    }

    /** A text as an entry's contents. */
    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ObjectNode tensorMeta(int dtypeCode, long... sizes) {
        ObjectNode meta = parse("""
                {"dtype": 0, "sizes": [], "requires_grad": false, "device": {"type": "cpu", "index": null},
                 "strides": [], "storage_offset": {"as_int": 0}, "layout": 7}
                """);
        meta.put("dtype", dtypeCode);
        ArrayNode strides = (ArrayNode) meta.get("strides");
        long stride = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides.insertObject(0).put("as_int", stride);
            stride *= sizes[i];
        }
        for (long size : sizes) {
            ((ArrayNode) meta.get("sizes")).addObject().put("as_int", size);
        }
        return meta;
    }

    private static ObjectNode at(String field, String key, JsonNode node) {
        return (ObjectNode) node.get(field).get(key);
    }
}
