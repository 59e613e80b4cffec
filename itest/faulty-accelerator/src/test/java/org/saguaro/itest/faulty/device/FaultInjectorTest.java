// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest.faulty.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.itest.faulty.Fault;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FaultInjectorTest {

    private final FaultInjector injector = new FaultInjector("faulty0", 0);

    @Test
    void failsEveryNthExecution() {
        injector.inject(Fault.KERNEL_FAILED, 3);
        List<Boolean> failed = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            try {
                injector.beforeExecution();
                failed.add(false);
            } catch (AccelException e) {
                failed.add(true);
            }
        }

        assertThat(failed).containsExactly(false, false, true, false, false, true, false);
        assertThat(injector.executions()).as("executions").isEqualTo(7);
        assertThat(injector.faults()).as("faults").isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"KERNEL_FAILED", "TIMEOUT", "DEVICE_LOST", "RESOURCE_EXHAUSTED", "UNSUPPORTED", "INVALID_INPUT"})
    void failsWithTheCategoryAskedFor(Fault fault) {
        injector.inject(fault, 1);

        assertThatExceptionOfType(AccelException.class)
                .isThrownBy(injector::beforeExecution)
                .withMessageContaining("faulty0")
                .extracting(e -> e.category().name())
                .isEqualTo(fault.name());
        injector.heal();
        assertThatCode(injector::beforeExecution).doesNotThrowAnyException();
    }

    @Test
    void aLostDeviceStaysLost() {
        injector.inject(Fault.DEVICE_LOST, 100);

        for (int i = 0; i < 3; i++) {
            assertThatExceptionOfType(AccelException.class).isThrownBy(injector::beforeExecution);
        }
    }

    @Test
    void mayThrowWhatNobodyDeclared() {
        injector.inject(Fault.RUNTIME_EXCEPTION, 1);

        assertThatIllegalStateException().isThrownBy(injector::beforeExecution);
    }

    @Test
    void mayFailToPrepareOnly() {
        injector.inject(Fault.PREPARE_FAILS, 1);

        assertThatExceptionOfType(AccelException.class).isThrownBy(injector::beforePreparation);
        assertThatCode(injector::beforeExecution).doesNotThrowAnyException();
    }

    @Test
    void hangsUntilReleasedDeafToInterrupts() throws Exception {
        injector.inject(Fault.HANG, 1);
        Thread worker = new Thread(() -> {
            try {
                injector.beforeExecution();
            } catch (AccelException e) {
                throw new AssertionError(e);
            }
        });
        worker.start();
        while (injector.hanging() == 0) {
            Thread.onSpinWait();
        }
        worker.interrupt();
        assertThat(injector.hanging()).as("hanging after an interrupt").isEqualTo(1);

        injector.release();
        worker.join();
        assertThat(injector.hanging()).as("hanging after release").isZero();
    }

    @Test
    void takesItsTime() throws AccelException {
        FaultInjector slow = new FaultInjector("faulty0", 5_000_000);
        long before = System.nanoTime();
        slow.beforeExecution();

        assertThat(System.nanoTime() - before).as("nanos taken").isGreaterThanOrEqualTo(5_000_000);
    }

    @Test
    void spoilsTheOutputsOfAFailedExecution() throws AccelException {
        GraphSketch sketch = new GraphSketch("relu");
        LayerGraph graph = sketch.outputs(sketch.relu(sketch.input(2)));
        try (Kernel kernel = new FaultyProcessingElement("faulty0", injector).prepare(graph);
                TensorBuffer input = new TensorBuffer(DType.FLOAT32, HostMemory.get());
                TensorBuffer output = new TensorBuffer(DType.FLOAT32, HostMemory.get())) {
            TensorBuffer[] inputs = {input};
            TensorBuffer[] outputs = {output};
            input.resize(2);
            input.host().bytes().putFloat(0, -1).putFloat(4, 2);

            injector.inject(Fault.TIMEOUT, 1);
            assertThatExceptionOfType(AccelException.class).isThrownBy(() -> kernel.execute(inputs, outputs));
            assertThat(output.host().bytes().getFloat(4))
                    .as("output after a failure")
                    .isNaN();

            injector.heal();
            kernel.execute(inputs, outputs);
            assertThat(output.host().bytes().getFloat(0)).isZero();
            assertThat(output.host().bytes().getFloat(4)).isEqualTo(2);
        }
    }

    @Test
    void refusesAPeriodBelowOne() {
        assertThatIllegalArgumentException().isThrownBy(() -> injector.inject(Fault.HANG, 0));
    }
}
