// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ModelledTime;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.CostStatus;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;

/** Kernels of simulated devices: what they cost, and when their PEs count as free. */
@Timeout(60)
class ModelledTimeTest {

    private static final long MODELLED_NANOS = 7_000_000_000L;

    private final Engine engine =
            new Engine(new Settings(1 << 12, 64, Duration.ofSeconds(30), Duration.ofSeconds(1), 4, Optional.empty()));

    @AfterEach
    void close() {
        engine.close();
    }

    /** Whatever it takes here, it would take {@code nanos} on the device. */
    private record Simulated(Kernel kernel, long nanos) implements ModelledTime {
        @Override
        public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            kernel.execute(inputs, outputs);
        }

        @Override
        public long modelledNanos() {
            return nanos;
        }

        @Override
        public void close() {
            kernel.close();
        }
    }

    private static LayerGraph relu() {
        GraphSketch net = new GraphSketch("relu");
        return net.outputs(net.relu(net.input(1, 4)));
    }

    private static List<Tensor> input() {
        return List.of(Tensor.of(new float[] {-1, 2, -3, 4}, 1, 4));
    }

    @Test
    void costsGoByTheDevicesTimeAndTracesByTheClock() throws Exception {
        FakePe simulated = FakePe.accelerator("sim0", "relu");
        simulated.kernels(kernel -> new Simulated(kernel, MODELLED_NANOS));
        engine.addPe(simulated);
        Deployment deployment = engine.deploy(relu(), DeployOptions.named("m"));
        for (int i = 0; i < 6; i++) {
            assertThat(deployment.infer(input()).latency()).isLessThan(Duration.ofSeconds(7));
        }
        assertThat(engine.costs()).singleElement().satisfies(cost -> {
            assertThat(cost.meanNanos()).isEqualTo(MODELLED_NANOS);
            assertThat(cost.count()).isEqualTo(6);
        });
        assertThat(engine.costs()).extracting(CostStatus::peType).containsExactly("accel");
        assertThat(engine.trace())
                .hasSize(6)
                .allSatisfy(record -> assertThat(duration(record)).isLessThan(MODELLED_NANOS));
        assertThat(engine.processingElements().get(0).busyNanos()).isLessThan(MODELLED_NANOS);
        assertThat(deployment.placement().layers().get(0).candidates().get(0).estimateNanos())
                .isEqualTo(MODELLED_NANOS);
        assertThat(deployment.profile().kernels().get(0).measured().get(0).meanNanos())
                .isEqualTo(MODELLED_NANOS);
    }

    private static long duration(TaskRecord record) {
        return record.finishedNanos() - record.startedNanos();
    }

    /** Nanoseconds until a PE that is held inside a kernel counts as free, as a policy sees it {@code elapsed} ns after the kernel began. */
    private record Seen(long untilFree, long elapsed) {}

    private Seen seenWhileHeld(FakePe pe) throws Exception {
        AtomicLong enteredNanos = new AtomicLong();
        AtomicLong untilFree = new AtomicLong(-1);
        AtomicLong elapsed = new AtomicLong();
        engine.addPolicy("looking", "test", (ready, pool, costs, assignment) -> {
            if (enteredNanos.get() != 0) {
                untilFree.set(pool.get(0).availableAtNanos() - pool.nowNanos());
                elapsed.set(pool.nowNanos() - enteredNanos.get());
            }
            for (int task = 0; task < ready.size(); task++) {
                assignment.assign(task, 0);
            }
        });
        engine.configurePolicies(List.of("looking"));
        engine.addPe(pe);
        Deployment deployment = engine.deploy(relu(), DeployOptions.named("m"));
        for (int i = 0; i < 6; i++) {
            deployment.infer(input());
        }
        long expected = engine.costs().get(0).meanNanos();
        FakePe.Hold hold = pe.hold();
        CompletableFuture<InferenceResult> first = deployment.submit(input(), RequestOptions.DEFAULT);
        hold.entered.await();
        enteredNanos.set(System.nanoTime());
        // Until it has taken longer than expected: if it is the clock's time that counts, nothing is left of it.
        while (System.nanoTime() - enteredNanos.get() < 2 * expected) {
            Thread.onSpinWait();
        }
        CompletableFuture<InferenceResult> second = deployment.submit(input(), RequestOptions.DEFAULT);
        pe.release(hold);
        first.get();
        second.get();
        return new Seen(untilFree.get(), elapsed.get());
    }

    @Test
    void aSimulatedDeviceThatIsBusyForLongDoesNotCountAsFree() throws Exception {
        FakePe simulated = FakePe.accelerator("sim0", "relu");
        simulated.kernels(kernel -> new Simulated(kernel, 50_000));
        Seen seen = seenWhileHeld(simulated);
        assertThat(seen.untilFree()).isGreaterThanOrEqualTo(seen.elapsed()).isGreaterThan(100_000);
    }

    @Test
    void aRealDeviceThatIsLateIsExpectedToBeFreeAtOnce() throws Exception {
        assertThat(seenWhileHeld(FakePe.accelerator("real0", "relu")).untilFree())
                .isZero();
    }
}
