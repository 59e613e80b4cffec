// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.Session;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/** Branches, loops, host arithmetic and states, on PEs that really compute. */
class ControlFlowTest {

    private static final TensorSpec PAIR = TensorSpec.of(DType.FLOAT32, 2);

    private final Engine engine =
            new Engine(new Settings(1 << 12, 64, Duration.ofSeconds(5), Duration.ofSeconds(1), 4, Optional.empty()));

    @AfterEach
    void close() {
        engine.close();
    }

    /** A graph by hand, of tensors with two elements. */
    private static final class Net {
        final LayerGraph.Builder builder;
        private int layers;

        Net(String name) {
            builder = new LayerGraph.Builder(name);
        }

        int input() {
            return input(PAIR);
        }

        int input(ValueType type) {
            return builder.addInput("in" + layers + type, type);
        }

        int add(int left, int right) {
            int output = value(PAIR);
            builder.addLayer(new Layer(
                    name(),
                    OpName.parse("aten.add.Tensor"),
                    List.of(
                            NamedArgument.read("self", ref(left)),
                            NamedArgument.read("other", ref(right)),
                            NamedArgument.read("alpha", new Argument.Int(1))),
                    List.of(output),
                    "adder" + layers));
            return output;
        }

        int mul(int left, int right) {
            int output = value(PAIR);
            builder.addLayer(new Layer(
                    name(),
                    OpName.parse("aten.mul.Tensor"),
                    List.of(NamedArgument.read("self", ref(left)), NamedArgument.read("other", ref(right))),
                    List.of(output),
                    "multiplier" + layers));
            return output;
        }

        int host(HostOp op, ValueType type, Argument... operands) {
            int output = value(type);
            builder.addLayer(op.layer(name(), List.of(operands), List.of(output), "host" + layers));
            return output;
        }

        void raise(String message) {
            builder.addLayer(HostOp.RAISE.layer(
                    name(), List.of(new Argument.Text(message), new Argument.Text("ValueError")), List.of(), "guard"));
        }

        int branch(Argument condition, LayerGraph thenGraph, LayerGraph elseGraph, int... operands) {
            int output = value(PAIR);
            builder.addLayer(ControlOps.branch(
                    name(), condition, thenGraph, elseGraph, refs(operands), List.of(output), "branch" + layers));
            return output;
        }

        int loop(Argument maxTrips, Argument condition, LayerGraph body, int carried, int... captured) {
            int output = value(builder.type(carried));
            builder.addLayer(ControlOps.loop(
                    name(),
                    maxTrips,
                    condition,
                    body,
                    List.of(ref(carried)),
                    refs(captured),
                    List.of(output),
                    "loop" + layers));
            return output;
        }

        int value(ValueType type) {
            return builder.addValue("v" + layers++, type);
        }

        private String name() {
            return "layer" + layers++;
        }

        LayerGraph outputs(Argument... outputs) {
            for (Argument output : outputs) {
                builder.addOutput(output);
            }
            return builder.build();
        }

        LayerGraph outputs(int... outputs) {
            return outputs(refs(outputs).toArray(Argument[]::new));
        }

        static Argument ref(int value) {
            return new Argument.Ref(value);
        }

        static List<Argument> refs(int... values) {
            List<Argument> refs = new ArrayList<>();
            for (int value : values) {
                refs.add(ref(value));
            }
            return refs;
        }
    }

    private static Argument ref(int value) {
        return Net.ref(value);
    }

    private static Argument integer(long value) {
        return new Argument.Int(value);
    }

    private static Tensor pair(float first, float second) {
        return Tensor.of(new float[] {first, second}, 2);
    }

    private static Tensor number(long value) {
        return Tensor.of(new long[] {value});
    }

    private Deployment deploy(LayerGraph model, Granularity granularity) throws Exception {
        return engine.deploy(model, new DeployOptions(model.name(), granularity));
    }

    private static float[] first(InferenceResult result) {
        return result.outputs().get(0).toFloats();
    }

    /** if sum > 0: x + x, else: x * x. */
    private static LayerGraph branching() {
        Net then = new Net("then");
        int a = then.input();
        LayerGraph thenGraph = then.outputs(then.add(a, a));
        Net otherwise = new Net("else");
        int b = otherwise.input();
        LayerGraph elseGraph = otherwise.outputs(otherwise.mul(b, b));
        Net net = new Net("branching");
        int x = net.input();
        int flag = net.input(TensorSpec.of(DType.INT64));
        int doubled = net.add(x, x);
        int sign = net.host(HostOp.ITEM, ScalarType.INT, ref(flag));
        int positive = net.host(HostOp.GT, ScalarType.BOOL, ref(sign), integer(0));
        int chosen = net.branch(ref(positive), thenGraph, elseGraph, doubled);
        return net.outputs(net.add(chosen, x), chosen);
    }

    @ParameterizedTest
    @EnumSource(Granularity.class)
    void aBranchRunsOneOfTwoGraphs(Granularity granularity) throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment deployment = deploy(branching(), granularity);
        for (int i = 0; i < 3; i++) {
            assertThat(first(deployment.infer(List.of(pair(1, 2), number(1))))).containsExactly(5, 10);
            assertThat(first(deployment.infer(List.of(pair(1, 2), number(-1))))).containsExactly(5, 18);
        }
    }

    /** n times: x = x + x * w, where w is captured. */
    private static LayerGraph looping() {
        Net body = new Net("body");
        body.input(ScalarType.INT);
        int x = body.input();
        int w = body.input();
        LayerGraph bodyGraph = body.outputs(new Argument.Bool(true), ref(body.add(x, body.mul(x, w))));
        Net net = new Net("looping");
        int start = net.input();
        int factor = net.input();
        int count = net.input(TensorSpec.of(DType.INT64));
        int trips = net.host(HostOp.ITEM, ScalarType.INT, ref(count));
        int end = net.loop(ref(trips), new Argument.Bool(true), bodyGraph, start, factor);
        return net.outputs(end);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 7, 500})
    void aLoopRunsItsBodyAsOftenAsItShould(long trips) throws Exception {
        FakePe accelerator = FakePe.device("dev0", "mul");
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(accelerator);
        Deployment deployment = deploy(looping(), Granularity.SEGMENT);
        float[] found = first(deployment.infer(List.of(pair(1, 2), pair(1, 0), number(trips))));
        assertThat(found).containsExactly((float) Math.pow(2, (double) trips), 2);
        deployment.close();
        EngineTest.await(() -> accelerator.openKernels.get() == 0);
    }

    private static String text(ApplicationProfile profile) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < profile.tasks().size(); i++) {
            TaskProfile task = profile.tasks().get(i);
            String kernel = task.kernel() == TaskProfile.NO_KERNEL
                    ? "core"
                    : profile.kernels().get(task.kernel()).name().replaceAll(":.*", "");
            text.append(i).append(' ').append(kernel);
            task.inputs()
                    .forEach(input ->
                            text.append(' ').append(input.task()).append('/').append(input.bytes()));
            text.append(task.requestBytes() > 0 ? " request/" + task.requestBytes() : "")
                    .append(task.resultBytes() > 0 ? " result/" + task.resultBytes() : "")
                    .append('\n');
        }
        return text.toString();
    }

    @Test
    void theProfileOfALoopHasAsManyIterationsAsItUsuallyRuns() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment deployment = deploy(looping(), Granularity.LAYER);
        assertThat(text(deployment.profile())).as("before the first request").isEqualTo("""
                0 core
                1 core 0/0
                2 mul 1/0 request/16
                3 add 2/8 request/8 result/8
                4 core 3/0
                """);
        for (long trips : new long[] {1, 3}) {
            deployment.infer(List.of(pair(1, 2), pair(1, 0), number(trips)));
        }
        ApplicationProfile profile = deployment.profile();
        assertThat(text(profile)).isEqualTo("""
                0 core
                1 core 0/0
                2 mul 1/0 request/16
                3 add 2/8 request/8
                4 core 3/0
                5 mul 3/8 4/0 request/8
                6 add 3/8 5/8 result/8
                7 core 6/0
                """);
        assertThat(profile.kernels())
                .hasSize(2)
                .allSatisfy(kernel -> assertThat(kernel.measured())
                        .singleElement()
                        .satisfies(cost -> assertThat(cost.peType()).isEqualTo("cpu")));
        assertThat(profile.tasks().get(0).delayNanos()).as("of the core").isPositive();
        assertThat(profile.inputBits()).isEqualTo((8 + 8 + 8) * 8);
    }

    @Test
    void theProfileOfABranchHasTheSideThatRanMost() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment deployment = deploy(branching(), Granularity.LAYER);
        for (long sign : new long[] {1, -1, -1}) {
            deployment.infer(List.of(pair(1, 2), number(sign)));
        }
        ApplicationProfile profile = deployment.profile();
        assertThat(profile.tasks())
                .extracting(task -> task.kernel() == TaskProfile.NO_KERNEL ? "core" : task.label())
                .as("tasks, with what the core does before and after the branch")
                .filteredOn(label -> !label.equals("core"))
                .satisfiesExactly(
                        label -> assertThat(label).contains("adder"),
                        label -> assertThat(label).contains("multiplier"),
                        label -> assertThat(label).contains("adder"));
    }

    @Test
    void aLoopWithoutKernelsDoesNotDeepenTheStack() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Net body = new Net("body");
        int trip = body.input(ScalarType.INT);
        int sum = body.input(ScalarType.INT);
        int next = body.host(HostOp.ADD, ScalarType.INT, ref(sum), ref(trip));
        LayerGraph bodyGraph = body.outputs(new Argument.Bool(true), ref(next));
        Net net = new Net("counting");
        int count = net.input(TensorSpec.of(DType.INT64));
        int trips = net.host(HostOp.ITEM, ScalarType.INT, ref(count));
        int zero = net.host(HostOp.SUB, ScalarType.INT, ref(trips), ref(trips));
        LayerGraph model = net.outputs(net.loop(ref(trips), new Argument.Bool(true), bodyGraph, zero));
        Deployment deployment = deploy(model, Granularity.SEGMENT);
        assertThat(deployment.infer(List.of(number(100_000))).outputs().get(0).toDoubles())
                .containsExactly(100_000.0 * 99_999 / 2);
    }

    @Test
    void aLoopWithoutEndTimesOut() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Net body = new Net("body");
        body.input(ScalarType.INT);
        int x = body.input();
        LayerGraph bodyGraph = body.outputs(new Argument.Bool(true), ref(body.add(x, x)));
        Net net = new Net("endless");
        int start = net.input();
        LayerGraph model = net.outputs(net.loop(new Argument.None(), new Argument.Bool(true), bodyGraph, start));
        Deployment deployment = deploy(model, Granularity.SEGMENT);
        RequestException failure = catchThrowableOfType(
                RequestException.class,
                () -> deployment.infer(List.of(pair(1, 1)), new RequestOptions(Duration.ofMillis(200))));
        assertThat(failure.category()).isEqualTo(RequestException.Category.TIMEOUT);
        // Nothing of it is left: undeploying returns.
        deployment.close();
    }

    @Test
    void whatTheModelRaisesIsTheRequestsError() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Net bad = new Net("bad");
        int unused = bad.input();
        bad.raise("negative values are not allowed");
        LayerGraph badGraph = bad.outputs(unused);
        Net good = new Net("good");
        int x = good.input();
        LayerGraph goodGraph = good.outputs(good.add(x, x));
        Net net = new Net("guarded");
        int input = net.input();
        int flag = net.input(TensorSpec.of(DType.BOOL));
        LayerGraph model = net.outputs(net.branch(ref(flag), goodGraph, badGraph, input));
        Deployment deployment = deploy(model, Granularity.SEGMENT);
        Tensor yes = Tensor.dense(DType.BOOL, new long[0], java.nio.ByteBuffer.wrap(new byte[] {1}));
        Tensor no = Tensor.dense(DType.BOOL, new long[0], java.nio.ByteBuffer.wrap(new byte[] {0}));
        assertThat(first(deployment.infer(List.of(pair(1, 2), yes)))).containsExactly(2, 4);
        RequestException failure =
                catchThrowableOfType(RequestException.class, () -> deployment.infer(List.of(pair(1, 2), no)));
        assertThat(failure)
                .hasMessageContaining("negative values are not allowed")
                .hasMessageContaining("guard");
        assertThat(failure.category()).isEqualTo(RequestException.Category.INVALID_INPUT);
        assertThat(first(deployment.infer(List.of(pair(1, 2), yes)))).containsExactly(2, 4);
    }

    /** n times: list.append(x); then the list. */
    @Test
    void listsGrowInLoopsAndAreFlattenedForTheCaller() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        HostType list = new HostType("List[Tensor]");
        Net body = new Net("body");
        body.input(ScalarType.INT);
        int soFar = body.input(list);
        int x = body.input();
        int longer = body.host(HostOp.APPEND, list, ref(soFar), ref(body.add(x, x)));
        LayerGraph bodyGraph = body.outputs(new Argument.Bool(true), ref(longer));
        Net net = new Net("collecting");
        int input = net.input();
        int count = net.input(TensorSpec.of(DType.INT64));
        int trips = net.host(HostOp.ITEM, ScalarType.INT, ref(count));
        int empty = net.host(HostOp.LIST, list, new Argument.ListOf(List.of()));
        int all = net.loop(ref(trips), new Argument.Bool(true), bodyGraph, empty, input);
        int length = net.host(HostOp.LEN, ScalarType.INT, ref(all));
        Deployment deployment = deploy(net.outputs(all, length), Granularity.SEGMENT);
        InferenceResult result = deployment.infer(List.of(pair(1, 2), number(3)));
        assertThat(result.outputs()).hasSize(4);
        for (int i = 0; i < 3; i++) {
            assertThat(result.outputs().get(i).toFloats()).containsExactly(2, 4);
        }
        assertThat(result.outputs().get(3).toDoubles()).containsExactly(3);
        assertThat(deployment.infer(List.of(pair(1, 2), number(0))).outputs()).hasSize(1);
    }

    /** A list of tensors takes what the other inputs leave, wherever it stands. */
    @Test
    void aListOfTensorsMayBeAnyInput() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        HostType list = new HostType("List[Tensor]");
        Net net = new Net("listing");
        int first = net.input();
        int many = net.builder.addInput("many", list);
        int last = net.input();
        int length = net.host(HostOp.LEN, ScalarType.INT, ref(many));
        Deployment deployment =
                deploy(net.outputs(ref(net.add(first, last)), ref(many), ref(length)), Granularity.SEGMENT);
        for (int count = 0; count < 3; count++) {
            List<Tensor> inputs = new ArrayList<>(List.of(pair(1, 2)));
            for (int i = 0; i < count; i++) {
                inputs.add(pair(i, 7));
            }
            inputs.add(pair(10, 20));
            List<Tensor> outputs = deployment.infer(inputs).outputs();
            assertThat(outputs).hasSize(count + 2);
            assertThat(outputs.get(0).toFloats()).containsExactly(11, 22);
            for (int i = 0; i < count; i++) {
                assertThat(outputs.get(1 + i).toFloats()).containsExactly(i, 7);
            }
            assertThat(outputs.get(count + 1).toDoubles()).containsExactly(count);
        }
        RequestException failure =
                catchThrowableOfType(RequestException.class, () -> deployment.infer(List.of(pair(1, 2))));
        assertThat(failure).hasMessageContaining("found 1 inputs").hasMessageContaining("List[Tensor]");
    }

    /** s = s + x; returns s. */
    private static LayerGraph accumulating() {
        Net net = new Net("accumulating");
        int x = net.input();
        int initial = net.builder.addWeight("start", "start", org.saguaro.model.api.Weight.Kind.BUFFER, pair(10, 20));
        int state = net.builder.addValue("state", PAIR);
        int next = net.add(state, x);
        net.builder.addState(new State("start", state, ref(initial), ref(next)));
        return net.outputs(next);
    }

    @Test
    void aStateLivesInItsSession() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(FakePe.device("dev0", "add"));
        Deployment deployment = deploy(accumulating(), Granularity.SEGMENT);
        assertThat(first(deployment.infer(List.of(pair(1, 1))))).containsExactly(11, 21);
        assertThat(first(deployment.infer(List.of(pair(1, 1))))).containsExactly(12, 22);
        try (Session session = deployment.openSession()) {
            assertThat(first(session.infer(List.of(pair(5, 5))))).containsExactly(15, 25);
            assertThat(first(deployment.infer(List.of(pair(1, 1))))).containsExactly(13, 23);
            session.reset();
            assertThat(first(session.infer(List.of(pair(5, 5))))).containsExactly(15, 25);
        }
        deployment.reset();
        assertThat(first(deployment.infer(List.of(pair(1, 1))))).containsExactly(11, 21);
    }

    @Test
    void requestsOfASessionTakeTurns() throws Exception {
        for (int i = 0; i < 4; i++) {
            engine.addPe(FakePe.cpu("cpu" + i));
        }
        Deployment deployment = deploy(accumulating(), Granularity.SEGMENT);
        List<CompletableFuture<InferenceResult>> results = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            results.add(deployment.submit(List.of(pair(1, 2)), RequestOptions.DEFAULT));
        }
        for (int i = 0; i < 50; i++) {
            assertThat(first(results.get(i).get())).containsExactly(10 + (i + 1), 20 + 2 * (i + 1));
        }
    }

    @Test
    void aRequestThatTimesOutLeavesTheStateAsItWas() throws Exception {
        FakePe cpu = FakePe.cpu("cpu0");
        engine.addPe(cpu);
        Deployment deployment = deploy(accumulating(), Granularity.SEGMENT);
        FakePe.Hold hold = cpu.hold();
        CompletableFuture<InferenceResult> late =
                deployment.submit(List.of(pair(100, 100)), new RequestOptions(Duration.ofMillis(100)));
        CompletableFuture<InferenceResult> next = deployment.submit(List.of(pair(1, 1)), RequestOptions.DEFAULT);
        assertThatThrownBy(late::get).hasMessageContaining("no result within 100 ms");
        cpu.release(hold);
        assertThat(first(next.get())).containsExactly(11, 21);
    }

    @Test
    void aDeviceLostInALoopCostsNoRequestAndNoState() throws Exception {
        FakePe device = FakePe.device("dev0", "mul", "add");
        engine.addPe(FakePe.cpu("cpu0"));
        engine.addPe(device);
        Deployment looping = deploy(looping(), Granularity.LAYER);
        Deployment state = deploy(accumulating(), Granularity.LAYER);
        for (int i = 0; i < 5; i++) {
            device.failNext(1, AccelException.Category.DEVICE_LOST);
            assertThat(first(looping.infer(List.of(pair(1, 2), pair(1, 0), number(6)))))
                    .containsExactly(64, 2);
            assertThat(first(state.infer(List.of(pair(1, 1))))).containsExactly(11 + i, 21 + i);
        }
    }

    @Test
    void requestsWithControlFlowSurvivePesThatComeAndGo() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment deployment = deploy(looping(), Granularity.LAYER);
        for (int round = 0; round < 10; round++) {
            FakePe guest = FakePe.device("guest", "add");
            List<CompletableFuture<InferenceResult>> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                results.add(deployment.submit(List.of(pair(1, 2), pair(1, 0), number(20)), RequestOptions.DEFAULT));
            }
            engine.addPe(guest);
            for (int i = 0; i < 8; i++) {
                results.add(deployment.submit(List.of(pair(1, 2), pair(1, 0), number(20)), RequestOptions.DEFAULT));
            }
            engine.removePe(guest);
            for (CompletableFuture<InferenceResult> result : results) {
                assertThat(first(result.get())).containsExactly(1 << 20, 2);
            }
            EngineTest.await(() -> guest.openKernels.get() == 0);
        }
    }
}
