// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.ExportedProgramReader;

/** Real models give PyTorch's own numbers: as one segment, and layer by layer as the core may cut them. */
class ModelFoldersTest {

    private static final double TOLERANCE = 1e-4;

    @TestFactory
    Stream<DynamicTest> givePyTorchsNumbersAsOneSegment() throws IOException {
        ProcessingElement pe = Execution.newPe();
        return folders()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> {
                    LayerGraph graph = read(folder);
                    for (String suffix : suffixes(folder)) {
                        List<Tensor> expected = arrays(folder, "output", suffix);
                        try (Execution execution = new Execution(pe, graph)) {
                            compare(
                                    execution.run(
                                            arrays(folder, "input", suffix).toArray(Tensor[]::new)),
                                    expected);
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> givePyTorchsNumbersLayerByLayer() throws IOException {
        ProcessingElement pe = Execution.newPe();
        return folders()
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> {
                    LayerGraph graph = read(folder);
                    Assumptions.assumeTrue(
                            graph.layers().stream().noneMatch(l -> l.op().name().endsWith("_")),
                            "has in-place layers, which only the core's lowering may cut apart");
                    for (String suffix : suffixes(folder)) {
                        compare(
                                layerByLayer(pe, graph, arrays(folder, "input", suffix)),
                                arrays(folder, "output", suffix));
                    }
                }));
    }

    private static List<Tensor> layerByLayer(ProcessingElement pe, LayerGraph graph, List<Tensor> inputs)
            throws Exception {
        Tensor[] values = new Tensor[graph.values().size()];
        for (int i = 0; i < inputs.size(); i++) {
            values[graph.inputs().get(i)] = inputs.get(i);
        }
        for (Layer layer : graph.layers()) {
            LayerGraph segment = graph.segment(layer.name(), Set.of(layer));
            Tensor[] in = segment.inputs().stream().map(id -> values[id]).toArray(Tensor[]::new);
            try (Execution execution = new Execution(pe, segment)) {
                List<Tensor> out = execution.run(in);
                for (int i = 0; i < out.size(); i++) {
                    values[((Argument.Ref) segment.outputs().get(i)).value()] = out.get(i);
                }
            }
        }
        return graph.outputs().stream()
                .map(output -> values[((Argument.Ref) output).value()])
                .toList();
    }

    private static Stream<Path> folders() throws IOException {
        Path models = TestModels.folder().orElse(null);
        Assumptions.assumeTrue(models != null, "no shared/models above the working directory");
        try (Stream<Path> list = Files.list(models)) {
            return list.filter(folder -> Files.exists(folder.resolve("model.pt2"))).sorted().toList().stream();
        }
    }

    private static LayerGraph read(Path folder) throws Exception {
        LayerGraph graph = new ExportedProgramReader().read(folder.resolve("model.pt2"));
        Assumptions.assumeTrue(
                graph.layers().stream().noneMatch(layer -> HostOp.isHost(layer) || ControlOps.isControl(layer)),
                "has control flow or arithmetic on sizes, which the core does");
        Assumptions.assumeTrue(
                graph.states().isEmpty()
                        && graph.layers().stream()
                                .noneMatch(layer -> layer.arguments().stream()
                                        .anyMatch(argument -> argument.access() == Access.WRITE
                                                && argument.value() instanceof Argument.Ref written
                                                && graph.weight(written.value()) != null)),
                "has state, which the core keeps");
        return graph;
    }

    private static List<String> suffixes(Path folder) {
        return Files.exists(folder.resolve("input_b.npy")) ? List.of("", "_b") : List.of("");
    }

    private static List<Tensor> arrays(Path folder, String name, String suffix) throws IOException {
        Path single = folder.resolve(name + suffix + ".npy");
        if (Files.exists(single)) {
            return List.of(TestModels.npy(single));
        }
        List<Tensor> arrays = new ArrayList<>();
        for (int i = 0; Files.exists(folder.resolve(name + i + ".npy")); i++) {
            arrays.add(TestModels.npy(folder.resolve(name + i + ".npy")));
        }
        return arrays;
    }

    private static void compare(List<Tensor> actual, List<Tensor> expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).sizes()).isEqualTo(expected.get(i).sizes());
            assertThat(TensorDifference.relative(actual.get(i), expected.get(i)))
                    .as("largest difference of output %d, relative to its largest element", i)
                    .isLessThan(TOLERANCE);
        }
    }
}
