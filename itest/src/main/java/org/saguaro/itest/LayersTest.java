// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
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
}
