// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.contract.ReferenceProcessingElement;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.FakePe;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.layers.Convolution;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerOptions;
import org.saguaro.runtime.core.layers.LayerOptions.Overload;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.tenant.TenantRule;

/** The Layer API from the outside, while PEs come, go and fail. */
@Timeout(60)
class LayerCallsTest {

    private final Engine engine =
            new Engine(new Settings(1 << 12, 64, Duration.ofMillis(400), Duration.ofMillis(400), 4, Optional.empty()));
    private final LayerRuntime layers = new LayerRuntime(engine, new LayerRuntime.Settings(4, 1 << 20));

    @AfterEach
    void close() {
        layers.close();
        engine.close();
    }

    private static Tensor floats(float... values) {
        return Tensor.of(values, values.length);
    }

    private static float[] read(DeviceTensor tensor) throws Exception {
        return tensor.read().toFloats();
    }

    @Test
    void computesAChainIssuedAhead() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession session = layers.open("app")) {
            DeviceTensor x = session.tensor(floats(-1, 2, -3));
            DeviceTensor sum = session.add(session.relu(x), session.multiply(x, x));
            assertThat(read(sum)).containsExactly(1, 6, 9);
            assertThat(sum.dtype()).isEqualTo(DType.FLOAT32);
            assertThat(sum.sizes()).containsExactly(3);
            session.awaitCalls();
            assertThat(session.statistics().completed()).isEqualTo(3);
        }
    }

    @Test
    void tracesCallsUnderTheApplicationsName() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        for (String name : List.of("radar", "radio")) {
            try (LayerSession session = layers.open(name)) {
                session.relu(session.tensor(floats(1))).await();
            }
        }
        assertThat(engine.trace()).extracting(TaskRecord::application).containsExactly("radar", "radio");
        assertThat(engine.trace()).extracting(TaskRecord::layers).containsOnly("relu");
    }

    @Test
    void tracesCallsAsTasksOfTheirSession() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        List<Long> numbers = new ArrayList<>();
        try (LayerSession radar = layers.open("radar");
                LayerSession other = layers.open("radar")) {
            for (int i = 0; i < 2; i++) {
                radar.relu(radar.tensor(floats(1))).await();
                other.relu(other.tensor(floats(1))).await();
            }
            numbers.add(radar.number());
            numbers.add(other.number());
        }
        assertThat(numbers).doesNotHaveDuplicates();
        assertThat(engine.trace())
                .extracting(TaskRecord::requestId)
                .containsExactly(numbers.get(0), numbers.get(1), numbers.get(0), numbers.get(1));
        assertThat(engine.trace()).extracting(TaskRecord::task).containsExactly(0, 0, 1, 1);
    }

    @Test
    void leavesIntermediateTensorsWhereTheyWereMade() throws Exception {
        FakePe device = FakePe.device("npu", "relu");
        engine.addPe(device);
        try (LayerSession session = layers.open("app")) {
            DeviceTensor last = session.tensor(floats(-1, 1));
            for (int i = 0; i < 10; i++) {
                last = session.relu(last);
            }
            assertThat(read(last)).containsExactly(0, 1);
        }
        assertThat(device.executions.get()).isEqualTo(10);
        assertThat(device.copies()).as("copies from and to the device: in, out").isEqualTo(2);
    }

    @Test
    void preparesOnceWhatIsCalledAgain() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        try (LayerSession session = layers.open("app")) {
            for (int i = 0; i < 20; i++) {
                session.relu(session.tensor(floats(1, 2))).await();
            }
        }
        assertThat(pe.openKernels.get()).isEqualTo(1);
    }

    @Test
    void keepsABoundedNumberOfPlans() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        try (LayerSession session = layers.open("app")) {
            for (int size = 1; size <= 20; size++) {
                session.relu(session.tensor(Tensor.of(new float[size], size))).await();
                session.awaitCalls();
            }
        }
        assertThat(pe.openKernels.get()).isBetween(1, 6);
    }

    @Test
    void preparesKernelsWithConstants() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        try (LayerSession session = layers.open("app")) {
            DeviceTensor weight = session.constant(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
            DeviceTensor x = session.tensor(Tensor.of(new float[] {1, 10}, 1, 2));
            assertThat(read(session.linear(x, weight, null))).containsExactly(21, 43);
            assertThat(read(session.linear(session.linear(x, weight, null), weight, null)))
                    .containsExactly(107, 235);
            session.awaitCalls();
            assertThat(pe.openKernels.get()).isEqualTo(1);
            weight.close();
            // The worker gives the last run back after it has handed over its result.
            while (pe.openKernels.get() != 0) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void saysAtOnceWhatDoesNotFit() {
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession session = layers.open("app")) {
            DeviceTensor a = session.tensor(floats(1, 2));
            DeviceTensor b = session.tensor(floats(1, 2, 3));
            assertThatThrownBy(() -> session.add(a, b))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("float32[2]")
                    .hasMessageContaining("float32[3]");
            assertThatThrownBy(() -> session.conv2d(a, b, null, Convolution.DEFAULT))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("conv2d");
            assertThat(session.statistics().inFlight()).isZero();
        }
    }

    @Test
    void failsWhatNobodySupportsAndAllThatFollows() {
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession session = layers.open("app")) {
            DeviceTensor unknown = session.sigmoid(session.tensor(floats(1)));
            DeviceTensor last = session.relu(unknown);
            for (int i = 0; i < 20_000; i++) {
                last = session.relu(last);
            }
            DeviceTensor end = last;
            assertThatThrownBy(end::await)
                    .asInstanceOf(type(RequestException.class))
                    .satisfies(e -> assertThat(e.category()).isEqualTo(Category.FAILED))
                    .satisfies(e -> assertThat(e)
                            .hasMessageContaining("not computed")
                            .hasMessageContaining("aten.sigmoid")
                            .hasMessageContaining("float32[1]")
                            .hasMessageContaining("Install an accelerator bundle"));
            assertThat(end.state()).isEqualTo(DeviceTensor.State.FAILED);
        }
    }

    @Test
    void goesElsewhereWhenAKernelFails() throws Exception {
        FakePe bad = FakePe.accelerator("bad", "relu");
        bad.failNext(1000, AccelException.Category.KERNEL_FAILED);
        engine.addPe(bad);
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession session = layers.open("app")) {
            for (int i = 0; i < 20; i++) {
                assertThat(read(session.relu(session.tensor(floats(-i, i))))).containsExactly(0, i);
            }
        }
    }

    @Test
    void waitsForAPeThatComesBack() throws Exception {
        FakePe first = FakePe.cpu("cpu0");
        engine.addPe(first);
        try (LayerSession session = layers.open("app")) {
            DeviceTensor x = session.tensor(floats(-1, 1));
            session.relu(x).await();
            engine.removePe(first);
            DeviceTensor known = session.relu(x);
            DeviceTensor neverCalled = session.multiply(known, x);
            assertThat(neverCalled.state()).isEqualTo(DeviceTensor.State.PENDING);
            engine.addPe(FakePe.cpu("cpu0"));
            assertThat(read(neverCalled)).containsExactly(-0f, 1);
        }
    }

    @Test
    void givesUpAfterTheTimeout() {
        LayerOptions options =
                LayerOptions.DEFAULT.withCall(RequestOptions.DEFAULT.withTimeout(Duration.ofMillis(100)));
        try (LayerSession session = layers.open("app", options)) {
            DeviceTensor result = session.relu(session.relu(session.tensor(floats(1))));
            assertThatThrownBy(result::await)
                    .asInstanceOf(type(RequestException.class))
                    .satisfies(e -> assertThat(e.category()).isEqualTo(Category.TIMEOUT))
                    .satisfies(e -> assertThat(e).hasMessageContaining("100 ms").hasMessageContaining("waiting for"));
        }
    }

    @Test
    void failsAtTheHardDeadline() {
        LayerOptions options =
                LayerOptions.DEFAULT.withCall(RequestOptions.DEFAULT.withHardDeadline(Duration.ofMillis(100)));
        try (LayerSession session = layers.open("app", options)) {
            DeviceTensor result = session.relu(session.relu(session.tensor(floats(1))));
            assertThatThrownBy(result::await)
                    .asInstanceOf(type(RequestException.class))
                    .satisfies(e -> assertThat(e.category()).isEqualTo(Category.DEADLINE))
                    .satisfies(e -> assertThat(e).hasMessageContaining("100 ms, its hard deadline"));
        }
    }

    @Test
    void showsPoliciesTheTermsOfItsSessionAndChargesItsTenant() throws Exception {
        List<Integer> priorities = new CopyOnWriteArrayList<>();
        engine.addPolicy("listening", "test", (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                priorities.add(ready.get(task).priority());
                assignment.assign(task, 0);
            }
        });
        engine.configurePolicies(List.of("listening"));
        engine.addPe(FakePe.cpu("cpu0"));
        LayerOptions options = LayerOptions.DEFAULT.withCall(
                RequestOptions.DEFAULT.withTenant("radio").withPriority(7));
        try (LayerSession session = layers.open("app", options)) {
            session.relu(session.tensor(floats(1))).await();
            assertThat(engine.tenants())
                    .filteredOn(tenant -> tenant.name().equals("radio"))
                    .singleElement()
                    .satisfies(tenant -> assertThat(tenant.inFlight())
                            .as("places: the session's")
                            .isEqualTo(1))
                    .satisfies(tenant -> assertThat(tenant.peNanos()).isPositive());
        }
        assertThat(priorities).containsExactly(7);
        assertThat(engine.tenants())
                .filteredOn(tenant -> tenant.name().equals("radio"))
                .singleElement()
                .satisfies(tenant -> assertThat(tenant.inFlight())
                        .as("places after the session")
                        .isZero());
    }

    @Test
    void opensNoSessionBeyondTheTenantsBound() {
        engine.configureTenants(TenantRule.parse(List.of("radio:1:1")), 16);
        LayerOptions options = LayerOptions.DEFAULT.withCall(RequestOptions.DEFAULT.withTenant("radio"));
        try (LayerSession first = layers.open("first", options)) {
            assertThat(first.application()).isEqualTo("first");
            assertThatThrownBy(() -> layers.open("second", options))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("second")
                    .hasMessageContaining("radio");
        }
        layers.open("third", options).close();
    }

    @Test
    void timesOutWhatRunsTooLong() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        FakePe.Hold hold = pe.hold();
        LayerOptions options =
                LayerOptions.DEFAULT.withCall(RequestOptions.DEFAULT.withTimeout(Duration.ofMillis(100)));
        try (LayerSession session = layers.open("app", options)) {
            DeviceTensor result = session.relu(session.tensor(floats(1)));
            assertThatThrownBy(result::await).hasMessageContaining("task relu was running");
        } finally {
            pe.release(hold);
        }
        try (LayerSession session = layers.open("app")) {
            assertThat(read(session.relu(session.tensor(floats(-3, 3))))).containsExactly(0, 3);
        }
    }

    @Test
    void refusesOneCallTooMany() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        FakePe.Hold hold = pe.hold();
        try (LayerSession session = layers.open("app", LayerOptions.DEFAULT.withCallsInFlight(2, Overload.REFUSE))) {
            DeviceTensor x = session.tensor(floats(1));
            DeviceTensor first = session.relu(x);
            DeviceTensor second = session.relu(first);
            assertThatThrownBy(() -> session.relu(second))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("2 calls are in flight");
            assertThat(session.statistics().rejected()).isEqualTo(1);
            pe.release(hold);
            second.await();
            session.awaitCalls();
            assertThat(read(session.relu(second))).containsExactly(1);
        }
    }

    @Test
    void waitsForRoom() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession session = layers.open("app", LayerOptions.DEFAULT.withCallsInFlight(3, Overload.WAIT))) {
            try (LayerScope batch = session.batch()) {
                DeviceTensor x = batch.tensor(floats(5));
                List<DeviceTensor> results = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    results.add(batch.relu(x));
                }
                for (DeviceTensor result : results) {
                    assertThat(read(result)).containsExactly(5);
                }
            }
        }
    }

    @Test
    void showsABatchToThePolicyAsOneQueue() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        AtomicInteger largest = new AtomicInteger();
        engine.addPolicy("look", "test", (ready, pool, costs, assignment) -> {
            largest.accumulateAndGet(ready.size(), Math::max);
            for (int task = 0; task < ready.size(); task++) {
                assignment.assign(task, 0);
            }
        });
        engine.configurePolicies(List.of("look"));
        try (LayerSession session = layers.open("app");
                LayerScope batch = session.batch()) {
            DeviceTensor x = batch.tensor(floats(1));
            List<DeviceTensor> results = new ArrayList<>();
            for (int i = 0; i < 128; i++) {
                results.add(batch.relu(x));
            }
            assertThat(results).allMatch(result -> result.state() == DeviceTensor.State.PENDING);
            assertThat(largest.get()).as("tasks seen before the flush").isZero();
            batch.flush();
            for (DeviceTensor result : results) {
                result.await();
            }
        }
        assertThat(largest.get()).isEqualTo(128);
    }

    @Test
    void keepsOperandsOfCallsIssuedBeforeTheyWereClosed() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        FakePe.Hold hold = pe.hold();
        try (LayerSession session = layers.open("app")) {
            DeviceTensor result;
            try (LayerScope scope = session.scope()) {
                DeviceTensor x = scope.tensor(floats(-2, 2));
                DeviceTensor middle = scope.relu(x);
                result = session.add(middle, x);
                assertThatThrownBy(() -> {
                            x.close();
                            scope.relu(x);
                        })
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("closed");
            }
            pe.release(hold);
            assertThat(read(result)).containsExactly(-2, 4);
        }
    }

    @Test
    void usesMemoryAgain() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession session = layers.open("app")) {
            for (int i = 0; i < 100; i++) {
                try (LayerScope scope = session.scope()) {
                    DeviceTensor x = scope.tensor(floats(i, -i));
                    assertThat(read(scope.relu(scope.relu(x)))).containsExactly(i, 0);
                }
                session.awaitCalls();
            }
        }
        assertThat(layers.pool().spareBytes())
                .as("spare bytes of 300 tensors of 8")
                .isBetween(8L, 10 * 8L);
    }

    @Test
    void reshapesWithoutACall() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        try (LayerSession session = layers.open("app")) {
            DeviceTensor x = session.relu(session.tensor(floats(1, -2, 3, -4)));
            DeviceTensor square = session.reshape(x, -1, 2);
            x.close();
            assertThat(square.sizes()).containsExactly(2, 2);
            Tensor result = session.add(square, square).read();
            assertThat(result.sizes()).containsExactly(2, 2);
            assertThat(result.toFloats()).containsExactly(2, 0, 6, 0);
            assertThat(pe.executions.get()).isEqualTo(2);
            assertThatThrownBy(() -> session.reshape(square, 3))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("float32[2, 2] has 4 elements");
        }
    }

    @Test
    void callsOperatorsOfWhichNothingIsKnown() throws Exception {
        engine.addPe(new ReferenceProcessingElement("cpu0"));
        try (LayerSession session = layers.open("app")) {
            DeviceTensor x = session.tensor(floats(-1, 1));
            DeviceTensor unknown =
                    session.operator("aten.relu").tensor("self", x).call();
            DeviceTensor next = session.multiply(unknown, x);
            DeviceTensor shape = session.reshape(next, 2, 1);
            assertThat(shape.read().sizes()).containsExactly(2, 1);
            assertThat(next.sizes()).containsExactly(2);
            assertThat(read(next)).containsExactly(-0f, 1);
        }
    }

    @Test
    void checksWhatACallWasSaidToMake() {
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession session = layers.open("app")) {
            DeviceTensor wrong = session.operator("aten.relu")
                    .tensor("self", session.tensor(floats(-1, 1)))
                    .makes(TensorSpec.of(DType.FLOAT32, 3))
                    .call();
            assertThat(wrong.sizes()).containsExactly(3);
            assertThatThrownBy(wrong::await)
                    .hasMessageContaining("made float32[2]")
                    .hasMessageContaining("said to make float32[3]");
        }
    }

    @Test
    void tellsOthersWhenATensorIsThere() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession session = layers.open("app")) {
            DeviceTensor x = session.tensor(floats(-1, 1));
            CompletableFuture<String> thread = session.relu(x)
                    .ready()
                    .thenApply(tensor -> {
                        assertThat(tensor.state()).isEqualTo(DeviceTensor.State.READY);
                        return Thread.currentThread().getName();
                    })
                    .toCompletableFuture();
            assertThat(thread.get(20, TimeUnit.SECONDS)).doesNotStartWith("saguaro-pe");
            DeviceTensor closed = session.relu(x);
            CompletableFuture<Tensor> host = closed.host().toCompletableFuture();
            closed.close();
            assertThat(host.get(20, TimeUnit.SECONDS).toFloats()).containsExactly(0, 1);
            assertThat(session.sigmoid(x).ready().toCompletableFuture())
                    .failsWithin(20, TimeUnit.SECONDS)
                    .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                    .withMessageContaining("aten.sigmoid");
        }
    }

    @Test
    void cancelsWhatIsInFlightWhenASessionCloses() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        FakePe.Hold hold = pe.hold();
        LayersOfBundle ours = new LayersOfBundle(layers);
        LayerSession session = ours.open("app");
        DeviceTensor first = session.relu(session.tensor(floats(1)));
        CompletableFuture<DeviceTensor> second = session.relu(first).ready().toCompletableFuture();
        hold.entered.await();
        ours.close();
        assertThat(second)
                .failsWithin(20, TimeUnit.SECONDS)
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withMessageContaining("session was closed");
        pe.release(hold);
        assertThatThrownBy(() -> ours.open("again")).isInstanceOf(IllegalStateException.class);
        assertThat(layers.statistics()).as("sessions left").isEmpty();
    }

    @Test
    void keepsSessionsApart() {
        engine.addPe(FakePe.cpu("cpu0"));
        try (LayerSession mine = layers.open("mine");
                LayerSession yours = layers.open("yours")) {
            DeviceTensor foreign = yours.tensor(floats(1));
            assertThatThrownBy(() -> mine.relu(foreign))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("another session (yours)");
        }
    }

    @Test
    void saysThatATensorWasLostWithItsDevice() throws Exception {
        FakePe device = FakePe.device("npu", "relu");
        engine.addPe(device);
        engine.addPe(FakePe.accelerator("host", "mul"));
        try (LayerSession session = layers.open("app")) {
            DeviceTensor there = session.relu(session.tensor(floats(-1, 1))).await();
            engine.removePe(device);
            assertThatThrownBy(there::read)
                    .isInstanceOf(RequestException.class)
                    .hasMessageContaining("compute it again");
            assertThatThrownBy(session.multiply(there, there)::await)
                    .isInstanceOf(RequestException.class)
                    .hasMessageContaining("lost");
        }
    }
}
