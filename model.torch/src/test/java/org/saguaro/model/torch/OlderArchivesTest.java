// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.model.torch.ArchiveBuilder.bytes;
import static org.saguaro.model.torch.ArchiveBuilder.parse;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.zip.ZipBytes;

/** Layouts of torch 2.5 to 2.8, whose weights are in an archive of {@code torch.save} inside the archive. */
class OlderArchivesTest {

    @TempDir
    private Path folder;

    private final ArchiveBuilder archive = new ArchiveBuilder();
    private byte[] state = {};

    @BeforeEach
    void loadState() throws IOException {
        try (var in = Objects.requireNonNull(getClass().getResourceAsStream("pickle/state_dict.pt"))) {
            state = in.readAllBytes();
        }
    }

    @Test
    void readsTheFlatLayout() throws Exception {
        assertReads(flat());
    }

    /** Torch 2.5 and 2.6 named no nodes, and numbered no arguments. */
    @Test
    void namesNodesAfterWhatTheyMake() throws Exception {
        ObjectNode linear = (ObjectNode) archive.nodes().get(0);
        linear.remove("name");
        linear.get("inputs").forEach(input -> ((ObjectNode) input).remove("kind"));
        archive.program.set("schema_version", parse("{\"major\": 8, \"minor\": 1}"));
        assertReads(flat());
    }

    @Test
    void readsNoneAsTorch25WroteIt() throws Exception {
        ((ArrayNode) archive.nodes().get(0).get("inputs"))
                .add(parse("{\"name\": \"bias\", \"arg\": {\"as_none\": []}}"));
        assertReads(flat());
    }

    /** Torch 2.8 and earlier wrote what a branch makes as a list, though it is one tensor. */
    @Test
    void readsTheOutputsOfBranchesAsTheyWereWritten() throws Exception {
        archive.node("""
                {"target": "torch.ops.higher_order.cond", "metadata": {},
                 "inputs": [{"name": "", "arg": {"as_bool": true}},
                            {"name": "", "arg": {"as_graph": {"name": "then", "graph": %s}}},
                            {"name": "", "arg": {"as_graph": {"name": "else", "graph": %s}}},
                            {"name": "", "arg": {"as_tensors": [{"name": "linear"}]}}],
                 "outputs": [{"as_tensors": [{"name": "getitem"}]}]}
                """.formatted(identity(), identity()));
        archive.describe("getitem", 7, 1, 2);
        LayerGraph graph = new ExportedProgramReader().read(write(flat()));
        Layer branch = graph.layers().get(1);
        assertThat(branch.op()).isEqualTo(ControlOps.IF);
        assertThat(branch.outputs()).hasSize(1);
        assertThat(graph.tensor(branch.outputs().get(0))).isEqualTo(TensorSpec.of(DType.FLOAT32, 1, 2));
    }

    private String identity() {
        String linear =
                archive.program.at("/graph_module/graph/tensor_values/linear").toString();
        return """
                {"inputs": [{"as_tensor": {"name": "t"}}], "outputs": [{"as_tensor": {"name": "t"}}], "nodes": [],
                 "tensor_values": {"t": %s}}
                """.formatted(linear);
    }

    @Test
    void readsThePickledWeightsOfTorch28() throws Exception {
        assertReads(inFolders().put("m/data/weights/model.pt", state).put("m/data/constants/model.pt", new byte[0]));
    }

    @Test
    void refusesWeightsThatAreNotThere() throws Exception {
        assertRefused(inFolders(), "entry data/weights/model_weights_config.json", "none in the archive");
        ((ObjectNode) archive.program.at("/graph_module/signature/input_specs/0/parameter"))
                .put("parameter_name", "fc.gain");
        assertRefused(flat(), "input 0 (parameter)", "no weight of the name fc.gain", "serialized_state_dict.pt");
    }

    @Test
    void refusesStatesThatAreNoneOfTorchSave() throws Exception {
        assertRefused(
                flat().put("serialized_state_dict.pt", bytes("a pickle")),
                "entry serialized_state_dict.pt",
                "without a zip directory");
        byte[] noPickle = new ZipBytes().put("archive/version", bytes("3")).build();
        assertRefused(
                flat().put("serialized_state_dict.pt", noPickle),
                "entry serialized_state_dict.pt, entry data.pkl",
                "0 pickles");
        byte[] noDictionary = new ZipBytes()
                .put("archive/data.pkl", new byte[] {(byte) 0x80, 2, 'N', '.'})
                .build();
        assertRefused(
                flat().put("serialized_state_dict.pt", noDictionary),
                "entry serialized_state_dict.pt",
                "found None, expected a dictionary");
    }

    @Test
    void refusesFlatArchivesWithoutAProgram() throws Exception {
        assertRefused(
                flat().put("serialized_exported_program.json", bytes("{}")),
                "serialized_exported_program.json",
                "a field schema_version");
    }

    private ZipBytes flat() {
        return new ZipBytes()
                .put("serialized_exported_program.json", bytes(archive.program.toString()))
                .put("serialized_state_dict.pt", state)
                .put("serialized_constants.pt", new byte[0])
                .put("version", bytes("8.2"));
    }

    private ZipBytes inFolders() {
        return new ZipBytes()
                .put("m/archive_format", bytes("pt2"))
                .put("m/archive_version", bytes("0"))
                .put("m/models/model.json", bytes(archive.program.toString()));
    }

    private void assertReads(ZipBytes zip) throws IOException, ModelFormatException {
        LayerGraph graph = new ExportedProgramReader().read(write(zip));
        assertThat(graph.layers()).extracting(Layer::name).containsExactly("linear");
        assertThat(graph.weights()).hasSize(1).first().satisfies(weight -> {
            assertThat(weight.name()).isEqualTo("fc.weight");
            assertThat(weight.kind()).isEqualTo(Weight.Kind.PARAMETER);
            assertThat(weight.data().sizes()).containsExactly(2, 3);
            assertThat(weight.data().toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
        });
    }

    private void assertRefused(ZipBytes zip, String... parts) throws IOException {
        Path file = write(zip);
        assertThatThrownBy(() -> new ExportedProgramReader().read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContainingAll(parts);
    }

    private Path write(ZipBytes zip) throws IOException {
        return Files.write(folder.resolve("model.pt2"), zip.build());
    }
}
