// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.api.contract.ReferenceProcessingElement;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Candidate;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.PeType;
import org.saguaro.runtime.core.PlacementReport.Reason;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** The placement report of deployments that run: every cause is brought about for real. */
@Timeout(60)
class PlacementsTest {

    private static final Settings SETTINGS =
            new Settings(1 << 12, 64, Duration.ofSeconds(20), Duration.ofSeconds(5), 4, Optional.empty());
    private static final float[] INPUT = {1, -2, 3, -4};

    private final Engine engine = new Engine(SETTINGS);

    private final FakePe cpu = FakePe.cpu("cpu0");

    @BeforeEach
    void addCpu() {
        engine.addPe(cpu);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    /** relu, then a product, then relu: three layers, each a task of its own. */
    private static LayerGraph model() {
        GraphSketch net = new GraphSketch("three");
        int x = net.input(4);
        return net.outputs(net.relu(net.mul(net.relu(x), net.weight(4))));
    }

    private Deployment deploy() throws Exception {
        return engine.deploy(model(), new DeployOptions("three", Granularity.LAYER));
    }

    private static void infer(Deployment deployment, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            deployment.infer(List.of(Tensor.of(INPUT, 4)));
        }
    }

    private void prefer(String id) {
        SchedulingPolicy policy = (ready, pool, costs, assignment) -> {
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
        engine.addPolicy("prefer-" + id, "test", policy);
        engine.configurePolicies(List.of("prefer-" + id));
    }

    @Test
    void withoutAnAcceleratorThatIsTheReason() throws Exception {
        Deployment deployment = deploy();
        assertThat(deployment.placement().summary())
                .isEqualTo("3 of 3 layers can run on CPU only: no accelerator present");
        infer(deployment, 2);
        PlacementReport report = deployment.placement();
        assertThat(report.summary()).isEqualTo("3 of 3 layers on CPU: no accelerator present");
        assertThat(report.tasks()).isEqualTo(3);
        assertThat(report.layers()).allSatisfy(layer -> {
            assertThat(cause(layer)).isEqualTo(Cause.NO_ACCELERATOR);
            assertThat(layer.ranOn()).contains("cpu");
            assertThat(layer.runsByPe()).containsExactly(Map.entry("cpu0", 2L));
            assertThat(layer.timeEstimated()).isFalse();
        });
        assertThat(report.peTypes()).singleElement().satisfies(type -> {
            assertThat(type.layers()).isEqualTo(3);
            assertThat(type.timeShare()).isEqualTo(1);
        });
        assertThat(report.layers().stream()
                        .mapToDouble(LayerPlacement::timeShare)
                        .sum())
                .isCloseTo(1, within(1e-6));
    }

    @Test
    void saysWhatRanOnTheAccelerator() throws Exception {
        engine.addPe(FakePe.accelerator("accel0", "relu"));
        prefer("accel0");
        Deployment deployment = deploy();
        assertThat(deployment.placement().summary())
                .isEqualTo("2 of 3 layers can run on accel0, 1 on CPU only: 1 unsupported op");
        infer(deployment, 3);
        PlacementReport report = deployment.placement();
        assertThat(report.summary()).isEqualTo("2 of 3 layers on accel0, 1 on CPU: 1 unsupported op");
        LayerPlacement relu = report.layers().get(0);
        assertThat(relu.path()).isEqualTo("block.relu_0");
        assertThat(relu.outputs()).containsExactly("float32[4]");
        assertThat(relu.supportedBy()).containsExactly("accel", "cpu");
        assertThat(relu.reason()).isEmpty();
        assertThat(relu.runs()).isEqualTo(3);
        assertThat(relu.busyNanos()).isPositive();
        LayerPlacement mul = report.layers().get(1);
        assertThat(mul.reason()).contains(new Reason(Cause.UNSUPPORTED_OPERATOR, "not among its operators"));
        assertThat(mul.causes()).containsOnlyKeys("accel");
        assertThat(report.peTypes())
                .extracting(PeType::type, PeType::layers)
                .containsExactly(tuple("accel", 2), tuple("cpu", 1));
    }

    @ParameterizedTest
    @CsvSource({
        "OPERATOR, UNSUPPORTED_OPERATOR, 3 unsupported op",
        "DTYPE, UNSUPPORTED_DTYPE, 3 unsupported dtype",
        "SHAPE, UNSUPPORTED_SHAPE, 3 unsupported shape",
        "ATTRIBUTE, UNSUPPORTED_ATTRIBUTE, 3 unsupported attribute",
        "MEMORY, UNSUPPORTED_MEMORY, 3 not enough memory"
    })
    void tellsTheClassesOfRefusalApart(Support.Cause refusal, Cause expected, String words) throws Exception {
        engine.addPe(new ParticularPe("accel0", (graph, layer) -> Support.no(refusal, "because of that"), false));
        Deployment deployment = deploy();
        infer(deployment, 1);
        PlacementReport report = deployment.placement();
        assertThat(report.layers())
                .allSatisfy(layer -> assertThat(layer.reason()).contains(new Reason(expected, "because of that")));
        assertThat(report.summary()).isEqualTo("3 of 3 layers on CPU: " + words);
    }

    @Test
    void sizesThatAreNotKnownYetAreAReasonOfTheirOwn() throws Exception {
        engine.addPe(new ParticularPe(
                "accel0", (graph, layer) -> Support.no(Support.Cause.SHAPE, "sizes must be known in advance"), false));
        GraphSketch net = new GraphSketch("dynamic");
        Shape shape = new Shape(List.of(new Dim.Symbolic("s0", 1, 8)));
        int x = net.input(new TensorSpec(DType.FLOAT32, shape));
        Deployment deployment = engine.deploy(net.outputs(net.relu(x)), new DeployOptions("d", Granularity.LAYER));
        assertThat(cause(deployment.placement().layers().get(0))).isEqualTo(Cause.UNKNOWN_SHAPE);
        assertThat(deployment.placement().summary())
                .isEqualTo("1 of 1 layer can run on CPU only: 1 shape not known yet");
    }

    @Test
    void showsWhatThePolicyComparedWhereItChoseTheCpu() throws Exception {
        engine.addPe(new ParticularPe("accel0", (graph, layer) -> Support.yes(), false, 60_000_000_000L));
        prefer("cpu0");
        Deployment deployment = deploy();
        infer(deployment, 1);
        PlacementReport report = deployment.placement();
        assertThat(report.summary()).isEqualTo("3 of 3 layers on CPU: 3 cheaper there");
        assertThat(report.layers().get(0).reason()).hasValueSatisfying(reason -> {
            assertThat(reason.cause()).isEqualTo(Cause.SLOWER);
            assertThat(reason.detail())
                    .startsWith("60000.000 ms (estimated) on particular, ")
                    .endsWith(" ms on cpu");
        });
        Candidate candidate = report.layers().get(0).candidates().get(1);
        assertThat(candidate.peType()).isEqualTo("particular");
        assertThat(candidate.supported()).isTrue();
        assertThat(candidate.estimateNanos()).isGreaterThanOrEqualTo(60_000_000_000L);
        assertThat(candidate.measured()).isFalse();
    }

    @Test
    void anAcceleratorThatOnlyThePolicyAvoidsIsNotCalledSlower() throws Exception {
        engine.addPe(new ParticularPe("accel0", (graph, layer) -> Support.yes(), false, 0));
        prefer("cpu0");
        Deployment deployment = deploy();
        infer(deployment, 1);
        assertThat(deployment.placement().summary()).isEqualTo("3 of 3 layers on CPU: 3 not chosen");
    }

    @Test
    void aPreparationThatFailsIsTold() throws Exception {
        engine.addPe(new ParticularPe("accel0", (graph, layer) -> Support.yes(), true));
        Deployment deployment = deploy();
        infer(deployment, 1);
        PlacementReport report = deployment.placement();
        assertThat(report.summary()).isEqualTo("3 of 3 layers on CPU: 3 preparation failed");
        assertThat(report.layers().get(0).reason())
                .contains(new Reason(Cause.PREPARATION_FAILED, "accel0: its memory is full"));
    }

    @Test
    void faultsAreCounted() throws Exception {
        FakePe failing = FakePe.accelerator("accel0", "mul");
        engine.addPe(failing);
        prefer("accel0");
        Deployment deployment = deploy();
        failing.failNext(2, Category.KERNEL_FAILED);
        infer(deployment, 2);
        assertThat(deployment.placement().layers().get(1).reason())
                .contains(new Reason(Cause.FAILED, "2 times, at last: accel0: fails as it was told to"));
        assertThat(deployment.placement().summary()).isEqualTo("3 of 3 layers on CPU: 2 unsupported op, 1 failed");
        infer(deployment, 1);
        assertThat(deployment.placement().layers().get(1).reason())
                .as("after it ran")
                .isEmpty();
    }

    @Test
    void aQuarantinedAcceleratorIsToldWithItsReason() throws Exception {
        FakePe lost = FakePe.accelerator("accel0", "mul");
        engine.addPe(lost);
        prefer("accel0");
        Deployment deployment = deploy();
        infer(deployment, 1);
        lost.failNext(Integer.MAX_VALUE, Category.DEVICE_LOST);
        infer(deployment, 1);
        PlacementReport report = deployment.placement();
        assertThat(report.layers().get(1).reason())
                .contains(new Reason(Cause.QUARANTINED, "accel0: fails as it was told to"));
        assertThat(report.layers().get(1).runsByPe())
                .containsEntry("accel0", 1L)
                .containsEntry("cpu0", 1L);
        assertThat(report.summary()).isEqualTo("3 of 3 layers on CPU: 2 unsupported op, 1 quarantined");
        assertThat(report.peTypes().get(0).quarantined()).containsEntry("accel0", "accel0: fails as it was told to");
    }

    @Test
    void whatRanOnAnAcceleratorThatLeftIsRemembered() throws Exception {
        FakePe leaving = FakePe.accelerator("accel0", "mul");
        engine.addPe(leaving);
        prefer("accel0");
        Deployment deployment = deploy();
        infer(deployment, 2);
        engine.removePe(leaving);
        infer(deployment, 1);
        LayerPlacement mul = deployment.placement().layers().get(1);
        assertThat(cause(mul)).isEqualTo(Cause.LEFT);
        assertThat(mul.runsByPe()).containsEntry("accel0", 2L).containsEntry("cpu0", 1L);
        assertThat(mul.ranOn()).contains("cpu");
        assertThat(mul.supportedBy()).containsExactly("cpu");
    }

    @Test
    void theLayersOfATaskShareItsTime() throws Exception {
        GraphSketch net = new GraphSketch("segment");
        int x = net.input(2, 64);
        LayerGraph model = net.outputs(net.relu(net.linear(x, net.weight(64, 64), GraphSketch.NO_BIAS)));
        Deployment deployment = engine.deploy(model, new DeployOptions("segment", Granularity.SEGMENT));
        deployment.infer(List.of(Tensor.of(new float[128], 2, 64)));
        List<LayerPlacement> layers = deployment.placement().layers();
        assertThat(layers).allMatch(LayerPlacement::timeEstimated);
        assertThat(layers.get(0).timeShare())
                .as("share of the linear layer, which has most of the work")
                .isGreaterThan(10 * layers.get(1).timeShare());
        assertThat(layers.get(0).timeShare() + layers.get(1).timeShare()).isCloseTo(1, within(1e-3));
    }

    @Test
    void aLayerWhoseTaskAnAcceleratorCannotRunAsAWholeSaysSo() throws Exception {
        engine.addPe(FakePe.accelerator("accel0", "relu"));
        GraphSketch net = new GraphSketch("fused");
        int x = net.input(2, 4);
        LayerGraph model = net.outputs(net.relu(net.linear(x, net.weight(4, 4), GraphSketch.NO_BIAS)));
        Deployment deployment = engine.deploy(model, new DeployOptions("fused", Granularity.LAYER));
        assertThat(deployment.placement().tasks()).isEqualTo(1);
        LayerPlacement relu = deployment.placement().layers().get(1);
        assertThat(relu.supportedBy()).containsExactly("accel", "cpu");
        assertThat(cause(relu)).isEqualTo(Cause.GROUPED);
    }

    /** A loop of relu and a product, then a branch that is taken by the input's sign, with a relu on one side. */
    private static LayerGraph nested() {
        LayerGraph.Builder loop = new LayerGraph.Builder("body");
        loop.addInput("trip", ScalarType.INT);
        int carried = loop.addInput("carried", PAIR);
        int doubled = layer(loop, "double", "aten.add.Tensor", carried, carried);
        loop.addOutput(new Argument.Bool(true)).addOutput(new Argument.Ref(doubled));
        LayerGraph.Builder thenGraph = new LayerGraph.Builder("then");
        int taken = thenGraph.addInput("x", PAIR);
        thenGraph.addOutput(new Argument.Ref(layer(thenGraph, "taken", "aten.relu.default", taken)));
        LayerGraph.Builder elseGraph = new LayerGraph.Builder("else");
        int other = elseGraph.addInput("x", PAIR);
        elseGraph.addOutput(new Argument.Ref(layer(elseGraph, "other", "aten.relu.default", other)));
        LayerGraph.Builder model = new LayerGraph.Builder("nested");
        int x = model.addInput("x", PAIR);
        int size = model.addValue("size", ScalarType.INT);
        model.addLayer(HostOp.SIZE.layer("size", List.of(new Argument.Ref(x), new Argument.Int(0)), List.of(size), ""));
        int looped = model.addValue("looped", PAIR);
        model.addLayer(ControlOps.loop(
                "loop",
                new Argument.Ref(size),
                new Argument.Bool(true),
                loop.build(),
                List.of(new Argument.Ref(x)),
                List.of(),
                List.of(looped),
                "steps"));
        int result = model.addValue("result", PAIR);
        model.addLayer(ControlOps.branch(
                "branch",
                new Argument.Ref(size),
                thenGraph.build(),
                elseGraph.build(),
                List.of(new Argument.Ref(looped)),
                List.of(result),
                "choice"));
        return model.addOutput(new Argument.Ref(result)).build();
    }

    private static final TensorSpec PAIR = TensorSpec.of(DType.FLOAT32, 2);

    private static int layer(LayerGraph.Builder graph, String name, String op, int... operands) {
        int output = graph.addValue(name, PAIR);
        List<NamedArgument> arguments = new ArrayList<>();
        arguments.add(NamedArgument.read("self", new Argument.Ref(operands[0])));
        if (operands.length > 1) {
            arguments.add(NamedArgument.read("other", new Argument.Ref(operands[1])));
            arguments.add(NamedArgument.read("alpha", new Argument.Int(1)));
        }
        graph.addLayer(new Layer(name, OpName.parse(op), arguments, List.of(output), "inner." + name));
        return output;
    }

    @Test
    void layersOfNestedGraphsHaveRowsOfTheirOwn() throws Exception {
        engine.addPe(FakePe.accelerator("accel0", "relu"));
        prefer("accel0");
        Deployment deployment = engine.deploy(nested(), new DeployOptions("nested", Granularity.LAYER));
        assertThat(deployment.placement().summary())
                .isEqualTo("2 of 3 layers can run on accel0, 1 on CPU only: 1 unsupported op; 3 by the core itself");
        deployment.infer(List.of(Tensor.of(new float[] {1, 2}, 2)));
        deployment.infer(List.of(Tensor.of(new float[] {1, 2}, 2)));

        PlacementReport report = deployment.placement();
        assertThat(report.layers()).extracting(LayerPlacement::path).containsExactly("size", "steps", "choice");
        assertThat(report.layers()).allSatisfy(layer -> assertThat(cause(layer)).isEqualTo(Cause.HOST));
        PlacementReport.Body body = report.layers().get(1).bodies().get(0);
        assertThat(body.name()).isEqualTo("body");
        assertThat(body.runs()).as("two iterations in each of two requests").isEqualTo(4);
        assertThat(body.layers().get(0).runsByPe()).containsExactly(Map.entry("cpu0", 4L));
        PlacementReport.Body thenBody = report.layers().get(2).bodies().get(0);
        PlacementReport.Body elseBody = report.layers().get(2).bodies().get(1);
        assertThat(thenBody.runs()).isEqualTo(2);
        assertThat(thenBody.layers().get(0).ranOn()).contains("accel");
        assertThat(elseBody.runs()).isZero();
        assertThat(cause(elseBody.layers().get(0))).isEqualTo(Cause.NOT_RUN);
        assertThat(report.summary())
                .isEqualTo("1 of 3 layers on accel0, 1 on CPU: 1 unsupported op, 1 not run yet; 3 by the core itself");
        assertThat(report.allLayers().stream()
                        .mapToDouble(LayerPlacement::timeShare)
                        .sum())
                .as("the time of nested graphs is the model's time")
                .isCloseTo(1, within(1e-6));
    }

    @Test
    void whatIsKnownOfNoTensorIsOnlyForThoseWhoCanDealWithIt() throws Exception {
        engine.removePe(cpu);
        engine.addPe(new DynamicPe("cpu0"));
        engine.addPe(FakePe.accelerator("accel0", "relu"));
        LayerGraph.Builder model = new LayerGraph.Builder("any");
        int x = model.addInput("x", new AnyTensor());
        int y = model.addValue("y", new AnyTensor());
        model.addLayer(new Layer(
                "relu",
                OpName.parse("aten.relu.default"),
                List.of(NamedArgument.read("self", new Argument.Ref(x))),
                List.of(y),
                "act"));
        Deployment deployment = engine.deploy(
                model.addOutput(new Argument.Ref(y)).build(), new DeployOptions("any", Granularity.LAYER));

        PlacementReport report = deployment.placement();
        assertThat(report.layers().get(0).reason())
                .contains(new Reason(
                        Cause.UNKNOWN_SHAPE, "element types and sizes are not known before the first request"));
        assertThat(report.summary()).isEqualTo("1 of 1 layer can run on CPU only: 1 shape not known yet");
    }

    private static Cause cause(LayerPlacement layer) {
        return layer.reason().map(Reason::cause).orElseThrow();
    }

    /** Answers and prepares as it is told, and computes rightly. */
    private static final class ParticularPe implements ProcessingElement {
        private final PeDescriptor descriptor;
        private final ReferenceProcessingElement computing;
        private final BiFunction<LayerGraph, Layer, Support> answer;
        private final boolean full;

        ParticularPe(String id, BiFunction<LayerGraph, Layer, Support> answer, boolean full) {
            this(id, answer, full, 1_000);
        }

        ParticularPe(String id, BiFunction<LayerGraph, Layer, Support> answer, boolean full, long launchNanos) {
            descriptor = new PeDescriptor(id, "particular", 1, 1e15, 1e15, launchNanos);
            computing = new ReferenceProcessingElement(id);
            this.answer = answer;
            this.full = full;
        }

        @Override
        public PeDescriptor descriptor() {
            return descriptor;
        }

        @Override
        public DeviceMemory memory() {
            return HostMemory.get();
        }

        @Override
        public Support supports(LayerGraph graph, Layer layer) {
            return answer.apply(graph, layer);
        }

        @Override
        public Kernel prepare(LayerGraph segment) throws AccelException {
            if (full) {
                throw new AccelException(Category.RESOURCE_EXHAUSTED, descriptor.id() + ": its memory is full");
            }
            return computing.prepare(segment);
        }

        @Override
        public WorkerScope openWorker() {
            return WorkerScope.NOTHING;
        }
    }

    /** As the CPU, and takes what it knows nothing of. */
    private static final class DynamicPe implements DynamicTensors {
        private final FakePe pe;

        DynamicPe(String id) {
            pe = FakePe.cpu(id);
        }

        @Override
        public PeDescriptor descriptor() {
            return pe.descriptor();
        }

        @Override
        public DeviceMemory memory() {
            return pe.memory();
        }

        @Override
        public Support supports(LayerGraph graph, Layer layer) {
            return Support.yes();
        }

        @Override
        public Kernel prepare(LayerGraph segment) throws AccelException {
            return pe.prepare(segment);
        }

        @Override
        public WorkerScope openWorker() {
            return pe.openWorker();
        }
    }
}
