// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.layers.Convolution;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.layers.Layers;
import org.saguaro.runtime.core.layers.Pooling;

/** An application of the Layer API inside the framework: the one of docs/layer-api.md. */
@ExtendWith(ServiceExtension.class)
@Timeout(180)
class LayersTest {

    private static final int UPDATES = 5;

    @InjectService(timeout = 20_000)
    Layers layers;

    @InjectService(timeout = 20_000)
    SaguaroRuntime runtime;

    @InjectService(filter = "(pe.type=cpu)", timeout = 60_000)
    ProcessingElement cpu;

    private static float[] pulse() {
        Random random = new Random(3);
        float[] samples = new float[100];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = random.nextFloat() - 0.5f;
        }
        return samples;
    }

    private static float[] delayed(float[] pulse, int delay) {
        float[] echo = new float[512];
        for (int i = 0; i < pulse.length; i++) {
            echo[delay + i] = 0.1f * pulse[i];
        }
        return echo;
    }

    @Test
    void findsDelays() throws Exception {
        try (RadarCorrelator correlator = new RadarCorrelator(layers, pulse())) {
            for (int delay = 0; delay < 400; delay += 57) {
                assertThat(correlator.delayOf(delayed(pulse(), delay))).isEqualTo(delay);
            }
        }
        assertThat(runtime.trace())
                .filteredOn(task -> task.application().equals("radar-correlator"))
                .extracting(task -> task.layers())
                .contains("fft_fft", "multiply_conjugate", "fft_ifft", "abs", "argmax");
    }

    @Test
    void losesNoCallWhileTheCpusBundleIsUpdated() throws Exception {
        Bundle bundle = Arrays.stream(FrameworkUtil.getBundle(LayersTest.class)
                        .getBundleContext()
                        .getBundles())
                .filter(candidate -> candidate.getSymbolicName().equals("org.saguaro.accel.cpu"))
                .findFirst()
                .orElseThrow();
        float[] pulse = pulse();
        try (RadarCorrelator correlator = new RadarCorrelator(layers, pulse)) {
            for (int update = 0; update < UPDATES; update++) {
                assertThat(correlator.delayOf(delayed(pulse, 33))).isEqualTo(33);
                Thread swap = new Thread(() -> {
                    try {
                        bundle.update();
                    } catch (org.osgi.framework.BundleException e) {
                        throw new IllegalStateException(e);
                    }
                });
                swap.start();
                int calls = 0;
                while (swap.isAlive() || calls < 3) {
                    int delay = calls % 400;
                    assertThat(correlator.delayOf(delayed(pulse, delay)))
                            .as("call %d during update %d", calls, update)
                            .isEqualTo(delay);
                    calls++;
                }
                swap.join();
            }
        }
    }

    /** The operators of neural networks, on libtorch. */
    @Test
    void computesAsPyTorchDoes() throws Exception {
        try (LayerSession session = layers.open("operators")) {
            DeviceTensor image = session.tensor(Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3));
            DeviceTensor kernel = session.constant(Tensor.of(new float[] {1, 0, 0, 1}, 1, 1, 2, 2));
            DeviceTensor convolved = session.conv2d(image, kernel, null, Convolution.DEFAULT);
            assertThat(convolved.read().toFloats()).containsExactly(6, 8, 12, 14);
            DeviceTensor flat = session.reshape(convolved, 4);
            assertThat(session.argmax(session.softmax(flat, 0), 0).read().toDoubles())
                    .containsExactly(3);
            DeviceTensor turned = session.transpose(session.reshape(flat, 2, 2), 0, 1);
            assertThat(turned.read().toFloats()).containsExactly(6, 12, 8, 14);
            assertThat(session.operator("aten.topk")
                            .tensor("self", flat)
                            .integer("k", 2)
                            .call(2)
                            .get(1)
                            .read()
                            .toDoubles())
                    .containsExactly(3, 2);
        }
    }

    /** Every other operator, on numbers small enough to compute by hand. */
    @Test
    void computesByHandWhatItComputes() throws Exception {
        try (LayerSession session = layers.open("operators")) {
            DeviceTensor line = floats(session, new long[] {1, 1, 6}, 1, 2, 3, 4, 5, 6);
            DeviceTensor image = floats(session, new long[] {1, 1, 3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9);
            DeviceTensor four = floats(session, new long[] {4}, 1, 2, 3, 4);
            DeviceTensor square = session.reshape(four, 2, 2);

            expect("conv1d", strided(session, line), 12, 18, 24);
            expect("conv2d in groups, dilated", dilatedInGroups(session), 10, 100);
            expect(
                    "linear",
                    session.linear(
                            floats(session, new long[] {1, 2}, 1, 2),
                            floats(session, new long[] {2, 2}, 3, 4, 5, 6),
                            floats(session, new long[] {2}, 1, 1)),
                    12,
                    18);
            expect("matmul", session.matmul(square, floats(session, new long[] {2, 2}, 5, 6, 7, 8)), 19, 22, 43, 50);
            expect("maxPool1d", session.maxPool1d(line, Pooling.of(2)), 2, 4, 6);
            expect("averagePool1d", session.averagePool1d(line, Pooling.of(2).withPadding(1)), 0.5f, 2.5f, 4.5f, 3);
            expect("maxPool2d", session.maxPool2d(image, Pooling.of(2).withStride(1)), 5, 6, 8, 9);
            expect("averagePool2d", session.averagePool2d(image, Pooling.of(2).withStride(1)), 3, 4, 6, 7);
            expect("relu", session.relu(floats(session, new long[] {2}, -1, 2)), 0, 2);
            expect("sigmoid", session.sigmoid(floats(session, new long[] {1}, 0)), 0.5f);
            expect("scale", session.scale(four, 3), 3, 6, 9, 12);
            expect("concat", session.concat(0, List.of(four, session.slice(four, 0, 1, 3))), 1, 2, 3, 4, 2, 3);
            expect("fftShift", session.fftShift(four, 0), 3, 4, 1, 2);
            expect("fft of more points", session.real(session.fft(session.slice(four, 0, 0, 2), 4)), 3, 1, -1, 1);
            expect("ifft", session.real(session.ifft(session.fft(four))), 1, 2, 3, 4);
            expect(
                    "ifft of fewer points",
                    session.real(session.ifft(session.fft(floats(session, new long[] {4}, 1, 0, 0, 0)), 2)),
                    1,
                    0);
        }
    }

    /** ZIP on {@code x = [1, -i, -1, i]} and {@code y = [1, i, -1, -i]}. */
    @Test
    void zipsComplexNumbers() throws Exception {
        try (LayerSession session = layers.open("zip")) {
            DeviceTensor x = session.fft(floats(session, new long[] {4}, 0, 1, 0, 0));
            DeviceTensor y = session.fft(floats(session, new long[] {4}, 0, 0, 0, 1));

            expect("add", session.real(session.add(x, y)), 2, 0, -2, 0);
            expect("subtract", session.abs(session.subtract(x, y)), 0, 2, 0, 2);
            expect("multiply", session.real(session.multiply(x, y)), 1, 1, 1, 1);
            expect("divide", session.real(session.divide(x, y)), 1, -1, 1, -1);
            expect("multiplyConjugate", session.real(session.multiplyConjugate(x, y)), 1, -1, 1, -1);
        }
    }

    private static DeviceTensor strided(LayerSession session, DeviceTensor line) {
        return session.conv1d(
                line,
                floats(session, new long[] {1, 1, 3}, 1, 2, 0),
                floats(session, new long[] {1}, 10),
                Convolution.DEFAULT.withStride(2).withPadding(1));
    }

    /** Of one channel the corners of the main diagonal, of the other those of the other diagonal. */
    private static DeviceTensor dilatedInGroups(LayerSession session) {
        return session.conv2d(
                floats(session, new long[] {1, 2, 3, 3}, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90),
                floats(session, new long[] {2, 1, 2, 2}, 1, 0, 0, 1, 0, 1, 1, 0),
                null,
                Convolution.DEFAULT.withDilation(2).withGroups(2));
    }

    private static DeviceTensor floats(LayerSession session, long[] sizes, float... values) {
        return session.tensor(Tensor.of(values, sizes));
    }

    private static void expect(String operator, DeviceTensor found, float... expected) throws Exception {
        assertThat(found.read().toFloats())
                .as(operator)
                .usingComparatorWithPrecision(1e-5f)
                .containsExactly(expected);
    }
}
