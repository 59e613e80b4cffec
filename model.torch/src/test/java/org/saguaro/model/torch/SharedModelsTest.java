// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.pickle.PickledObject;
import org.saguaro.model.torch.pickle.TorchPickle;
import org.saguaro.model.torch.pickle.Tuple;
import org.saguaro.model.torch.zip.StoredZip;

class SharedModelsTest {

    private final ExportedProgramReader reader = new ExportedProgramReader();

    /** The pickles of TorchScript archives, whose graphs another reader reads. */
    @Test
    void unpicklesRealScripts() throws IOException, ModelFormatException {
        for (Path script : SharedModels.scripts("models")) {
            try (StoredZip zip = StoredZip.open(script)) {
                String first = zip.entries().iterator().next().name();
                String root = first.substring(0, first.indexOf('/') + 1);
                assertThat(TorchPickle.read(zip, root, "data"))
                        .as(script.toString())
                        .isInstanceOfSatisfying(
                                PickledObject.class,
                                model -> assertThat(model.className()).startsWith("__torch__."));
                assertThat(TorchPickle.read(zip, root, "constants"))
                        .as(script.toString())
                        .isInstanceOf(Tuple.class);
            }
        }
    }

    /** The older ones are of torch 2.6: the flat layout, pickled weights. */
    @ParameterizedTest
    @ValueSource(strings = {"models", "models-older"})
    void readsRealModels(String shared) throws IOException, ModelFormatException {
        for (var folder : SharedModels.archives(shared).entrySet()) {
            String model = folder.getKey();
            Path archive = folder.getValue();
            assertThat(reader.accepts(archive)).as(model).isTrue();
            LayerGraph graph = reader.read(archive);
            assertThat(graph.layers()).as(model).isNotEmpty();
            assertThat(graph.inputs()).as(model).isNotEmpty();
            assertThat(graph.outputs()).as(model).isNotEmpty();
            assertThat(graph.weights()).as(model).isNotEmpty().allSatisfy(weight -> {
                assertThat(weight.data().bytes().isDirect()).isTrue();
            });
        }
    }
}
