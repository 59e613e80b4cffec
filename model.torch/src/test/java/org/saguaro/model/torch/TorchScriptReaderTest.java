// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.script.GraphText;
import org.saguaro.model.torch.script.ScriptBuilder;
import org.saguaro.model.torch.zip.StoredZip;

/** Archives that torch wrote. See {@code src/test/python/script_fixtures.py}. */
class TorchScriptReaderTest {

    private final TorchScriptReader reader = new TorchScriptReader();

    @TempDir
    Path folder;

    @Test
    void givesSharedWeightsOneName() throws Exception {
        LayerGraph graph = read("shared");
        assertThat(graph.weights().stream().map(Weight::name))
                .containsExactlyInAnyOrder("layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias");
        assertThat(graph.weights()).allMatch(weight -> weight.kind() == Weight.Kind.PARAMETER);
        assertThat(graph.layers().stream()
                        .filter(layer -> !layer.modulePath().isEmpty()
                                && layer.op().namespace().equals("aten"))
                        .map(layer -> layer.modulePath() + " " + layer.op().name()))
                .containsExactly("layers.0 linear", "layers.1 conv1d", "again linear");
    }

    @Test
    void findsStates() throws Exception {
        LayerGraph graph = read("recurrent");
        assertThat(graph.states())
                .extracting(State::name)
                .containsExactlyInAnyOrder("hidden", "steps", "last", "pair.0", "pair.1");
        assertThat(graph.methods()).containsOnlyKeys("reset");
        assertThat(GraphText.of(graph))
                .contains("aten.add_.Tensor(count!, 1, 1)")
                .contains("state steps INT from 0 to ")
                .contains("state last Optional[Tensor] from None to ");
    }

    @Test
    void readsLoopsThatTheirDataEnds() throws Exception {
        LayerGraph graph = read("greedy");
        assertThat(graph.inputs()).hasSize(2);
        assertThat(graph.layers()).anyMatch(ControlOps::isControl);
        assertThat(GraphText.of(graph)).contains("control.loop", "host.append", "aten.stack.default(");
    }

    @Test
    void runsForksInTheirPlace() throws Exception {
        assertThat(GraphText.of(read("forked"))).isEqualTo("""
                mul:tensor = aten.mul.Tensor(x, 2)
                add:tensor = aten.add.Tensor(x, 1, 1)
                add_1:tensor = aten.add.Tensor(mul, add, 1)
                -> add_1""");
    }

    @Test
    void namesConvolutionsOfTraces() throws Exception {
        LayerGraph graph = read("traced");
        assertThat(graph.layers().stream().map(layer -> layer.op().toString()).filter(op -> op.startsWith("aten")))
                .containsExactly(
                        "aten.conv2d.default",
                        "aten.relu.default",
                        "aten.conv_transpose2d.input",
                        "aten.reshape.default");
    }

    @Test
    void refusesQuantisedModules() {
        assertThatThrownBy(() -> read("refused_quantised"))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("save the model in float");
    }

    @Test
    void leavesOtherFilesToOthers() throws IOException {
        Path text = Files.writeString(folder.resolve("a.pt"), "nothing of the kind");
        assertThat(reader.accepts(text)).isFalse();
        assertThat(new ExportedProgramReader().accepts(copy("shared"))).isFalse();
    }

    /** The archives of others, traced and scripted, of torch 1.4 to 2.13. */
    @Test
    void readsRealModels() throws Exception {
        for (Path archive : SharedModels.scripts("models")) {
            String name = archive.toString();
            assertThat(reader.accepts(archive)).as(name).isTrue();
            LayerGraph graph = reader.read(archive);
            assertThat(graph.inputs()).as(name).isNotEmpty();
            assertThat(graph.outputs()).as(name).isNotEmpty();
            assertThat(graph.weights()).as(name).isNotEmpty();
            requireUniqueNames(graph, new HashSet<>(), name);
        }
    }

    private static void requireUniqueNames(LayerGraph graph, Set<String> names, String model) {
        for (Layer layer : graph.layers()) {
            assertThat(names.add(layer.name())).as(model + ": " + layer.name()).isTrue();
            ControlOps.graphs(layer).forEach(nested -> requireUniqueNames(nested, names, model));
        }
    }

    /** Whatever is done to the code of an archive, it is read or refused in words. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void survivesDamagedCode(long seed) throws Exception {
        Random random = new Random(seed);
        String code = code("greedy");
        for (int i = 0; i < 100; i++) {
            Path damaged = new ScriptBuilder()
                    .code(damage(code.replace("Greedy", "Net"), random))
                    .write(folder);
            try {
                assertThat(reader.read(damaged).name()).isNotEmpty();
            } catch (ModelFormatException refused) {
                assertThat(refused.found()).isNotEmpty();
                assertThat(refused.action()).isNotEmpty();
            }
            Files.delete(damaged);
        }
    }

    private static String damage(String code, Random random) {
        List<String> words =
                List.of("(", ")", "[]", ":", "\n", "  ", "x", "=", "None", "-1", "torch.", ", ", "\"", "while ");
        StringBuilder text = new StringBuilder(code);
        for (int n = random.nextInt(3); n >= 0; n--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, words.get(random.nextInt(words.size())));
                default -> {
                    int line = text.indexOf("\n", at);
                    int other = text.indexOf("\n", random.nextInt(text.length()));
                    int end = line < 0 ? -1 : text.indexOf("\n", line + 1);
                    if (end > 0 && other >= 0) {
                        text.insert(other, text.substring(line, end));
                    }
                }
            }
        }
        return text.toString();
    }

    private String code(String name) throws Exception {
        try (StoredZip zip = StoredZip.open(copy(name))) {
            StoredZip.Entry entry = zip.entry(name + "/code/__torch__.py");
            return new String(zip.read(Objects.requireNonNull(entry), 1 << 20), StandardCharsets.UTF_8);
        }
    }

    private LayerGraph read(String name) throws IOException, ModelFormatException {
        return reader.read(copy(name));
    }

    private Path copy(String name) throws IOException {
        Path file = folder.resolve(name + ".pt");
        try (InputStream fixture =
                Objects.requireNonNull(getClass().getResourceAsStream("script/" + name + ".pt"), name)) {
            Files.write(file, fixture.readAllBytes());
        }
        return file;
    }
}
