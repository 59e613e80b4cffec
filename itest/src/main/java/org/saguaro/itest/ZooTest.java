// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;

/**
 * Archives of a few kilobytes, torch.export and TorchScript, against PyTorch's answers: branches, loops, state, lists and
 * dictionaries, sizes that change, element types, an operator of torchvision. {@code bench/zoo/export.py --tiny} writes them.
 */
@ExtendWith(ServiceExtension.class)
@Timeout(120)
class ZooTest {

    private static final Path ZOO = Path.of(System.getProperty("saguaro.zoo"));
    private static final RequestOptions PATIENT = new RequestOptions(Duration.ofSeconds(60));
    private static final double TOLERANCE = 1e-4;

    /** A deployment may serve later requests of a shape by a plan made for it. */
    private static final int REQUESTS = 3;

    @InjectService(timeout = 30_000)
    SaguaroRuntime runtime;

    @InjectService(filter = "(pe.type=cpu)", timeout = 60_000)
    ProcessingElement cpu;

    @BeforeEach
    void theProcessingElementServes() {
        assertThat(cpu.descriptor().type()).isEqualTo("cpu");
    }

    static List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.walk(ZOO)) {
            return files.filter(file -> String.valueOf(file.getFileName()).matches("model.*\\.pt2?"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theZooIsThere() throws IOException {
        assertThat(archives()).hasSizeGreaterThan(20);
    }

    @ParameterizedTest
    @MethodSource("archives")
    void givesPyTorchsAnswers(Path archive) throws Exception {
        LayerGraph model = runtime.read(archive);
        DeployOptions general = DeployOptions.named("zoo");
        Path folder = archive.resolveSibling("");
        assertAnswers(model, general, folder);
        assertAnswers(model, general.withSamples(arrays(folder, "input")), folder);
    }

    private void assertAnswers(LayerGraph model, DeployOptions options, Path folder) throws Exception {
        try (Deployment deployment = runtime.deploy(model, options)) {
            List<Tensor> others = arrays(folder, "input_b");
            for (int request = 0; request < REQUESTS; request++) {
                deployment.reset();
                assertAnswers(deployment, arrays(folder, "input"), arrays(folder, "output"));
                if (!others.isEmpty() && accepts(model, others)) {
                    assertAnswers(deployment, others, arrays(folder, "output_b"));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("archives")
    void remembersFromCallToCall(Path archive) throws Exception {
        LayerGraph model = runtime.read(archive);
        Path folder = archive.resolveSibling("");
        Path inputs = folder.resolve("seq_input.npy");
        if (!Files.exists(inputs)) {
            assertThat(model.states())
                    .as("states of a model without a stored sequence")
                    .isEmpty();
            return;
        }
        Tensor input = NumpyArray.read(inputs);
        Tensor expected = NumpyArray.read(folder.resolve("seq_output.npy"));
        try (Deployment deployment = runtime.deploy(model, DeployOptions.named("zoo"))) {
            for (int sequence = 0; sequence < 2; sequence++) {
                deployment.reset();
                for (int step = 0; step < input.sizes()[0]; step++) {
                    assertAnswers(deployment, List.of(at(step, input)), List.of(at(step, expected)));
                }
            }
        }
    }

    private static void assertAnswers(Deployment deployment, List<Tensor> inputs, List<Tensor> expected)
            throws Exception {
        List<Tensor> outputs = deployment.infer(inputs, PATIENT).outputs();
        assertThat(outputs.stream().map(Tensor::spec).toList())
                .as("outputs")
                .isEqualTo(expected.stream().map(Tensor::spec).toList());
        for (int i = 0; i < expected.size(); i++) {
            assertClose(outputs.get(i), expected.get(i), "output " + i);
        }
    }

    private static void assertClose(Tensor found, Tensor expected, String what) {
        double[] wanted = values(expected);
        double[] values = values(found);
        double scale = Arrays.stream(wanted).map(Math::abs).max().orElse(0);
        boolean exact = !expected.dtype().isFloatingPoint() && expected.dtype() != DType.COMPLEX64;
        for (int i = 0; i < wanted.length; i++) {
            assertThat(Math.abs(values[i] - wanted[i]))
                    .as("%s, element %d: found %s, expected %s", what, i, values[i], wanted[i])
                    .isLessThanOrEqualTo(exact ? 0 : TOLERANCE * scale);
        }
    }

    private static double[] values(Tensor tensor) {
        if (tensor.dtype() != DType.COMPLEX64) {
            return tensor.toDoubles();
        }
        ByteBuffer bytes = tensor.toDense().bytes();
        double[] parts = new double[bytes.limit() / Float.BYTES];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = bytes.getFloat(i * Float.BYTES);
        }
        return parts;
    }

    private static boolean accepts(LayerGraph model, List<Tensor> inputs) {
        for (int i = 0; i < Math.min(inputs.size(), model.inputs().size()); i++) {
            if (model.value(model.inputs().get(i)).type() instanceof TensorSpec spec
                    && !spec.shape().accepts(inputs.get(i).sizes())) {
                return false;
            }
        }
        return true;
    }

    private static Tensor at(int step, Tensor stacked) {
        long[] sizes = Arrays.copyOfRange(stacked.sizes(), 1, stacked.rank());
        ByteBuffer all = stacked.bytes();
        int bytes = all.limit() / Math.toIntExact(stacked.sizes()[0]);
        return Tensor.dense(
                stacked.dtype(), sizes, all.slice(step * bytes, bytes).order(all.order()));
    }

    private static List<Tensor> arrays(Path folder, String stem) throws IOException {
        List<Tensor> arrays = new ArrayList<>();
        while (Files.exists(folder.resolve(stem + arrays.size() + ".npy"))) {
            arrays.add(NumpyArray.read(folder.resolve(stem + arrays.size() + ".npy")));
        }
        return arrays;
    }
}
