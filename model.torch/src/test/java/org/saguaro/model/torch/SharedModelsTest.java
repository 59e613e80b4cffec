// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;

class SharedModelsTest {

    /** Folders that need what comes later, and what their refusal must say. */
    private static final Map<String, List<String>> REFUSED = Map.of(
            "cond_flow", List.of("torch.ops.higher_order.cond", "control flow", "not supported yet"),
            "unitree-g1-lstm-policy", List.of("copy_", "weight hidden_state", "stateful models are not supported yet"));

    private final ExportedProgramReader reader = new ExportedProgramReader();

    @Test
    void readsRealModels() throws IOException, ModelFormatException {
        for (var folder : SharedModels.archives("models").entrySet()) {
            String model = folder.getKey();
            Path archive = folder.getValue();
            assertThat(reader.accepts(archive)).as(model).isTrue();
            List<String> refusal = REFUSED.get(model);
            if (refusal != null) {
                assertThatThrownBy(() -> reader.read(archive))
                        .as(model)
                        .isInstanceOf(ModelFormatException.class)
                        .hasMessageContainingAll(refusal.toArray(String[]::new));
                continue;
            }
            LayerGraph graph = reader.read(archive);
            assertThat(graph.layers()).as(model).isNotEmpty();
            assertThat(graph.inputs()).as(model).isNotEmpty();
            assertThat(graph.outputs()).as(model).isNotEmpty();
            assertThat(graph.weights()).as(model).isNotEmpty().allSatisfy(weight -> {
                assertThat(weight.data().bytes().isDirect()).isTrue();
            });
        }
    }

    @Test
    void refusesOlderLayoutsWithTheirVersion() throws IOException {
        for (Path archive : SharedModels.archives("models-older").values()) {
            assertThat(reader.accepts(archive)).isTrue();
            assertThatThrownBy(() -> reader.read(archive))
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContainingAll(
                            archive.toString(), "flat layout", "written by torch 2.6", "export the model again");
        }
    }
}
