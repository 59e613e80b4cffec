// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.model.torch.ArchiveBuilder.bytes;
import static org.saguaro.model.torch.ArchiveBuilder.input;
import static org.saguaro.model.torch.ArchiveBuilder.parse;
import static org.saguaro.model.torch.ArchiveBuilder.tensor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Argument.Constant.Kind;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.zip.ZipBytes;

class ExportedProgramReaderTest {

    private static final String EXPORT_AGAIN = "export the model again with torch >= 2.9";

    @TempDir
    private Path folder;

    private final ExportedProgramReader reader = new ExportedProgramReader();
    private final ArchiveBuilder archive = new ArchiveBuilder();

    @Test
    void readsLayerWeightAndDefaults() throws Exception {
        LayerGraph graph = read();

        assertThat(graph.name()).isEqualTo("model");
        assertThat(graph.inputs()).hasSize(1);
        assertThat(graph.tensor(graph.inputs().get(0))).isEqualTo(TensorSpec.of(DType.FLOAT32, 1, 3));
        Layer linear = graph.layers().get(0);
        assertThat(linear.op()).isEqualTo(OpName.parse("aten.linear.default"));
        assertThat(linear.modulePath()).isEqualTo("fc");
        assertThat(linear.argument("bias")).as("an omitted default").isEqualTo(new Argument.None());
        assertThat(graph.outputs())
                .containsExactly(new Argument.Ref(linear.outputs().get(0)));
        Weight weight = graph.weights().iterator().next();
        assertThat(weight.name()).isEqualTo("fc.weight");
        assertThat(weight.kind()).isEqualTo(Weight.Kind.PARAMETER);
        assertThat(weight.data().toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void readsStridesAndStorageOffset() throws Exception {
        archive.entries.put("data/weights/weight_0", ArchiveBuilder.floats(0, 1, 2, 3, 4, 5, 6, 7));
        ObjectNode meta = (ObjectNode) archive.weight().get("tensor_meta");
        meta.set("strides", parse("{\"s\": [{\"as_int\": 1}, {\"as_int\": 2}]}").get("s"));
        meta.set("storage_offset", parse("{\"as_int\": 2}"));

        assertThat(read().weights().iterator().next().data().toFloats()).containsExactly(2, 4, 6, 3, 5, 7);
    }

    @Test
    void tiedWeightsShareOneMappingOfTheFile() throws Exception {
        Path maps = Path.of("/proc/self/maps");
        Assumptions.assumeTrue(Files.isReadable(maps), "only Linux lists a process's maps");
        ObjectNode twin = archive.weight().deepCopy();
        ((ObjectNode) archive.weights.get("config")).set("twin.weight", twin);
        archive.describe("p_twin", 7, 2, 3)
                .input(
                        "parameter",
                        "{\"arg\": {\"name\": \"p_twin\"}, \"parameter_name\": \"twin.weight\"}",
                        "{\"as_tensor\": {\"name\": \"p_twin\"}}")
                .node("second", "torch.ops.aten.linear.default", tensor("input", "x"), tensor("weight", "p_twin"));
        Path file = archive.write(folder);
        LayerGraph graph = reader.read(file);

        assertThat(graph.weights()).hasSize(2);
        assertThat(graph.weights())
                .allSatisfy(weight -> assertThat(weight.data().toFloats()).containsExactly(1, 2, 3, 4, 5, 6));
        String path = file.toRealPath().toString();
        List<String> mapped = Files.readAllLines(maps).stream()
                .filter(line -> line.endsWith(path))
                .toList();
        assertThat(mapped).as("maps of %s while %s is alive", file, graph).hasSize(1);
    }

    @Test
    void readsArchivesThatWerePackedWithoutAlignment() throws Exception {
        Path file = Files.write(
                folder.resolve("model.pt2"), archive.zip().unaligned().plain().build());
        assertThat(reader.read(file).weights().iterator().next().data().toFloats())
                .containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void readsEveryKindOfArgument() throws Exception {
        archive.node(
                "full",
                "torch.ops.aten.full.default",
                input("size", "\"as_ints\": [1, 2]"),
                input("fill_value", "\"as_float\": \"-Infinity\""),
                keyword("dtype", "\"as_scalar_type\": 7"),
                keyword("layout", "\"as_layout\": 7"),
                keyword("device", "\"as_device\": {\"type\": \"cuda\", \"index\": 1}"),
                keyword("pin_memory", "\"as_bool\": false"));
        archive.node(
                "clone",
                "torch.ops.aten.clone.default",
                tensor("self", "x"),
                keyword("memory_format", "\"as_memory_format\": 2"));
        archive.node(
                "gelu",
                "torch.ops.aten.gelu.default",
                tensor("self", "x"),
                keyword("approximate", "\"as_string\": \"tanh\""));
        archive.node(
                "index",
                "torch.ops.aten.index.Tensor",
                tensor("self", "x"),
                input(
                        "indices",
                        "\"as_optional_tensors\": [{\"as_none\": true}, {\"as_tensor\": {\"name\": \"linear\"}}]"));
        archive.node(
                "upsample",
                "torch.ops.aten.upsample_nearest2d.vec",
                tensor("input", "x"),
                input("output_size", "\"as_none\": true"),
                input("scale_factors", "\"as_floats\": [2.0, \"Infinity\"]"));
        archive.node(
                "pool",
                "torch.ops.aten.max_pool2d.default",
                tensor("self", "x"),
                input("kernel_size", "\"as_int\": 3"));
        archive.node("mul", "torch.ops.aten.mul.Tensor", tensor("self", "x"), input("other", "\"as_float\": 0.5"));
        archive.node(
                "clamp",
                "torch.ops.aten.clamp.Tensor",
                tensor("self", "x"),
                input("min", "\"as_optional_tensor\": {\"as_none\": true}"),
                input("max", "\"as_optional_tensor\": {\"as_tensor\": {\"name\": \"x\"}}"));
        LayerGraph graph = read();

        Layer full = layer(graph, "full");
        assertThat(full.argument("size")).isEqualTo(Argument.ListOf.ints(1, 2));
        assertThat(full.argument("fill_value")).isEqualTo(new Argument.Real(Double.NEGATIVE_INFINITY));
        assertThat(full.argument("dtype")).isEqualTo(new Argument.Type(DType.FLOAT32));
        assertThat(full.argument("layout")).isEqualTo(new Argument.Constant(Kind.LAYOUT, "strided"));
        assertThat(full.argument("device")).isEqualTo(new Argument.Constant(Kind.DEVICE, "cuda:1"));
        assertThat(full.argument("pin_memory")).isEqualTo(new Argument.Bool(false));
        assertThat(layer(graph, "clone").argument("memory_format"))
                .isEqualTo(new Argument.Constant(Kind.MEMORY_FORMAT, "channels_last"));
        assertThat(layer(graph, "gelu").argument("approximate")).isEqualTo(new Argument.Text("tanh"));
        Argument x = new Argument.Ref(graph.inputs().get(0));
        Argument linear = new Argument.Ref(layer(graph, "linear").outputs().get(0));
        assertThat(layer(graph, "index").argument("indices"))
                .isEqualTo(new Argument.ListOf(List.of(new Argument.None(), linear)));
        assertThat(layer(graph, "upsample").argument("scale_factors"))
                .isEqualTo(new Argument.ListOf(
                        List.of(new Argument.Real(2), new Argument.Real(Double.POSITIVE_INFINITY))));
        assertThat(layer(graph, "pool").argument("kernel_size"))
                .as("one number for int[2]")
                .isEqualTo(Argument.ListOf.ints(3, 3));
        assertThat(layer(graph, "mul").argument("other")).isEqualTo(new Argument.Real(0.5));
        assertThat(layer(graph, "clamp").argument("min")).isEqualTo(new Argument.None());
        assertThat(layer(graph, "clamp").argument("max")).isEqualTo(x);
    }

    @Test
    void readsSymbolicSizesAndScalars() throws Exception {
        archive.program.set("range_constraints", parse("{\"s0\": {\"min_val\": 2, \"max_val\": null}}"));
        archive.node("{\"target\": \"torch.ops.aten.sym_size.int\", \"inputs\": [" + tensor("self", "x") + ", "
                + input("dim", "\"as_int\": 0")
                + "], \"outputs\": [{\"as_sym_int\": {\"as_name\": \"rows\"}}], \"metadata\": {}, \"name\": \"rows\"}");
        archive.node(
                "view",
                "torch.ops.aten.view.default",
                tensor("self", "linear"),
                input("size", "\"as_sym_ints\": [{\"as_name\": \"rows\"}, {\"as_int\": 2}]"));
        LayerGraph graph = read();

        int rows = layer(graph, "rows").outputs().get(0);
        assertThat(graph.value(rows).type()).isEqualTo(ScalarType.INT);
        assertThat(layer(graph, "view").argument("size"))
                .isEqualTo(new Argument.ListOf(List.of(new Argument.Ref(rows), new Argument.Int(2))));
        assertThat(layer(graph, "view").arguments().get(0).access()).isEqualTo(Access.ALIAS);
    }

    @Test
    void constantsAmongInputsAndOutputsAreNoValues() throws Exception {
        archive.input("constant_input", "{\"name\": \"flag\", \"value\": {\"as_bool\": true}}", "{\"as_bool\": true}");
        archive.output("user_output", "{\"arg\": {\"as_float\": \"NaN\"}}", "{\"as_float\": \"NaN\"}");
        LayerGraph graph = read();

        assertThat(graph.inputs()).hasSize(1);
        assertThat(graph.outputs()).containsExactly(new Argument.Real(Double.NaN));
    }

    @Test
    void fieldsThatALaterMinorVersionAddsAreIgnored() throws Exception {
        ((ObjectNode) archive.program.get("schema_version")).put("minor", 99);
        archive.program.put("something_new", 1);
        ((ObjectNode) archive.nodes().get(0)).put("something_new", 1);
        assertThat(read().layers()).hasSize(1);
    }

    @Test
    void inPlaceOperatorsOnIntermediateValuesStay() throws Exception {
        archive.node("relu_", "torch.ops.aten.relu_.default", tensor("self", "linear"));
        assertThat(layer(read(), "relu_").arguments().get(0).access()).isEqualTo(Access.WRITE);
    }

    @Test
    void inPlaceWritesToWeightsStayAsTheyAre() throws Exception {
        archive.node("view", "torch.ops.aten.t.default", tensor("self", "p_w"));
        archive.node("relu_", "torch.ops.aten.relu_.default", tensor("self", "view"));
        LayerGraph graph = read();
        assertThat(layer(graph, "relu_").arguments().get(0).access()).isEqualTo(Access.WRITE);
        assertThat(graph.states()).isEmpty();
    }

    /** Dropout returns its argument itself when it does not train; its schema does not say so. */
    @Test
    void unannouncedViewsAreMarked() throws Exception {
        archive.node(
                "dropout",
                "torch.ops.aten.dropout.default",
                tensor("input", "p_w"),
                input("p", "\"as_float\": 0.5"),
                input("train", "\"as_bool\": false"));
        assertThat(layer(read(), "dropout").arguments().get(0).access()).isEqualTo(Access.ALIAS);
    }

    @Test
    void complexNumbersAreConstantTensorsOfTheResultsPrecision() throws Exception {
        archive.node(
                "mul",
                "torch.ops.aten.mul.Tensor",
                tensor("self", "x"),
                input("other", "\"as_complex\": {\"real\": 1.5, \"imag\": -2}"));
        archive.describe("mul", 11, 1, 3);
        LayerGraph graph = read();
        Argument other = layer(graph, "mul").argument("other");
        assertThat(other).isInstanceOfSatisfying(Argument.Ref.class, ref -> {
            Weight constant = Objects.requireNonNull(graph.weight(ref.value()));
            assertThat(constant.data().spec()).isEqualTo(TensorSpec.of(DType.COMPLEX128));
            assertThat(constant.data().bytes().getDouble(0)).isEqualTo(1.5);
            assertThat(constant.data().bytes().getDouble(8)).isEqualTo(-2);
        });
        archive.node(
                "full",
                "torch.ops.aten.full.default",
                input("size", "\"as_ints\": [2]"),
                input("fill_value", "\"as_complex\": {\"real\": 0, \"imag\": 1}"));
        assertRefused("argument fill_value", "the complex number 0.0 + 1.0i", "make the number a buffer");
    }

    @Test
    void torchvisionsOperatorsAreKnown() throws Exception {
        archive.node(
                "nms",
                "torch.ops.torchvision.nms.default",
                tensor("dets", "x"),
                tensor("scores", "x"),
                input("iou_threshold", "\"as_float\": 0.5"));
        assertThat(layer(read(), "nms").op()).isEqualTo(OpName.parse("torchvision.nms"));
        ((ObjectNode) archive.nodes().get(1)).put("target", "torch.ops.torchvision.ps_roi_align.default");
        assertRefused("the operator torchvision.ps_roi_align.default", "torchvision's nms, roi_align or deform_conv2d");
    }

    @Test
    void productsOfWeightsMayBeWritten() throws Exception {
        archive.node(
                "einsum",
                "torch.ops.aten.einsum.default",
                input("equation", "\"as_string\": \"ij,kj->ik\""),
                input("tensors", "\"as_tensors\": [{\"name\": \"x\"}, {\"name\": \"p_w\"}]"));
        archive.node("relu_", "torch.ops.aten.relu_.default", tensor("self", "einsum"));
        assertThat(read().layers()).hasSize(3);
    }

    @Test
    void refusesAHigherSchema() throws Exception {
        archive.program.set("schema_version", parse("{\"major\": 9, \"minor\": 1}"));
        archive.program.put("torch_version", "3.0");
        assertRefused("found schema 9.1 of torch 3.0", "expected schema 8.x", "use a newer Saguaro");
    }

    @Test
    void refusesALowerSchema() throws Exception {
        archive.program.set("schema_version", parse("{\"major\": 7, \"minor\": 3}"));
        assertRefused("found schema 7.3 of torch 2.13.0", "expected schema 8.x", EXPORT_AGAIN);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    archive_format  | pt3 | entry synthetic/archive_format: found "pt3", expected "pt2"
                    archive_version | 1   | entry synthetic/archive_version: found "1", expected "0"
                    byteorder       | big | entry synthetic/byteorder: found "big", expected "little"
                    """)
    void refusesOtherLayouts(String entry, String contents, String message) throws Exception {
        archive.entries.put(entry, bytes(contents));
        assertRefused(message, EXPORT_AGAIN);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    torch.ops.aten.no_such_op.default  | the operator aten.no_such_op.default | run_decompositions
                    torch.ops.aten.linear.no_overload  | the operator aten.linear.no_overload | run_decompositions
                    torch.ops.quantized.linear.default | the custom operator quantized::linear | replace the custom operator
                    torch.ops.higher_order.flex_attention | the higher-order operator flex_attention | torch.cond
                    torch.ops.higher_order.while_loop  | found 2 arguments                    | at least 3, at most 4
                    torch._functorch.predispatch._vmap | the Python function torch._functorch | run_decompositions
                    _operator.mul                      | operand 0: found an object           | a number
                    torch.ops.aten                     | the target "torch.ops.aten"          | export it again
                    """)
    void refusesOtherOperators(String target, String found, String action) throws Exception {
        ((ObjectNode) archive.nodes().get(0)).put("target", target);
        assertRefused("node linear (" + target + ")", found, action);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    "as_ints": [3]                    | found an object with the fields [as | an argument of type Tensor?
                    "as_tensor": {"name": "later"}    | found the value "later"             | a value that exists by then
                    "as_graph": {"name": "g"}         | the kind as_graph                   | not supported
                    "as_complex": {"real": 1}         | an object with the fields [real]    | a field imag
                    "as_custom_obj": {"name": "o"}    | the kind as_custom_obj              | not supported
                    "as_new_kind": 1                  | an object with the fields [as_new   | one of the argument kinds of schema 8
                    "as_scalar_type": 29              | float8_e4m3fn (code 29)             | convert the model
                    "as_scalar_type": 99              | an unknown element type (code 99)   | convert the model
                    "as_none": false                  | found false                         | true
                    "as_ints": 3                      | found 3                             | a list
                    "as_memory_format": 9             | found 9                             | the code of a memory format
                    "as_sym_int": {"as_name": "x"}    | the value x of type tensor          | a value of type INT
                    "as_string": "x"                  | found an object with the fields [as | an argument of type Tensor?
                    """)
    void refusesArgumentsThatDoNotFit(String argument, String found, String expected) throws Exception {
        inputs().add(parse(input("bias", argument)));
        assertRefused("node linear (torch.ops.aten.linear.default), argument bias", found, expected);
    }

    @Test
    void refusesMissingUnknownMisplacedAndRepeatedArguments() throws Exception {
        inputs().remove(1);
        assertRefused("node linear (torch.ops.aten.linear.default)", "no argument weight", "Tensor weight");
        inputs().add(parse(keyword("gain", "\"as_none\": true")));
        assertRefused("the argument \"gain\"", "one of [input, weight, bias]");
        inputs().remove(1);
        inputs().add(parse(tensor("bias", "p_w")));
        assertRefused("the argument bias in position 1", "position 2");
        inputs().removeAll().add(parse(tensor("input", "x"))).add(parse(keyword("input", "\"as_none\": true")));
        assertRefused("argument input", "expected an argument of type Tensor");
        inputs().removeAll();
        for (int i = 0; i < 9; i++) {
            inputs().add(parse("{\"name\": \"input\", \"arg\": {\"as_tensor\": {\"name\": \"x\"}}}"));
        }
        assertRefused("a second argument of that name");
    }

    @Test
    void refusesOutputsThatDoNotFit() throws Exception {
        ObjectNode linear = (ObjectNode) archive.nodes().get(0);
        linear.set("outputs", parse("{\"o\": []}").get("o"));
        assertRefused("node linear", "found 0 outputs, expected 1 outputs");
        linear.set(
                "outputs",
                parse("{\"o\": [{\"as_tensors\": [{\"name\": \"linear\"}]}]}").get("o"));
        assertRefused("output 0", "expected an output of type Tensor");
        linear.set(
                "outputs",
                parse("{\"o\": [{\"as_tensor\": {\"name\": \"x\"}}]}").get("o"));
        assertRefused("output 0", "a second value of the name x");
        linear.set(
                "outputs",
                parse("{\"o\": [{\"as_tensor\": {\"name\": \"unknown\"}}]}").get("o"));
        assertRefused("no description of the tensor unknown", "tensor_values");
    }

    @Test
    void refusesTwoNodesOfOneName() throws Exception {
        archive.node("relu", "torch.ops.aten.relu.default", tensor("self", "x"));
        ((ObjectNode) archive.nodes().get(1)).put("name", "linear");
        assertRefused("node linear (torch.ops.aten.relu.default)", "a second node of the name linear");
    }

    @Test
    void refusesAGraphThatReadsItsOwnOutput() throws Exception {
        ((ObjectNode) archive.nodes().get(0).at("/inputs/0/arg/as_tensor")).put("name", "linear");
        assertRefused("argument input", "the value \"linear\", which no input, weight or earlier node makes");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    buffer_mutation        | {"arg": {"name": "linear"}, "buffer_name": "h"}         | the next content of h     | a parameter or buffer
                    parameter_mutation     | {"arg": {"name": "linear"}, "parameter_name": "w"}      | the next content of w     | a parameter or buffer
                    user_input_mutation    | {"arg": {"name": "later"}, "user_input_name": "x"}      | the value "later"         | a value that exists
                    loss_output            | {"arg": {"name": "linear"}}                             | a training graph          | export the model itself
                    gradient_to_parameter  | {"arg": {"name": "linear"}, "parameter_name": "w"}      | a training graph          | export the model itself
                    gradient_to_user_input | {"arg": {"name": "linear"}, "user_input_name": "x"}     | a training graph          | export the model itself
                    token                  | {"arg": {"name": "linear"}}                             | an effect token           | without it
                    surprise               | {}                                                      | the unknown kind surprise | an output kind of schema 8
                    """)
    void refusesOutputsOtherThanTheUsers(String kind, String spec, String found, String hint) throws Exception {
        archive.output(kind, spec, "{\"as_tensor\": {\"name\": \"linear\"}}");
        assertRefused("output 0 (" + kind + ")", found, hint);
    }

    @ParameterizedTest
    @ValueSource(strings = {"custom_obj", "token", "surprise"})
    void refusesInputsOtherThanTensorsAndNumbers(String kind) throws Exception {
        archive.input(kind, "{\"arg\": {\"name\": \"o\"}}", "{\"as_tensor\": {\"name\": \"o\"}}");
        assertRefused("input 2 (" + kind + ")", kind);
    }

    @Test
    void refusesASignatureThatTheGraphContradicts() throws Exception {
        ((ObjectNode) archive.program.at("/graph_module/graph/inputs/1/as_tensor")).put("name", "y");
        assertRefused("graph.inputs[1]", "as the signature says");
        ((ArrayNode) archive.program.at("/graph_module/graph/inputs")).remove(1);
        assertRefused("graph.inputs", "found 1 entries, expected 2");
    }

    @Test
    void refusesWeightsThatAreMissingPickledShortOrOfAnotherType() throws Exception {
        archive.weight().put("use_pickle", true);
        assertRefused("weight fc.weight", "pickled data (data/weights/weight_0)", "tensor subclasses");
        archive.weight().put("use_pickle", false).put("path_name", "weight_9");
        assertRefused("weight fc.weight", "no entry data/weights/weight_9");
        archive.weight().put("path_name", "../../weight_0");
        assertRefused("weight fc.weight", "no entry data/weights/../../weight_0");
        archive.weight().put("path_name", "weight_0");
        archive.describe("p_w", 8, 2, 3);
        assertRefused("the weight fc.weight of type float32[2, 3]", "expected float64[2, 3], as the graph says");
        archive.entries.put("data/weights/weight_0", new byte[23]);
        assertRefused("weight fc.weight", "sizes [2, 3]", "within the 23 bytes of data/weights/weight_0");
        ((ObjectNode) archive.weight().get("tensor_meta")).put("layout", 2);
        assertRefused("weight fc.weight", "layout sparse_csr", "to_dense()");
        ((ObjectNode) archive.weights.get("config")).remove("fc.weight");
        assertRefused("input 0 (parameter)", "no weight of the name fc.weight");
    }

    @Test
    void refusesTorchScriptAndPickles() throws Exception {
        ZipBytes pickle = new ZipBytes().put("m/data.pkl", bytes("a pickle")).put("m/data/0", new byte[4]);
        assertRefused(pickle.build(), "a pickled object (torch.save)", "load the weights into their model");
        ZipBytes script = pickle.put("m/code/__torch__.py", bytes("class M(Module):"));
        assertRefused(script.build(), "a TorchScript archive", "the reader for TorchScript", EXPORT_AGAIN);
        byte[] legacy = {(byte) 0x80, 2, (byte) 0x8a, 10, 'l'};
        assertRefused(legacy, "a pickled object (torch.save of torch <= 1.5)", "torch.export.save");
    }

    @Test
    void refusesWhatPyTorchDidNotWrite() throws Exception {
        assertRefused(new byte[0], "beginning of the file: found an empty file");
        assertRefused(bytes("GGUF...."), "beginning of the file: found no zip archive");
        assertRefused(new ZipBytes().put("a/b", new byte[1]).build(), "a zip archive that PyTorch did not write");
    }

    @Test
    void refusesPackagesWithoutExactlyOneModel() throws Exception {
        archive.entries.put("models/other.json", bytes("{}"));
        assertRefused("several models: [model, other]");
        ZipBytes compiled = new ZipBytes()
                .put("m/archive_format", bytes("pt2"))
                .put("m/archive_version", bytes("0"))
                .put("m/data/aotinductor/model/x.so", bytes("elf"));
        assertRefused(compiled.build(), "compiled by AOTInductor");
    }

    @Test
    void acceptsByContentsAndByName() throws Exception {
        byte[] jar = new ZipBytes().put("META-INF/MANIFEST.MF", new byte[1]).build();
        byte[] exported = archive.zip().build();
        byte[] script = new ZipBytes()
                .put("m/data.pkl", new byte[1])
                .put("m/code/x.py", new byte[1])
                .build();
        assertThat(accepts("model.pt2", exported)).isTrue();
        assertThat(accepts("model.bin", exported)).isTrue();
        assertThat(accepts("model.pt", script)).isFalse();
        assertThat(accepts("some.jar", jar)).isFalse();
        assertThat(accepts("text.txt", bytes("hello"))).isFalse();
        assertThat(accepts("empty.txt", new byte[0])).isFalse();
        assertThat(accepts("model.PT2", bytes("hello"))).isTrue();
        assertThat(accepts("model.pt2", Arrays.copyOf(exported, 500))).isTrue();
        assertThat(accepts("some.zip", Arrays.copyOf(exported, 500))).isFalse();
    }

    @Test
    void aFileThatIsNotThereIsAnIOException() {
        assertThatThrownBy(() -> reader.read(folder.resolve("absent.pt2"))).isInstanceOf(IOException.class);
    }

    private boolean accepts(String name, byte[] contents) throws IOException {
        return reader.accepts(Files.write(folder.resolve(name), contents));
    }

    private LayerGraph read() throws IOException, ModelFormatException {
        return reader.read(archive.write(folder));
    }

    private void assertRefused(String... parts) throws IOException {
        assertRefused(archive.zip().build(), parts);
    }

    private void assertRefused(byte[] contents, String... parts) throws IOException {
        Path file = Files.write(folder.resolve("model.pt2"), contents);
        assertThatThrownBy(() -> reader.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContainingAll(parts);
    }

    private ArrayNode inputs() {
        return (ArrayNode) archive.nodes().get(0).get("inputs");
    }

    private static String keyword(String name, String argument) {
        return "{\"name\": \"" + name + "\", \"arg\": {" + argument + "}, \"kind\": 2}";
    }

    private static Layer layer(LayerGraph graph, String name) {
        return Objects.requireNonNull(
                graph.layers().stream()
                        .filter(layer -> layer.name().equals(name))
                        .findFirst()
                        .orElse(null),
                name);
    }
}
