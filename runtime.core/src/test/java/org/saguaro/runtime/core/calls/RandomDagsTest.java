// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.contract.ReferenceProcessingElement;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.FakePe;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;

/** Random graphs of calls give what a sequential evaluation gives, whatever PEs do meanwhile. */
class RandomDagsTest {

    private static final int CALLS = 60;
    private static final int WIDTH = 5;

    private Random random = new Random(0);
    private final List<float[]> expected = new ArrayList<>();
    private final List<DeviceTensor> issued = new ArrayList<>();

    @Property(tries = 40)
    void givesWhatASequentialEvaluationGives(@ForAll long seed) throws Exception {
        random = new Random(seed);
        expected.clear();
        issued.clear();
        try (Engine engine = new Engine(
                        new Settings(0, 64, Duration.ofSeconds(30), Duration.ofSeconds(5), 4, Optional.empty()));
                LayerRuntime layers = new LayerRuntime(engine, new LayerRuntime.Settings(3, 200))) {
            ProcessingElement cpu = new ReferenceProcessingElement("cpu0");
            FakePe flaky = FakePe.accelerator("flaky", "relu", "add", "mul");
            FakePe guest = FakePe.accelerator("guest", "add", "relu");
            engine.addPe(cpu);
            engine.addPe(flaky);
            engine.addPe(guest);
            flaky.failNext(random.nextInt(4), Category.KERNEL_FAILED);
            int comesBack = random.nextInt(CALLS);
            int leaves = random.nextInt(CALLS);
            try (LayerSession session = layers.open("dag")) {
                input(session);
                input(session);
                LayerScope scope = session.scope();
                for (int i = 0; i < CALLS; i++) {
                    if (i == leaves) {
                        engine.removePe(guest);
                    } else if (i == comesBack) {
                        flaky.failNext(random.nextInt(3), Category.KERNEL_FAILED);
                    }
                    if (random.nextInt(10) == 0) {
                        scope = random.nextBoolean() ? session.batch() : session.scope();
                    }
                    call(scope);
                    if (random.nextInt(15) == 0) {
                        scope.flush();
                    }
                }
                session.flush();
                for (int i = 0; i < issued.size(); i++) {
                    assertThat(issued.get(i).read().toFloats())
                            .as("tensor %d", i)
                            .containsExactly(expected.get(i));
                }
            }
            assertThat(layers.pool().spareBytes()).isLessThanOrEqualTo(200);
        }
    }

    private void input(LayerScope scope) {
        float[] values = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        add(values, scope.tensor(Tensor.of(values, WIDTH)));
    }

    private void add(float[] values, DeviceTensor tensor) {
        expected.add(values);
        issued.add(tensor);
    }

    private void call(LayerScope scope) {
        int a = random.nextInt(issued.size());
        int b = random.nextInt(issued.size());
        float[] x = expected.get(a);
        float[] y = expected.get(b);
        float[] result = new float[WIDTH];
        switch (random.nextInt(5)) {
            case 0 -> {
                for (int i = 0; i < WIDTH; i++) {
                    result[i] = Math.max(0, x[i]);
                }
                add(result, scope.relu(issued.get(a)));
            }
            case 1 -> {
                for (int i = 0; i < WIDTH; i++) {
                    result[i] = x[i] + y[i];
                }
                add(result, scope.add(issued.get(a), issued.get(b)));
            }
            case 2 -> {
                for (int i = 0; i < WIDTH; i++) {
                    result[i] = x[i] * y[i];
                }
                add(result, scope.multiply(issued.get(a), issued.get(b)));
            }
            case 3 -> {
                // Its sizes are seen only when it is there.
                for (int i = 0; i < WIDTH; i++) {
                    result[i] = Math.max(0, x[i]);
                }
                add(
                        result,
                        scope.operator("aten.relu")
                                .tensor("self", issued.get(a))
                                .call());
            }
            default -> {
                DeviceTensor column = scope.reshape(issued.get(a), WIDTH, 1);
                DeviceTensor product = scope.multiply(column, column);
                column.close();
                for (int i = 0; i < WIDTH; i++) {
                    result[i] = x[i] * x[i];
                }
                add(result, scope.reshape(product, WIDTH));
            }
        }
    }
}
