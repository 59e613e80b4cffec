// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.saguaro.runtime.core.deploy.EngineTest.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.CalibratedKernel;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.api.contract.ReferenceInterpreter;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.CostStatus;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.MeasuredError;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Candidate;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.simulation.KernelProfile;

/** Deployments that may be less exact, how far their layers are off, and kernels that want to see their inputs first. */
@Timeout(60)
class PrecisionTest {

    private static final Settings SETTINGS =
            new Settings(1 << 12, 64, Duration.ofMillis(400), Duration.ofMillis(400), 4, Optional.empty());

    private Engine engine = new Engine(SETTINGS);
    private final FakePe accelerator = FakePe.accelerator("acc0", "relu");

    @AfterEach
    void close() {
        engine.close();
    }

    /** x * x -> relu -> + itself. */
    private static LayerGraph net() {
        GraphSketch net = new GraphSketch("net");
        int x = net.input(1, 4);
        int scaled = net.mul(x, x);
        int positive = net.relu(scaled);
        return net.outputs(net.add(positive, positive, 1));
    }

    private static List<Tensor> input() {
        return List.of(Tensor.of(new float[] {1.1f, -2.3f, 3.7f, 4.9f}, 1, 4));
    }

    private static Candidate onAccelerator(PlacementReport report, String op) {
        return report.layers().stream()
                .filter(layer -> layer.op().contains(op))
                .flatMap(layer -> layer.candidates().stream())
                .filter(candidate -> candidate.peType().equals("accel"))
                .findFirst()
                .orElseThrow();
    }

    private static DeployOptions layers() {
        return new DeployOptions("net", Granularity.LAYER);
    }

    private void addPes() {
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(new PrecisePe(accelerator));
        engine.addPolicy("accelerators", "test", (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                int chosen = -1;
                for (int pe = 0; pe < pool.size(); pe++) {
                    if (costs.supports(task, pe)
                            && (chosen < 0 || pool.get(pe).type().equals("accel"))) {
                        chosen = pe;
                    }
                }
                assignment.assign(task, chosen);
            }
        });
        engine.configurePolicies(List.of("accelerators"));
    }

    @Test
    void isExactUnlessAskedOtherwise() throws Exception {
        addPes();
        Deployment deployment = engine.deploy(net(), layers());
        deployment.infer(input());
        assertThat(onAccelerator(deployment.placement(), "relu").precision()).isEqualTo(Precision.FLOAT32);
        assertThat(deployment.placement().summary()).doesNotContain("float32", "int8");
    }

    @Test
    void aDeploymentChoosesAndTheReportTells() throws Exception {
        addPes();
        Deployment deployment = engine.deploy(net(), layers().withPrecision(Precision.INT8));
        InferenceResult result = deployment.infer(input());
        for (float value : result.outputs().get(0).toFloats()) {
            assertThat(value * 2).as("sums of quarters").isEqualTo(Math.round(value * 2));
        }
        assertThat(onAccelerator(deployment.placement(), "relu").precision()).isEqualTo(Precision.INT8);
        assertThat(deployment.placement().layers())
                .flatExtracting(PlacementReport.LayerPlacement::candidates)
                .filteredOn(candidate -> candidate.peType().equals("cpu"))
                .extracting(Candidate::precision)
                .containsOnly(Precision.FLOAT32);
        assertThat(deployment.placement().summary())
                .isEqualTo("1 of 3 layers on acc0 in int8, 2 on CPU: 2 unsupported op");
    }

    @Test
    void theConfiguredPrecisionIsForThoseWhoDoNotSay() throws Exception {
        engine.close();
        engine = new Engine(new Settings(
                1 << 12, 64, Duration.ofMillis(400), Duration.ofMillis(400), 4, Optional.empty(), Precision.FLOAT16));
        addPes();
        Deployment silent = engine.deploy(net(), layers());
        Deployment exact =
                engine.deploy(net(), new DeployOptions("exact", Granularity.LAYER).withPrecision(Precision.FLOAT32));
        assertThat(onAccelerator(silent.placement(), "relu").precision())
                .as("the fastest that is as exact as float16")
                .isEqualTo(Precision.INT16);
        assertThat(onAccelerator(exact.placement(), "relu").precision()).isEqualTo(Precision.FLOAT32);
    }

    @Test
    void everyPrecisionHasItsPrice() throws Exception {
        addPes();
        for (Precision precision : List.of(Precision.FLOAT32, Precision.INT8)) {
            try (Deployment deployment = engine.deploy(net(), layers().withPrecision(precision))) {
                deployment.infer(input());
                List<KernelProfile> kernels = deployment.profile().kernels();
                KernelProfile relu = kernels.stream()
                        .filter(kernel -> kernel.name().startsWith("relu"))
                        .findFirst()
                        .orElseThrow();
                assertThat(relu.name().endsWith("@int8")).isEqualTo(precision == Precision.INT8);
                assertThat(relu.measured())
                        .extracting(KernelProfile.Cost::peType)
                        .containsExactly("accel");
            }
        }
        assertThat(engine.costs())
                .filteredOn(cost -> cost.kernel().startsWith("relu") && cost.count() > 0)
                .allSatisfy(cost -> {
                    assertThat(cost.peType()).isEqualTo("accel");
                    assertThat(cost.count()).isEqualTo(1);
                })
                .extracting(cost -> cost.kernel().replaceAll("^[^@]*", ""))
                .containsExactlyInAnyOrder("", "@int8");
        assertThat(engine.costs())
                .filteredOn(cost -> cost.peType().equals("cpu"))
                .extracting(CostStatus::kernel)
                .noneMatch(kernel -> kernel.contains("@"));
    }

    // --- errors ---

    @Test
    void measuresHowFarALayerIsFromTheCpu() throws Exception {
        addPes();
        Deployment deployment =
                engine.deploy(net(), layers().withPrecision(Precision.INT8).withSamples(input()));
        assertThat(onAccelerator(deployment.placement(), "relu").error()).isEmpty();
        MeasuredError error =
                onAccelerator(deployment.measureErrors(), "relu").error().orElseThrow();
        float[] truth = reluInputs();
        double noise = 0;
        double signal = 0;
        double largest = 0;
        for (float value : truth) {
            double right = Math.max(0, value);
            double rounded = Math.round(right * 4) / 4.0;
            noise += (right - rounded) * (right - rounded);
            signal += right * right;
            largest = Math.max(largest, Math.abs(right - rounded));
        }
        assertThat(error.relativeRms()).isCloseTo(Math.sqrt(noise / signal), within(1e-6));
        assertThat(error.largestAbsolute()).isCloseTo(largest, within(1e-6));
        assertThat(error.signalToNoiseDecibels()).isCloseTo(10 * Math.log10(signal / noise), within(1e-3));
        assertThat(error.inputs()).isEqualTo("the deployment's samples");
        assertThat(error.isExact()).isFalse();
        assertThat(onAccelerator(deployment.placement(), "relu").error()).contains(error);
    }

    /** What relu gets of {@link #input}: the reference's first task. */
    private static float[] reluInputs() {
        GraphSketch net = new GraphSketch("net");
        int x = net.input(1, 4);
        LayerGraph first = net.outputs(net.mul(x, x));
        return new ReferenceInterpreter().run(first, input()).get(0).toFloats();
    }

    @Test
    void anExactKernelHasNoErrorOnRandomInputs() throws Exception {
        addPes();
        Deployment deployment = engine.deploy(net(), layers());
        MeasuredError error =
                onAccelerator(deployment.measureErrors(), "relu").error().orElseThrow();
        assertThat(error.isExact()).isTrue();
        assertThat(error.relativeRms()).isZero();
        assertThat(error.signalToNoiseDecibels()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(error.inputs()).isEqualTo("random inputs");
        assertThat(deployment.placement().layers())
                .flatExtracting(PlacementReport.LayerPlacement::candidates)
                .filteredOn(candidate -> !candidate.peType().equals("accel"))
                .allSatisfy(candidate ->
                        assertThat(candidate.error()).as(candidate.peType()).isEmpty());
    }

    @Test
    void aDeviceWithMemoryOfItsOwnIsMeasuredToo() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(FakePe.device("dev0", "relu", "add"));
        Deployment deployment = engine.deploy(net(), layers().withSamples(input()));
        assertThat(deployment.measureErrors().layers())
                .flatExtracting(PlacementReport.LayerPlacement::candidates)
                .filteredOn(candidate -> candidate.peType().equals("device-dev0") && candidate.supported())
                .hasSize(2)
                .allSatisfy(candidate -> assertThat(candidate.error())
                        .hasValueSatisfying(error -> assertThat(error.isExact()).isTrue()));
    }

    @Test
    void aKernelThatFailsHasNoErrorAndHarmsNobody() throws Exception {
        addPes();
        Deployment deployment = engine.deploy(net(), layers());
        accelerator.failNext(1, Category.KERNEL_FAILED);
        assertThat(onAccelerator(deployment.measureErrors(), "relu").error()).isEmpty();
        assertThat(deployment.infer(input()).outputs()).hasSize(1);
        assertThat(engine.processingElements())
                .allSatisfy(pe -> assertThat(pe.failedTasks()).isZero());
    }

    @Test
    void aKernelThatHangsWhileItIsMeasuredPutsItsPeInQuarantine() throws Exception {
        addPes();
        Deployment deployment = engine.deploy(net(), layers());
        FakePe.Hold hold = accelerator.hold();
        assertThat(onAccelerator(deployment.measureErrors(), "relu").error()).isEmpty();
        assertThat(engine.processingElements())
                .filteredOn(pe -> pe.descriptor().id().equals("acc0"))
                .singleElement()
                .satisfies(pe -> assertThat(pe.reason()).contains("whose error is being measured did not return"));
        assertThat(deployment.infer(input()).outputs()).as("by the CPU").hasSize(1);
        accelerator.release(hold);
        await(() -> engine.processingElements().stream().allMatch(pe -> pe.state() == PeStatus.State.ACTIVE));
    }

    @Test
    void parkedPesAreLeftOut() throws Exception {
        addPes();
        Deployment deployment = engine.deploy(net(), layers());
        engine.dispatcher().park("acc0", "by hand");
        assertThat(onAccelerator(deployment.measureErrors(), "relu").error()).isEmpty();
    }

    @Test
    void sizesThatNobodyKnowsCannotBeMadeUp() throws Exception {
        addPes();
        GraphSketch net = new GraphSketch("open");
        int x = net.input(new TensorSpec(DType.FLOAT32, new Shape(List.of(new Dim.Symbolic("s0", 1, 8)))));
        Deployment deployment = engine.deploy(net.outputs(net.relu(x)), new DeployOptions("open", Granularity.LAYER));
        assertThatThrownBy(deployment::measureErrors)
                .hasMessageContaining("open: input ")
                .hasMessageContaining("float32[s0]")
                .hasMessageContaining("deploy the model with the inputs of one request");
    }

    @Test
    void requestsGoOnWhileErrorsAreMeasured() throws Exception {
        addPes();
        Deployment deployment = engine.deploy(net(), layers().withPrecision(Precision.INT8));
        List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 5; i++) {
                requests.add(deployment.submit(input(), RequestOptions.DEFAULT));
            }
            deployment.measureErrors();
        }
        for (CompletableFuture<InferenceResult> request : requests) {
            assertThat(request.get().outputs()).hasSize(1);
        }
        assertThat(onAccelerator(deployment.placement(), "relu").error()).isPresent();
    }

    // --- calibration ---

    /** Notes what it is shown, and whether that was in time. */
    private record Noting(Kernel kernel, List<float[]> shown, List<String> events) implements CalibratedKernel {
        @Override
        public void calibrate(TensorBuffer[] inputs) throws AccelException {
            events.add("calibrate");
            float[] values = new float[(int) inputs[0].elementCount()];
            for (int i = 0; i < values.length; i++) {
                values[i] = inputs[0].host().bytes().getFloat(Float.BYTES * i);
            }
            if (values[0] == 0) {
                throw new AccelException(Category.KERNEL_FAILED, "no scale for zeros");
            }
            shown.add(values);
        }

        @Override
        public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            events.add("execute");
            kernel.execute(inputs, outputs);
        }

        @Override
        public void close() {
            kernel.close();
        }
    }

    private final List<float[]> shown = Collections.synchronizedList(new ArrayList<>());
    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    @Test
    void kernelsSeeTheSamplesBeforeTheFirstRequest() throws Exception {
        accelerator.kernels(kernel -> new Noting(kernel, shown, events));
        addPes();
        Deployment deployment = engine.deploy(net(), layers().withSamples(input()));
        assertThat(events).containsExactly("calibrate");
        assertThat(shown.get(0)).as("what relu gets of the sample").containsExactly(reluInputs());
        deployment.infer(input());
        deployment.infer(input());
        assertThat(events).containsExactly("calibrate", "execute", "execute");
    }

    @Test
    void withoutSamplesNobodyShowsAnything() throws Exception {
        accelerator.kernels(kernel -> new Noting(kernel, shown, events));
        addPes();
        Deployment deployment = engine.deploy(net(), layers());
        deployment.infer(input());
        assertThat(events).containsExactly("execute");
    }

    @Test
    void aPeThatComesLaterIsShownThemToo() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment deployment = engine.deploy(net(), layers().withSamples(input()));
        accelerator.kernels(kernel -> new Noting(kernel, shown, events));
        addLater();
        await(() -> onlyRequests(deployment, "execute"));
        assertThat(events.get(0)).isEqualTo("calibrate");
        assertThat(shown.get(0)).containsExactly(reluInputs());
    }

    private void addLater() {
        engine.addPolicy("last", "test", (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                for (int pe = 0; pe < pool.size(); pe++) {
                    if (costs.supports(task, pe)) {
                        assignment.assign(task, pe);
                        break;
                    }
                }
            }
        });
        engine.configurePolicies(List.of("last"));
        engine.addPe(accelerator);
    }

    private boolean onlyRequests(Deployment deployment, String event) {
        try {
            deployment.infer(input());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return events.contains(event);
    }

    @Test
    void aKernelWhoseCalibrationFailsIsNotUsed() throws Exception {
        accelerator.kernels(kernel -> new Noting(kernel, shown, events));
        addPes();
        List<Tensor> zeros = List.of(Tensor.of(new float[4], 1, 4));
        Deployment deployment = engine.deploy(net(), layers().withSamples(zeros));
        deployment.infer(input());
        assertThat(events)
                .as("it is tried again when PEs come, and none ever executes")
                .isNotEmpty()
                .containsOnly("calibrate");
        // Another try may be under way.
        await(() -> accelerator.openKernels.get() == 0
                && onAccelerator(deployment.placement(), "relu")
                        .reason()
                        .map(reason -> reason.detail().equals("its calibration failed: no scale for zeros"))
                        .orElse(false));
    }

    @Test
    void aKernelThatOnlyItsOwnPeCouldCalibrateWorksUncalibrated() throws Exception {
        FakePe all = FakePe.accelerator("acc0", "relu", "mul", "add");
        all.kernels(kernel -> new Noting(kernel, shown, events));
        engine.addPe(all);
        Deployment deployment = engine.deploy(net(), layers().withSamples(input()));
        assertThat(deployment.infer(input()).outputs()).hasSize(1);
        assertThat(events).containsExactly("execute", "execute", "execute");
    }
}
