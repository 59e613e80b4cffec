// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;

/** A trained network from its archive to its numbers, and once more while the bundle of the CPU's PEs is swapped. */
@ExtendWith(ServiceExtension.class)
@Timeout(180)
class CpuModelTest {

    private static final Path EXAMPLES = Path.of(System.getProperty("saguaro.examples"));
    private static final Path DIGITS = EXAMPLES.resolve("digits-vgg");
    private static final Path DETECTOR = EXAMPLES.resolve("shapes-detector");
    private static final RequestOptions PATIENT = new RequestOptions(Duration.ofSeconds(60));
    private static final float TOLERANCE = 1e-3f;

    @InjectService(timeout = 30_000)
    SaguaroRuntime runtime;

    @InjectService(timeout = 20_000)
    ConfigurationAdmin configurations;

    @InjectService(filter = "(pe.type=cpu)", timeout = 60_000)
    ProcessingElement cpu;

    @ParameterizedTest
    @EnumSource(Granularity.class)
    void givesPyTorchsOwnNumbers(Granularity granularity) throws Exception {
        LayerGraph model = runtime.read(DIGITS.resolve("model.pt2"));
        try (Deployment deployment = runtime.deploy(model, new DeployOptions("digits", granularity))) {
            assertRight(deployment.infer(List.of(input()), PATIENT));
            assertThat(deployment.placement().layers())
                    .filteredOn(layer -> layer.task() >= 0)
                    .allSatisfy(layer -> assertThat(layer.runsByPe()).isNotEmpty());
        }
    }

    /** Round robin takes turns, so over some requests every layer that the null accelerator claims runs on it. */
    @Test
    void givesPyTorchsNumbersWithAnotherAcceleratorToo() throws Exception {
        bundle("org.saguaro.null-accelerator").start();
        LayerGraph model = runtime.read(DETECTOR.resolve("model.pt2"));
        List<Tensor> inputs = List.of(npy(DETECTOR.resolve("input.npy")));
        try (Deployment deployment = runtime.deploy(model, new DeployOptions("detector", Granularity.LAYER))) {
            PolicyChoice.use(runtime, configurations, "rr");
            for (int i = 0; i < 30; i++) {
                InferenceResult result = deployment.infer(inputs, PATIENT);
                assertClose(result.outputs().get(0), DETECTOR.resolve("output0.npy"));
                assertClose(result.outputs().get(1), DETECTOR.resolve("output1.npy"));
            }
            assertThat(deployment.placement().layers())
                    .as("layers that ran on the null accelerator")
                    .anyMatch(layer -> layer.runsByPe().containsKey("null0"));
        }
    }

    @Test
    void requestsWaitWhileTheirOnlyAcceleratorIsUpdated() throws Exception {
        LayerGraph model = runtime.read(DIGITS.resolve("model.pt2"));
        Bundle bundle = bundle("org.saguaro.accel.cpu");
        try (Deployment deployment = runtime.deploy(model, new DeployOptions("digits", Granularity.SEGMENT))) {
            for (int swap = 0; swap < 20; swap++) {
                List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    requests.add(deployment.submit(List.of(input()), PATIENT));
                }
                bundle.update();
                for (CompletableFuture<InferenceResult> request : requests) {
                    assertRight(request.get(60, TimeUnit.SECONDS));
                }
            }
        }
    }

    private static void assertRight(InferenceResult result) throws IOException {
        assertClose(result.outputs().get(0), DIGITS.resolve("output.npy"));
    }

    private static void assertClose(Tensor output, Path file) throws IOException {
        float[] expected = npy(file).toFloats();
        float[] found = output.toFloats();
        assertThat(found).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found[i]).as("output %d", i).isCloseTo(expected[i], within(TOLERANCE));
        }
    }

    private static Tensor input() throws IOException {
        return npy(DIGITS.resolve("input.npy"));
    }

    /** Our own files only: little-endian float32, row-major. The strict reader is the launcher's. */
    private static Tensor npy(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = bytes.getShort(8);
        String header = new String(bytes.array(), 10, headerLength, StandardCharsets.US_ASCII);
        assertThat(header).contains("'<f4'").contains("'fortran_order': False");
        String shape = header.substring(header.indexOf('(') + 1, header.indexOf(')'));
        long[] sizes = Arrays.stream(shape.split(","))
                .map(String::trim)
                .filter(size -> !size.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        float[] values = new float[(bytes.capacity() - 10 - headerLength) / 4];
        bytes.position(10 + headerLength);
        bytes.asFloatBuffer().get(values);
        return Tensor.of(values, sizes);
    }

    private static Bundle bundle(String symbolicName) {
        return Arrays.stream(FrameworkUtil.getBundle(CpuModelTest.class)
                        .getBundleContext()
                        .getBundles())
                .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(symbolicName + " is not installed"));
    }
}
