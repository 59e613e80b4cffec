// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.api.contract.ReferenceInterpreter;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** The runtime from the outside: deployments and requests, while PEs and policies come, go and fail. */
@Timeout(60)
class EngineTest {

    private static final Settings SETTINGS =
            new Settings(1 << 12, 64, Duration.ofMillis(400), Duration.ofMillis(400), 4, Optional.empty());

    private final Engine engine = new Engine(SETTINGS);

    @AfterEach
    void close() {
        engine.close();
    }

    /** A small net with a branch: relu(x*w) + relu(x) -> linear. */
    private static LayerGraph branchingNet() {
        GraphSketch net = new GraphSketch("branching");
        int x = net.input(2, 6);
        int left = net.relu(net.mul(x, net.weight(2, 6)));
        int right = net.relu(x);
        int sum = net.add(left, right, 1);
        return net.outputs(net.linear(sum, net.weight(4, 6), net.weight(4)), right);
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
        List<Tensor> expected = new ReferenceInterpreter().run(model, inputs);
        assertThat(result.outputs()).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            assertThat(result.outputs().get(i).sizes())
                    .isEqualTo(expected.get(i).sizes());
            assertThat(result.outputs().get(i).toFloats())
                    .as("output %d", i)
                    .isEqualTo(expected.get(i).toFloats());
        }
    }

    private Deployment deploy(LayerGraph model, Granularity granularity) throws DeploymentException {
        return engine.deploy(model, new DeployOptions(model.name(), granularity));
    }

    @ParameterizedTest
    @EnumSource(Granularity.class)
    void givesTheModelsOwnNumbers(Granularity granularity) throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(FakePe.cpu("cpu1"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, granularity);
        for (int i = 0; i < 20; i++) {
            assertRight(model, input(i), deployment.infer(input(i)));
        }
        int tasks = granularity == Granularity.SEGMENT ? 1 : 5;
        assertThat(engine.trace()).hasSize(20 * tasks).allMatch(r -> r.outcome() == TaskRecord.Outcome.COMPLETED);
        assertThat(engine.statistics().get(0).completed()).isEqualTo(20);
    }

    @Test
    void tellsItsProfile() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment deployment = deploy(branchingNet(), Granularity.LAYER);
        for (int i = 0; i < 3; i++) {
            deployment.infer(input(i));
        }
        ApplicationProfile profile = deployment.profile();
        assertThat(profile.name()).isEqualTo("branching");
        assertThat(profile.inputBits()).isEqualTo(2 * 6 * 4 * 8);
        assertThat(profile.tasks())
                .extracting(task -> profile.kernels().get(task.kernel()).name().replaceAll(":.*", ""))
                .containsExactly("mul", "relu", "relu", "add", "linear");
        assertThat(profile.kernels()).as("both relus are one").hasSize(4);
        assertThat(profile.tasks())
                .extracting(TaskProfile::inputs)
                .containsExactly(
                        List.of(),
                        List.of(new TaskProfile.Input(0, 48)),
                        List.of(),
                        List.of(new TaskProfile.Input(1, 48), new TaskProfile.Input(2, 48)),
                        List.of(new TaskProfile.Input(3, 48)));
        assertThat(profile.tasks()).extracting(TaskProfile::requestBytes).containsExactly(48L, 0L, 48L, 0L, 0L);
        assertThat(profile.tasks()).extracting(TaskProfile::resultBytes).containsExactly(0L, 0L, 48L, 0L, 32L);
        KernelProfile linear = profile.kernels().get(profile.tasks().get(4).kernel());
        assertThat(linear.operations()).isEqualTo(2 * 2 * 4 * 6);
        assertThat(linear.measured()).singleElement().satisfies(cost -> {
            assertThat(cost.peType()).isEqualTo("cpu");
            assertThat(cost.meanNanos()).isPositive();
        });
    }

    @Test
    void movesTensorsBetweenMemories() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        FakePe first = FakePe.device("dev0", "relu", "mul");
        FakePe second = FakePe.device("dev1", "add");
        engine.addPe(first);
        engine.addPe(second);
        LayerGraph model = branchingNet();
        engine.addPolicy("device", "test", (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                for (int pe = pool.size() - 1; pe >= 0; pe--) {
                    if (costs.supports(task, pe)) {
                        assignment.assign(task, pe);
                        break;
                    }
                }
            }
        });
        engine.configurePolicies(List.of("device"));
        Deployment deployment = deploy(model, Granularity.SEGMENT);
        for (int i = 0; i < 10; i++) {
            assertRight(model, input(i), deployment.infer(input(i)));
        }
        assertThat(first.executions).hasValue(30);
        assertThat(second.executions).hasValue(10);
        assertThat(deployment.placement().layers())
                .extracting(layer -> layer.op() + layer.runsByPe().keySet())
                .containsExactly(
                        "aten.mul.Tensor[dev0]",
                        "aten.relu.default[dev0]",
                        "aten.relu.default[dev0]",
                        "aten.add.Tensor[dev1]",
                        "aten.linear.default[cpu0]");
    }

    @Test
    void refusesAModelThatNobodySupports() {
        engine.addPe(FakePe.accelerator("accel0", "relu"));
        assertThatThrownBy(() -> deploy(branchingNet(), Granularity.SEGMENT))
                .isInstanceOf(DeploymentException.class)
                .hasMessageContaining("aten.mul.Tensor")
                .hasMessageContaining("accel0")
                .hasMessageContaining("Install an accelerator");
        assertThat(engine.deployments()).isEmpty();
    }

    @Test
    void aModelThatWritesItsInputLeavesTheCallersAlone() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        GraphSketch net = new GraphSketch("writing");
        int x = net.input(2, 6);
        TensorSpec spec = TensorSpec.of(DType.FLOAT32, 2, 6);
        int written =
                net.layer("aten.relu_.default", spec, new NamedArgument("self", Access.WRITE, new Argument.Ref(x)));
        Deployment deployment = deploy(net.outputs(x, written), Granularity.SEGMENT);
        List<Tensor> input = input(1);
        float[] before = input.get(0).toFloats();
        InferenceResult result = deployment.infer(input);
        float[] expected = before.clone();
        for (int i = 0; i < expected.length; i++) {
            expected[i] = Math.max(0, expected[i]);
        }
        assertThat(result.outputs().get(0).toFloats()).as("the input, written").isEqualTo(expected);
        assertThat(result.outputs().get(1).toFloats()).as("the result").isEqualTo(expected);
        assertThat(input.get(0).toFloats()).as("the caller's tensor").isEqualTo(before);
    }

    @Test
    void refusesATakenName() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        deploy(branchingNet(), Granularity.SEGMENT);
        assertThatThrownBy(() -> deploy(branchingNet(), Granularity.SEGMENT))
                .isInstanceOf(DeploymentException.class)
                .hasMessageContaining("'branching' exists already");
        assertThat(engine.deployments()).hasSize(1);
    }

    @Test
    void refusesInputsThatDoNotFit() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment deployment = deploy(branchingNet(), Granularity.SEGMENT);
        assertThatThrownBy(() -> deployment.infer(List.of()))
                .isInstanceOfSatisfying(
                        RequestException.class,
                        e -> assertThat(e.category()).isEqualTo(RequestException.Category.INVALID_INPUT))
                .hasMessageContaining("found 0 inputs, expected 1: x0 float32[2, 6]");
        assertThatThrownBy(() -> deployment.infer(List.of(Tensor.of(new float[6], 6))))
                .hasMessageContaining("found float32[6], expected float32[2, 6]");
    }

    @Test
    void placesAFailedTaskElsewhere() throws Exception {
        FakePe good = FakePe.cpu("cpu0");
        FakePe bad = FakePe.accelerator("accel0", "relu", "mul", "add", "linear");
        engine.addPe(good);
        engine.addPe(bad);
        engine.addPolicy("accel-first", "test", preferring("accel0"));
        engine.configurePolicies(List.of("accel-first"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.LAYER);
        bad.failNext(2, Category.KERNEL_FAILED);
        for (int i = 0; i < 5; i++) {
            assertRight(model, input(i), deployment.infer(input(i)));
        }
        assertThat(engine.trace().stream()
                        .filter(r -> r.outcome() == TaskRecord.Outcome.FAILED)
                        .count())
                .isEqualTo(2);
        assertThat(status("accel0").failedTasks()).isEqualTo(2);
    }

    @Test
    void quarantinesAPeThatKeepsFailingAndTakesItBack() throws Exception {
        FakePe bad = FakePe.accelerator("accel0", "relu", "mul", "add", "linear");
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(bad);
        engine.addPolicy("accel-first", "test", preferring("accel0"));
        engine.configurePolicies(List.of("accel-first"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.LAYER);
        bad.failNext(3, Category.TIMEOUT);
        for (int i = 0; i < 4; i++) {
            assertRight(model, input(i), deployment.infer(input(i)));
        }
        // Whether it is still in quarantine depends on the probe's time; that it was is on record.
        assertThat(status("accel0").failedTasks()).isEqualTo(3);
        await(() -> status("accel0").state() == PeStatus.State.ACTIVE);
        int before = bad.executions.get();
        assertRight(model, input(9), deployment.infer(input(9)));
        assertThat(bad.executions.get()).as("executions after re-admission").isGreaterThan(before);
    }

    @Test
    void aLostDeviceCostsNoRequest() throws Exception {
        FakePe device = FakePe.device("dev0", "relu", "mul", "add");
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(device);
        engine.addPolicy("device-first", "test", preferring("dev0"));
        engine.configurePolicies(List.of("device-first"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.LAYER);
        FakePe.Hold hold = device.hold();
        CompletableFuture<InferenceResult> request = deployment.submit(input(1), RequestOptions.DEFAULT);
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        device.failNext(1, Category.DEVICE_LOST);
        device.release(hold);
        assertRight(model, input(1), request.get(20, TimeUnit.SECONDS));
        assertThat(status("dev0").failedTasks()).isEqualTo(1);
    }

    /** Its kernel returns as if nothing had happened, but what it wrote went with the memory. */
    @Test
    void aKernelThatReturnsAfterItsDeviceWasLostCostsNoRequest() throws Exception {
        FakePe multiplying = FakePe.device("dev0", "mul");
        FakePe rectifying = FakePe.beside(multiplying, "dev1", "relu");
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(multiplying);
        engine.addPe(rectifying);
        engine.addPolicy("devices-first", "test", (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                for (int pe = pool.size() - 1; pe >= 0; pe--) {
                    if (costs.supports(task, pe)) {
                        assignment.assign(task, pe);
                        break;
                    }
                }
            }
        });
        engine.configurePolicies(List.of("devices-first"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.LAYER);
        FakePe.Hold hold = multiplying.hold();
        FakePe.Hold other = rectifying.hold();
        rectifying.failNext(1, Category.DEVICE_LOST);
        CompletableFuture<InferenceResult> request = deployment.submit(input(1), RequestOptions.DEFAULT);
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        rectifying.release(other);
        await(() -> status("dev1").failedTasks() == 1);
        await(() -> status("dev1").state() == PeStatus.State.QUARANTINED);
        multiplying.release(hold);
        assertRight(model, input(1), request.get(20, TimeUnit.SECONDS));
        assertThat(status("cpu0").failedTasks())
                .as("tasks that failed on the CPU")
                .isZero();
    }

    @Test
    void aPeThatLeavesHandsItsTasksBack() throws Exception {
        FakePe leaving = FakePe.cpu("cpu0");
        engine.addPe(leaving);
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.LAYER);
        FakePe.Hold hold = leaving.hold();
        List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            requests.add(deployment.submit(input(i), RequestOptions.DEFAULT));
        }
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        // Nobody else is here: the running kernel ends within its grace, everything else waits for a PE.
        Thread remover = new Thread(() -> engine.removePe(leaving));
        remover.start();
        leaving.release(hold);
        remover.join();
        assertThat(leaving.openKernels).as("kernels of the PE that left").hasValue(0);
        engine.addPe(FakePe.cpu("cpu1"));
        for (int i = 0; i < 8; i++) {
            assertRight(model, input(i), requests.get(i).get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void aKernelThatDoesNotReturnIsGivenUp() throws Exception {
        FakePe hanging = FakePe.accelerator("accel0", "relu", "mul", "add", "linear");
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(hanging);
        engine.addPolicy("accel-first", "test", preferring("accel0"));
        engine.configurePolicies(List.of("accel-first"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.LAYER);
        FakePe.Hold hold = hanging.hold();
        assertRight(model, input(3), deployment.infer(input(3)));
        PeStatus status = status("accel0");
        assertThat(status.state()).isEqualTo(PeStatus.State.QUARANTINED);
        assertThat(status.reason()).contains("did not return within 400 ms");
        assertThat(deployment.placement().layers().get(0).causes().get("accel")).satisfies(reason -> {
            assertThat(reason.cause()).isEqualTo(PlacementReport.Cause.QUARANTINED);
            assertThat(reason.detail()).contains("did not return within 400 ms");
        });
        hanging.release(hold);
        await(() -> status("accel0").state() == PeStatus.State.ACTIVE);
        assertRight(model, input(4), deployment.infer(input(4)));
        assertThat(engine.trace()).anyMatch(r -> r.outcome() == TaskRecord.Outcome.ABANDONED);
    }

    @Test
    void removingAPeThatHangsEndsAfterTheGrace() throws Exception {
        FakePe hanging = FakePe.accelerator("accel0", "relu", "mul", "add", "linear");
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(hanging);
        engine.addPolicy("accel-first", "test", preferring("accel0"));
        engine.configurePolicies(List.of("accel-first"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.LAYER);
        FakePe.Hold hold = hanging.hold();
        CompletableFuture<InferenceResult> request = deployment.submit(input(5), RequestOptions.DEFAULT);
        assertThat(hold.entered.await(10, TimeUnit.SECONDS)).isTrue();
        engine.removePe(hanging);
        assertRight(model, input(5), request.get(20, TimeUnit.SECONDS));
        hanging.release(hold);
        await(() -> hanging.openKernels.get() == 0);
    }

    @Test
    void aRequestWithoutAPeTimesOutWithThatReason() throws Exception {
        FakePe only = FakePe.cpu("cpu0");
        engine.addPe(only);
        Deployment deployment = deploy(branchingNet(), Granularity.SEGMENT);
        engine.removePe(only);
        assertThatThrownBy(() -> deployment.infer(input(0), new RequestOptions(Duration.ofMillis(50))))
                .isInstanceOfSatisfying(
                        RequestException.class,
                        e -> assertThat(e.category()).isEqualTo(RequestException.Category.TIMEOUT))
                .hasMessageContaining("no result within 50 ms")
                .hasMessageContaining("waiting for a processing element that supports it");
        engine.addPe(FakePe.cpu("cpu0"));
        LayerGraph model = branchingNet();
        assertRight(model, input(1), deployment.infer(input(1)));
    }

    @Test
    void aRequestOverTheBoundIsRefusedAtOnce() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        Deployment deployment = deploy(branchingNet(), Granularity.SEGMENT);
        FakePe.Hold hold = pe.hold();
        List<CompletableFuture<InferenceResult>> accepted = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            accepted.add(deployment.submit(input(i), RequestOptions.DEFAULT));
        }
        CompletableFuture<InferenceResult> refused = deployment.submit(input(0), RequestOptions.DEFAULT);
        assertThat(refused).isCompletedExceptionally();
        assertThatThrownBy(refused::get)
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("64 requests are in flight already");
        pe.release(hold);
        for (CompletableFuture<InferenceResult> request : accepted) {
            assertThat(request.get(20, TimeUnit.SECONDS).outputs()).hasSize(2);
        }
        assertThat(engine.statistics().get(0).rejected()).isEqualTo(1);
    }

    @Test
    void aPolicyThatThrowsIsReplacedByTheCoresOwn() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPolicy("broken", "test", (ready, pool, costs, assignment) -> {
            throw new IllegalStateException("broken on purpose");
        });
        engine.configurePolicies(List.of("broken"));
        LayerGraph model = branchingNet();
        assertRight(model, input(1), deploy(model, Granularity.LAYER).infer(input(1)));
        assertThat(engine.policies()).singleElement().satisfies(policy -> {
            assertThat(policy.name()).isEqualTo("fcfs");
            assertThat(policy.active()).isTrue();
        });
    }

    @Test
    void aPolicyThatLacksAClassIsReplacedByTheCoresOwn() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPolicy("broken", "test", (ready, pool, costs, assignment) -> {
            throw new NoClassDefFoundError("gone with its bundle");
        });
        engine.configurePolicies(List.of("broken"));
        LayerGraph model = branchingNet();
        assertRight(model, input(1), deploy(model, Granularity.LAYER).infer(input(1)));
        assertThat(engine.policies()).extracting(PolicyStatus::name).containsExactly("fcfs");
    }

    @Test
    void aPolicyThatNeverDecidesDoesNotStopTheWorld() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPolicy("idle", "test", (ready, pool, costs, assignment) -> {});
        engine.configurePolicies(List.of("idle"));
        LayerGraph model = branchingNet();
        assertRight(model, input(1), deploy(model, Granularity.LAYER).infer(input(1)));
    }

    @Test
    void aPeThatComesLaterIsUsed() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.SEGMENT);
        assertThat(deployment.placement().summary())
                .isEqualTo("5 of 5 layers can run on CPU only: no accelerator present");
        engine.addPolicy("accel-first", "test", preferring("accel0"));
        engine.configurePolicies(List.of("accel-first"));
        FakePe accelerator = FakePe.accelerator("accel0", "linear");
        engine.addPe(accelerator);
        await(() -> deployment.placement().tasks() == 2);
        assertRight(model, input(2), deployment.infer(input(2)));
        assertThat(accelerator.executions).hasValue(1);
    }

    @Test
    void requestsSurviveSwapsOfPesAndPolicies() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        LayerGraph model = branchingNet();
        Deployment deployment = deploy(model, Granularity.LAYER);
        AtomicInteger answered = new AtomicInteger();
        List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
        List<Thread> clients = new ArrayList<>();
        AtomicBoolean stop = new AtomicBoolean();
        for (int c = 0; c < 3; c++) {
            int seed = c;
            Thread client = new Thread(() -> {
                for (int i = 0; !stop.get(); i++) {
                    try {
                        assertRight(model, input(seed * 1000 + i), deployment.infer(input(seed * 1000 + i)));
                        answered.incrementAndGet();
                    } catch (Exception | AssertionError e) {
                        wrong.add(e);
                        return;
                    }
                }
            });
            client.start();
            clients.add(client);
        }
        for (int swap = 0; swap < 40; swap++) {
            int before = answered.get();
            FakePe extra = swap % 2 == 0 ? FakePe.device("extra", "relu", "mul", "add") : FakePe.cpu("extra");
            engine.addPe(extra);
            SchedulingPolicy policy = preferring(swap % 3 == 0 ? "extra" : "cpu0");
            engine.addPolicy("swapped", "test", policy);
            engine.configurePolicies(List.of("swapped"));
            await(() -> answered.get() > before + 5 || !wrong.isEmpty());
            engine.removePe(extra);
            engine.removePolicy(policy);
        }
        stop.set(true);
        for (Thread client : clients) {
            client.join();
        }
        assertThat(wrong).isEmpty();
        assertThat(answered.get()).isGreaterThan(200);
    }

    /** Direct memory that waits for the garbage collector fragments the C heap between libtorch's blocks; see HostTensors. */
    @Test
    void resultsLiveOnTheJavaHeap() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        InferenceResult result = deploy(branchingNet(), Granularity.SEGMENT).infer(input(1));
        assertThat(result.outputs())
                .allSatisfy(output -> assertThat(output.bytes().isDirect()).isFalse());
    }

    @Test
    void undeployingGivesEverythingBack() throws Exception {
        FakePe pe = FakePe.cpu("cpu0");
        engine.addPe(pe);
        Deployment deployment = deploy(branchingNet(), Granularity.LAYER);
        deployment.infer(input(1));
        assertThat(pe.openKernels).hasValue(5);
        deployment.close();
        await(() -> pe.openKernels.get() == 0);
        assertThat(engine.deployments()).isEmpty();
        assertThatThrownBy(() -> deployment.infer(input(1)))
                .isInstanceOfSatisfying(
                        RequestException.class,
                        e -> assertThat(e.category()).isEqualTo(RequestException.Category.UNDEPLOYED));
        assertThat(deploy(branchingNet(), Granularity.LAYER).infer(input(1)).outputs())
                .hasSize(2);
    }

    /** The test's own time-out is shorter than the patience that a lost wake-up would cost. */
    @Test
    @Timeout(20)
    void undeployingUnderLoadDoesNotWaitForRequestsThatWereRefused() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        for (int round = 0; round < 20; round++) {
            Deployment deployment = deploy(branchingNet(), Granularity.SEGMENT);
            AtomicInteger answered = new AtomicInteger();
            List<Thread> clients = new ArrayList<>();
            for (int c = 0; c < 4; c++) {
                Thread client = new Thread(() -> {
                    try {
                        while (true) {
                            deployment.infer(input(1));
                            answered.incrementAndGet();
                        }
                    } catch (RequestException e) {
                        assertThat(e.category()).isEqualTo(RequestException.Category.UNDEPLOYED);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
                client.start();
                clients.add(client);
            }
            await(() -> answered.get() > 20);
            deployment.close();
            for (Thread client : clients) {
                client.join();
            }
        }
    }

    @Test
    void startsCalibratedAfterARestart(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("calibration.json");
        Settings settings =
                new Settings(1 << 12, 64, Duration.ofSeconds(5), Duration.ofSeconds(1), 4, Optional.of(file));
        LayerGraph model = branchingNet();
        try (Engine first = new Engine(settings)) {
            first.addPe(FakePe.cpu("cpu0"));
            Deployment deployment = first.deploy(model, DeployOptions.named("m"));
            deployment.infer(input(1));
        }
        assertThat(file).content().contains("\"peType\" : \"cpu\"").contains("\"count\" : 1");
        try (Engine second = new Engine(settings)) {
            second.addPe(FakePe.cpu("cpu0"));
            second.deploy(model, DeployOptions.named("m")).infer(input(1));
        }
        assertThat(file).content().contains("\"count\" : 2");
    }

    @Test
    void returnsInputsWeightsAndConstantsAsTheyAre() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        GraphSketch net = new GraphSketch("identity");
        int x = net.input(2, 6);
        int w = net.weight(3);
        LayerGraph model = net.outputs(x, w);
        InferenceResult result = deploy(model, Granularity.SEGMENT).infer(input(7));
        assertThat(result.outputs().get(0).toFloats()).isEqualTo(input(7).get(0).toFloats());
        assertThat(result.outputs().get(1).sizes()).containsExactly(3);
    }

    /** Sends every task to the PE of that id if it supports it, else to the first that does. */
    private static SchedulingPolicy preferring(String id) {
        return (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                int chosen = -1;
                for (int pe = 0; pe < pool.size(); pe++) {
                    if (costs.supports(task, pe)
                            && (chosen < 0 || pool.get(pe).id().equals(id))) {
                        chosen = pe;
                    }
                }
                if (chosen >= 0) {
                    assignment.assign(task, chosen);
                }
            }
        };
    }

    private PeStatus status(String id) {
        return engine.processingElements().stream()
                .filter(pe -> pe.descriptor().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** Waits for something that another thread brings about; the test's time-out bounds it. */
    static void await(BooleanSupplier condition) throws TimeoutException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException("did not come about within 30 s");
            }
            Thread.onSpinWait();
        }
    }
}
