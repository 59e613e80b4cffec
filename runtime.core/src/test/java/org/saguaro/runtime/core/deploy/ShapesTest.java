// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.runtime.core.deploy.EngineTest.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.api.contract.ReferenceInterpreter;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.calls.LayerRuntime;
import org.saguaro.runtime.core.layers.LayerSession;

/** PEs that are parked, by shape and by hand, and kernels that are evicted, while requests go on. */
@Timeout(120)
class ShapesTest {

    private static final PeShape NARROW = new PeShape("cpu", "narrow");
    private static final PeShape WIDE = new PeShape("cpu", "wide");

    private final Engine engine =
            new Engine(new Settings(1 << 16, 256, Duration.ofSeconds(5), Duration.ofSeconds(1), 4, Optional.empty()));

    private final ShapedPe first = ShapedPe.narrow(0);
    private final ShapedPe second = ShapedPe.narrow(1);
    private final ShapedPe wide = ShapedPe.wide();

    @AfterEach
    void close() {
        engine.close();
    }

    private static LayerGraph net(String name) {
        GraphSketch net = new GraphSketch(name);
        int x = net.input(2, 6);
        int left = net.relu(net.mul(x, net.weight(2, 6)));
        int sum = net.add(left, net.relu(x), 1);
        return net.outputs(net.linear(sum, net.weight(4, 6), net.weight(4)));
    }

    private static List<Tensor> input(int seed) {
        Random random = new Random(seed);
        float[] values = new float[12];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return List.of(Tensor.of(values, 2, 6));
    }

    private static void assertRight(LayerGraph model, List<Tensor> inputs, InferenceResult result) {
        assertThat(result.outputs().get(0).toFloats())
                .isEqualTo(new ReferenceInterpreter().run(model, inputs).get(0).toFloats());
    }

    private void addAll() {
        engine.addPe(first);
        engine.addPe(wide);
        engine.addPe(second);
    }

    private PeStatus status(String id) {
        return engine.processingElements().stream()
                .filter(pe -> pe.descriptor().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private int narrowExecutions() {
        return first.fake().executions.get() + second.fake().executions.get();
    }

    @Test
    void putsTheShapeOfMostPesToWorkAndParksTheOther() throws Exception {
        addAll();
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, DeployOptions.named("m"));
        assertThat(wide.fake().openKernels)
                .as("kernels of the parked shape when the deployment is ready")
                .hasValue(0);
        for (int i = 0; i < 10; i++) {
            assertRight(model, input(i), deployment.infer(input(i)));
        }
        assertThat(narrowExecutions()).isEqualTo(10);
        assertThat(status("wide0").state()).isEqualTo(PeStatus.State.PARKED);
        assertThat(status("wide0").reason()).isEqualTo("the group cpu is narrow");
        await(() -> wide.fake().openKernels.get() == 1);
        assertThat(engine.isPreparedFor(WIDE)).isTrue();
        engine.dispatcher().reshape(WIDE);
        assertRight(model, input(11), deployment.infer(input(11)));
        assertThat(wide.fake().executions).hasValue(1);
        assertThat(status("cpu0").state()).isEqualTo(PeStatus.State.PARKED);
    }

    @Test
    void shapesOfOneGroupAreNoReasonForATaskBorder() throws Exception {
        addAll();
        Deployment deployment = engine.deploy(net("m"), DeployOptions.named("m"));
        assertThat(deployment.placement().tasks()).isEqualTo(1);
        assertThat(deployment.placement().summary())
                .isEqualTo("5 of 5 layers can run on CPU only: no accelerator present");
        deployment.infer(input(1));
        engine.prepareAllShapes();
        engine.dispatcher().reshape(WIDE);
        deployment.infer(input(1));
        assertThat(deployment.placement().summary()).isEqualTo("5 of 5 layers on CPU: no accelerator present");
    }

    @Test
    void refusesAShapeThatNobodyHas() {
        addAll();
        assertThatThrownBy(() -> engine.dispatcher().reshape(new PeShape("cpu", "tall")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no processing element has the shape cpu/tall; there are [cpu/narrow, cpu/wide]");
    }

    @Test
    void theNewShapeWaitsForTheKernelsOfTheOld() throws Exception {
        addAll();
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, DeployOptions.named("m"));
        engine.prepareAllShapes();
        FakePe.Hold hold = first.fake().hold();
        FakePe.Hold other = second.fake().hold();
        CompletableFuture<InferenceResult> running = deployment.submit(input(1), RequestOptions.DEFAULT);
        CompletableFuture<InferenceResult> beside = deployment.submit(input(3), RequestOptions.DEFAULT);
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(other.entered.await(10, TimeUnit.SECONDS)).isTrue();
        engine.dispatcher().reshape(WIDE);
        assertThat(engine.dispatcher().shapes().get(0).handingOver()).isTrue();
        second.fake().release(other);
        CompletableFuture<InferenceResult> waiting = deployment.submit(input(2), RequestOptions.DEFAULT);
        first.fake().release(hold);
        assertRight(model, input(1), running.get(20, TimeUnit.SECONDS));
        assertRight(model, input(2), waiting.get(20, TimeUnit.SECONDS));
        assertRight(model, input(3), beside.get(20, TimeUnit.SECONDS));
        assertThat(wide.fake().executions).as("what came after the change").hasValue(1);
        List<TaskRecord> trace = engine.trace();
        TaskRecord last = trace.get(trace.size() - 1);
        assertThat(last.peId()).isEqualTo("wide0");
        assertThat(trace.subList(0, 2))
                .as("kernels of the old shape")
                .allMatch(record -> record.finishedNanos() <= last.startedNanos());
    }

    @Test
    void aKernelThatTakesVeryLongHoldsNobodyUp() throws Exception {
        addAll();
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, DeployOptions.named("m"));
        engine.prepareAllShapes();
        FakePe.Hold hold = first.fake().hold();
        CompletableFuture<InferenceResult> slow = deployment.submit(input(1), RequestOptions.DEFAULT);
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        engine.dispatcher().reshape(WIDE);
        assertRight(model, input(2), deployment.infer(input(2)));
        assertThat(slow).isNotDone();
        first.fake().release(hold);
        assertRight(model, input(1), slow.get(20, TimeUnit.SECONDS));
    }

    /** Every request runs each of its tasks once, whatever happens around it. */
    @Test
    void losesAndDoublesNothingInHundredsOfChangesUnderLoad() throws Exception {
        addAll();
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, new DeployOptions("m", Granularity.LAYER));
        engine.prepareAllShapes();
        int tasks = deployment.placement().tasks();
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger sent = new AtomicInteger();
        List<Throwable> failures = new ArrayList<>();
        List<Thread> clients = new ArrayList<>();
        for (int client = 0; client < 3; client++) {
            int seed = client;
            Thread thread = new Thread(() -> {
                try {
                    while (!stop.get()) {
                        assertRight(model, input(seed), deployment.infer(input(seed)));
                        sent.incrementAndGet();
                    }
                } catch (Throwable e) {
                    synchronized (failures) {
                        failures.add(e);
                    }
                }
            });
            thread.start();
            clients.add(thread);
        }
        for (int change = 0; change < 400; change++) {
            int before = sent.get();
            engine.dispatcher().reshape(change % 2 == 0 ? WIDE : NARROW);
            if (change % 7 == 0) {
                engine.dispatcher().park("cpu0", "for a test");
            } else if (change % 7 == 3) {
                engine.dispatcher().unpark("cpu0");
            }
            await(() -> sent.get() > before || !failures.isEmpty());
        }
        stop.set(true);
        for (Thread client : clients) {
            client.join();
        }
        assertThat(failures).isEmpty();
        assertThat(narrowExecutions() + wide.fake().executions.get())
                .as("executions for %d requests of %d tasks", sent.get(), tasks)
                .isEqualTo(sent.get() * tasks);
        assertThat(wide.fake().executions.get()).as("by the wide shape").isPositive();
        assertThat(narrowExecutions()).as("by the narrow shape").isPositive();
    }

    @Test
    void whatIsParkedByHandStaysOutWhateverTheShape() throws Exception {
        addAll();
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, DeployOptions.named("m"));
        engine.prepareAllShapes();
        engine.dispatcher().park("cpu0", "rattles");
        engine.dispatcher().reshape(WIDE);
        engine.dispatcher().reshape(NARROW);
        for (int i = 0; i < 8; i++) {
            assertRight(model, input(i), deployment.infer(input(i)));
        }
        assertThat(first.fake().executions).hasValue(0);
        assertThat(second.fake().executions).hasValue(8);
        assertThat(status("cpu0").state()).isEqualTo(PeStatus.State.PARKED);
        assertThat(status("cpu0").reason()).isEqualTo("rattles");
        engine.dispatcher().park("cpu1", "too");
        assertRight(model, input(9), deployment.infer(input(9)));
        assertThat(wide.fake().executions)
                .as("the wide shape takes over when no narrow PE is left")
                .hasValue(1);
        assertThat(engine.dispatcher().unpark("cpu0")).isTrue();
        assertThat(engine.dispatcher().unpark("cpu0")).as("a second time").isFalse();
        assertRight(model, input(10), deployment.infer(input(10)));
        assertThat(first.fake().executions).hasValue(1);
        assertThatThrownBy(() -> engine.dispatcher().park("cpu9", ""))
                .hasMessage("no processing element cpu9; present: [cpu0, cpu1, wide0]");
    }

    @Test
    void tasksThatWaitOnAParkedPeGoElsewhere() throws Exception {
        FakePe cpu = FakePe.cpu("cpu0");
        FakePe accelerator = FakePe.accelerator("accel0", "relu", "mul", "add", "linear");
        engine.addPe(cpu);
        engine.addPe(accelerator);
        engine.addPolicy("accel-first", "test", (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                // Sorted by id: the accelerator is the first.
                assignment.assign(task, costs.supports(task, 0) ? 0 : 1);
            }
        });
        engine.configurePolicies(List.of("accel-first"));
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, DeployOptions.named("m"));
        FakePe.Hold hold = accelerator.hold();
        List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            requests.add(deployment.submit(input(i), RequestOptions.DEFAULT));
        }
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        engine.dispatcher().park("accel0", "misbehaves");
        for (int i = 1; i < 6; i++) {
            assertRight(model, input(i), requests.get(i).get(20, TimeUnit.SECONDS));
        }
        assertThat(requests.get(0)).as("the kernel that runs goes on").isNotDone();
        accelerator.release(hold);
        assertRight(model, input(0), requests.get(0).get(20, TimeUnit.SECONDS));
        assertThat(deployment.placement().layers())
                .allSatisfy(layer -> assertThat(layer.causes())
                        .hasEntrySatisfying(
                                "accel", reason -> assertThat(reason.cause()).isEqualTo(Cause.PARKED)));
        engine.dispatcher().unpark("accel0");
        assertThat(status("accel0").state()).isEqualTo(PeStatus.State.ACTIVE);
    }

    @Test
    void anotherShapeServesWhileTheWantedOneIsQuarantined() throws Exception {
        addAll();
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, DeployOptions.named("m"));
        engine.prepareAllShapes();
        engine.dispatcher().reshape(WIDE);
        wide.fake().failNext(1, Category.DEVICE_LOST);
        assertRight(model, input(1), deployment.infer(input(1)));
        assertThat(narrowExecutions()).isEqualTo(1);
        // The probe runs although nobody waits for it, and the wanted shape takes over again.
        await(() -> engine.dispatcher().shapes().get(0).active().equals("wide")
                && status("wide0").state() == PeStatus.State.ACTIVE);
        int before = wide.fake().executions.get();
        assertRight(model, input(2), deployment.infer(input(2)));
        assertThat(wide.fake().executions.get()).isEqualTo(before + 1);
    }

    @Test
    void aParkedPeIsProbedAndStaysParked() throws Exception {
        addAll();
        Deployment deployment = engine.deploy(net("m"), DeployOptions.named("m"));
        first.fake().failNext(1, Category.DEVICE_LOST);
        second.fake().failNext(1, Category.DEVICE_LOST);
        engine.prepareAllShapes();
        deployment.infer(input(1));
        engine.dispatcher().park("cpu0", "by hand");
        engine.dispatcher().park("cpu1", "by hand");
        await(() -> status("cpu0").state() == PeStatus.State.PARKED
                && status("cpu1").state() == PeStatus.State.PARKED);
        assertThat(status("cpu0").reason()).isEqualTo("by hand");
    }

    /** Nobody prepares them later: a shape that begins to work must find them ready. */
    @Test
    void callsOfTheLayerApiRunOnWhicheverShapeIsAtWork() throws Exception {
        addAll();
        try (LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT);
                LayerSession session = layers.open("app")) {
            for (PeShape shape : List.of(WIDE, NARROW, WIDE)) {
                session.relu(session.tensor(Tensor.of(new float[] {-1, 2}, 2))).await();
                engine.dispatcher().reshape(shape);
                assertThat(session.relu(session.tensor(Tensor.of(new float[] {-3, 4}, 2)))
                                .read()
                                .toFloats())
                        .as("a call while %s is at work", shape)
                        .containsExactly(0, 4);
            }
        }
    }

    /** A request's buffers go back a moment after its answer: until then its kernels are in use. */
    private static long evictWhenIdle(ManagedDeployment managed) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        long bytes = managed.evict();
        while (bytes == 0 && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
            bytes = managed.evict();
        }
        return bytes;
    }

    /** The first request goes on when its own kernels are there: the rest, and the account of it, may come after its answer. */
    private static void awaitRestored(ManagedDeployment managed) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (managed.evictedBytes() != 0 && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
        assertThat(managed.evictedBytes())
                .as("bytes still evicted after the answer")
                .isZero();
    }

    @Test
    void aRequestToAnEvictedDeploymentWaitsForItsKernels() throws Exception {
        addAll();
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, DeployOptions.named("m"));
        Deployment other = engine.deploy(net("other"), DeployOptions.named("other"));
        engine.prepareAllShapes();
        assertRight(model, input(1), deployment.infer(input(1)));
        int all = first.fake().openKernels.get();
        ManagedDeployment managed = managed("m");
        long bytes = managed.residentBytes();
        assertThat(bytes).as("three PEs with the raw weights each").isEqualTo(3 * 4 * (12 + 24 + 4));

        assertThat(evictWhenIdle(managed)).isEqualTo(bytes);
        assertThat(managed.residentBytes()).isZero();
        assertThat(managed.evictedBytes()).isEqualTo(bytes);
        assertThat(managed.evict()).as("evicted twice").isZero();
        assertThat(first.fake().openKernels.get()).isEqualTo(all - 1);
        other.infer(input(2));
        assertThat(engine.isPreparedFor(WIDE))
                .as("evicted deployments do not count")
                .isTrue();

        assertRight(model, input(3), deployment.infer(input(3)));
        awaitRestored(managed);
        assertThat(first.fake().openKernels.get()).isEqualTo(all);
    }

    @Test
    void whatARequestUsesIsNotEvicted() throws Exception {
        engine.addPe(first);
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, DeployOptions.named("m"));
        FakePe.Hold hold = first.fake().hold();
        CompletableFuture<InferenceResult> request = deployment.submit(input(1), RequestOptions.DEFAULT);
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(managed("m").evict()).isZero();
        first.fake().release(hold);
        assertRight(model, input(1), request.get(20, TimeUnit.SECONDS));
    }

    @Test
    void losesNothingWhileKernelsAreEvictedAgainAndAgain() throws Exception {
        addAll();
        LayerGraph model = net("m");
        Deployment deployment = engine.deploy(model, new DeployOptions("m", Granularity.LAYER));
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger evictions = new AtomicInteger();
        Thread evicting = new Thread(() -> {
            while (!stop.get()) {
                if (managed("m").evict() > 0) {
                    evictions.incrementAndGet();
                }
            }
        });
        evicting.start();
        try {
            for (int i = 0; i < 300 || evictions.get() <= 10; i++) {
                assertRight(model, input(i), deployment.infer(input(i)));
            }
        } catch (RequestException e) {
            throw new AssertionError("a request failed because its kernels were evicted", e);
        } finally {
            stop.set(true);
            evicting.join();
        }
        assertRight(model, input(1), deployment.infer(input(1)));
    }

    private ManagedDeployment managed(String name) {
        return engine.managedDeployments().stream()
                .filter(deployment -> deployment.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
