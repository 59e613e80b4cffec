// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;

/** Archives that PyTorch wrote, against what PyTorch says about them. See {@code src/test/python/export_fixtures.py}. */
class FixturesTest {

    private final ExportedProgramReader reader = new ExportedProgramReader();

    @ParameterizedTest
    @ValueSource(strings = {"tied", "nested", "lists", "dtypes", "dynamic", "convolutional", "decomposed"})
    void readsWhatPyTorchSays(String name) throws Exception {
        JsonNode expected = JsonMapper.builder()
                .build()
                .readTree(Path.of(resource(name + ".json").toURI()).toFile());
        ObjectNode found = Facts.of(read(name));

        assertThat(found.get("inputs")).as("inputs").isEqualTo(expected.get("inputs"));
        assertThat(found.get("outputs"))
                .as("outputs")
                .hasToString(expected.get("outputs").toString());
        assertThat(byName(found.get("weights"))).as("weights").isEqualTo(byName(expected.get("weights")));
        assertThat(texts(found.get("nodes"))).as("nodes").isEqualTo(texts(expected.get("nodes")));
    }

    @Test
    void refusesCustomOperators() throws Exception {
        Path file = file("refused_custom");
        assertThat(reader.accepts(file)).isTrue();
        assertThatThrownBy(() -> reader.read(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContainingAll(
                        file.toString(),
                        "node twice (torch.ops.saguaro_test.twice",
                        "the custom operator saguaro_test::twice",
                        "replace the custom operator");
    }

    @Test
    void weightsAreViewsOnTheMappedFile() throws Exception {
        LayerGraph graph = read("tied");

        assertThat(graph.weights()).extracting(Weight::name).contains("turned", "part");
        assertThat(graph.weights()).allSatisfy(weight -> {
            assertThat(weight.data().bytes().isDirect()).as(weight.name()).isTrue();
            assertThat(weight.data().bytes().isReadOnly()).as(weight.name()).isTrue();
        });
    }

    @Test
    void symbolsCarryTheirRanges() throws Exception {
        LayerGraph graph = read("dynamic");
        TensorSpec x = graph.tensor(graph.inputs().get(0));
        TensorSpec y = graph.tensor(graph.inputs().get(1));
        Dim batch = x.shape().dims().get(0);

        assertThat(batch).isInstanceOfSatisfying(Dim.Symbolic.class, symbol -> {
            assertThat(symbol.min()).isEqualTo(2);
            assertThat(symbol.max()).isEqualTo(64);
        });
        assertThat(y.shape().dims().get(0))
                .isInstanceOfSatisfying(
                        Dim.Symbolic.class, symbol -> assertThat(symbol.max()).isEqualTo(Long.MAX_VALUE));
        TensorSpec twice = graph.tensor(graph.layers().get(0).outputs().get(0));
        assertThat(twice.shape().dims().get(0)).isEqualTo(new Dim.Symbolic("2*" + batch, 4, 128));
    }

    @Test
    void valueNamesAreUniqueAndOutputsComeBeforeTheirReaders() throws Exception {
        LayerGraph graph = read("lists");
        assertThat(graph.values().stream().map(Value::name)).doesNotHaveDuplicates();
        assertThat(graph.producers())
                .hasSize(graph.layers().stream()
                        .mapToInt(layer -> layer.outputs().size())
                        .sum());
    }

    private LayerGraph read(String name) throws IOException, ModelFormatException, URISyntaxException {
        return reader.read(file(name));
    }

    private static Path file(String name) throws URISyntaxException {
        return Path.of(resource(name + ".pt2").toURI());
    }

    private static URL resource(String file) {
        return Objects.requireNonNull(FixturesTest.class.getResource("fixtures/" + file), file);
    }

    private static Map<String, String> byName(JsonNode object) {
        return object.properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, field -> field.getValue().toString()));
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::toString).toList();
    }
}
