// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.runtime.core.lowering.Net.ANY;
import static org.saguaro.runtime.core.lowering.Net.f32;
import static org.saguaro.runtime.core.lowering.Net.i;
import static org.saguaro.runtime.core.lowering.Net.ref;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.lowering.StridedInterpreter.Strided;

/** Writes across branches, loops, requests and methods: the functional graphs give the same numbers. */
class StatefulProgramsTest {

    private static final HostType LIST = new HostType("List[Tensor]");

    private final StridedInterpreter before = new StridedInterpreter();
    private final StridedInterpreter after = new StridedInterpreter();

    private static LoweredGraph lower(LayerGraph original) {
        return Lowering.lower(original, (graph, layer) -> true);
    }

    /** Lowers, checks that nothing is written in place any more, and compares runs with each list of inputs in turn. */
    private LayerGraph same(LayerGraph original, Object[]... runs) {
        LoweredGraph lowered = lower(original);
        assertThat(lowered.refusals()).isEmpty();
        requireFunctional(lowered.graph());
        for (Object[] inputs : runs) {
            compare(original, lowered.graph(), inputs);
        }
        return lowered.graph();
    }

    private void compare(LayerGraph original, LayerGraph functional, Object... inputs) {
        assertThat(elements(after.run(functional, fresh(inputs))))
                .isEqualTo(elements(before.run(original, fresh(inputs))));
    }

    private static void requireFunctional(LayerGraph graph) {
        assertThat(graph.layers())
                .noneMatch(layer -> layer.arguments().stream().anyMatch(a -> a.access() == Access.WRITE));
        graph.layers().forEach(layer -> ControlOps.graphs(layer).forEach(StatefulProgramsTest::requireFunctional));
        graph.methods().values().forEach(StatefulProgramsTest::requireFunctional);
    }

    private static List<Object> fresh(Object... inputs) {
        List<Object> copies = new ArrayList<>();
        for (Object input : inputs) {
            copies.add(input instanceof Strided tensor ? Strided.of(tensor.elements(), tensor.sizes) : input);
        }
        return copies;
    }

    private static List<Object> elements(List<Object> results) {
        List<Object> lists = new ArrayList<>();
        for (Object result : results) {
            if (result instanceof Strided tensor) {
                List<Double> list = new ArrayList<>();
                for (double element : tensor.elements()) {
                    list.add(element);
                }
                lists.add(list);
            } else {
                lists.add(result);
            }
        }
        return lists;
    }

    private static Object[] run(Object... inputs) {
        return inputs;
    }

    private static Strided tensor(double... elements) {
        return Strided.of(elements, elements.length);
    }

    private static void addInPlace(Net net, int self, Object other) {
        net.run("aten.add_.Tensor", "self!", ref(self), "other", other, "alpha", 1);
    }

    private static int add(Net net, int self, Object other) {
        return net.op("aten.add.Tensor", ANY, "self", ref(self), "other", other, "alpha", 1);
    }

    private static int select(Net net, int self, Object index) {
        return net.op("aten.select.int", ANY, "self?", ref(self), "dim", 0, "index", index);
    }

    /** A branch that adds one in place to its input and returns nothing. */
    private static LayerGraph increment(String name) {
        Net net = new Net(name);
        int x = net.input(ANY);
        addInPlace(net, x, 1);
        return net.outputs();
    }

    private static LayerGraph nothing(String name) {
        Net net = new Net(name);
        net.input(ANY);
        return net.outputs();
    }

    @Test
    void aBranchThatWritesWhatItIsHanded() {
        Net net = new Net("branch");
        int flag = net.input(ScalarType.BOOL);
        int x = net.input(ANY);
        int copy = net.op("aten.clone.default", ANY, "self", ref(x));
        net.branch(ref(flag), increment("then"), nothing("else"), List.of(ref(copy)));
        LayerGraph functional = same(net.outputs(copy, x), run(true, tensor(1, 2)), run(false, tensor(1, 2)));

        assertThat(functional.layers().get(functional.layers().size() - 1).outputs())
                .as("results of the branch")
                .hasSize(1);
    }

    @Test
    void aBranchThatWritesAViewReachesItsBase() {
        Net net = new Net("view");
        int flag = net.input(ScalarType.BOOL);
        int x = net.input(ANY);
        int part = select(net, x, 1);
        net.branch(ref(flag), increment("then"), nothing("else"), List.of(ref(part)));

        same(
                net.outputs(x, part),
                run(true, Strided.of(new double[] {1, 2, 3, 4}, 2, 2)),
                run(false, Strided.of(new double[] {1, 2, 3, 4}, 2, 2)));
    }

    @Test
    void aLoopThatFillsWhatIsOutside() {
        Net body = new Net("body");
        int index = body.input(ScalarType.INT);
        int x = body.input(ANY);
        int out = body.input(ANY);
        int value = add(body, select(body, x, ref(index)), 10);
        body.run(
                "aten.copy_.default",
                "self!",
                ref(select(body, out, ref(index))),
                "src",
                ref(value),
                "non_blocking",
                false);
        int more = body.host(HostOp.IDENTITY, ScalarType.BOOL, new Argument.Bool(true));
        LayerGraph graph = body.outputs(more);
        Net net = new Net("loop");
        int trips = net.input(ScalarType.INT);
        int input = net.input(ANY);
        int result = net.op("aten.clone.default", ANY, "self", ref(input));
        net.loop(ref(trips), new Argument.Bool(true), graph, List.of(), List.of(ref(input), ref(result)));

        LayerGraph functional = same(net.outputs(result), run(3L, tensor(1, 2, 3)), run(0L, tensor(1, 2, 3)));

        LayerGraph loop = functional.layers().stream()
                .flatMap(layer -> ControlOps.graphs(layer).stream())
                .findFirst()
                .orElseThrow();
        assertThat(loop.inputs()).as("index, what is carried, what is captured").containsExactly(index, out, x);
    }

    @Test
    void loopsInLoops() {
        Net inner = new Net("inner");
        int j = inner.input(ScalarType.INT);
        int row = inner.input(ANY);
        int i = inner.input(ScalarType.INT);
        int cell = select(inner, row, ref(j));
        addInPlace(inner, cell, ref(i));
        LayerGraph innerGraph = inner.outputs(inner.host(HostOp.IDENTITY, ScalarType.BOOL, new Argument.Bool(true)));
        Net outer = new Net("outer");
        int k = outer.input(ScalarType.INT);
        int matrix = outer.input(ANY);
        outer.loop(
                i(3),
                new Argument.Bool(true),
                innerGraph,
                List.of(),
                List.of(ref(select(outer, matrix, ref(k))), ref(k)));
        LayerGraph outerGraph = outer.outputs(outer.host(HostOp.IDENTITY, ScalarType.BOOL, new Argument.Bool(true)));
        Net net = new Net("loops");
        int x = net.input(ANY);
        net.loop(i(2), new Argument.Bool(true), outerGraph, List.of(), List.of(ref(x)));

        same(net.outputs(x), new Object[] {Strided.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3)});
    }

    @Test
    void whatALoopCarriesMayBeWritten() {
        Net body = new Net("body");
        body.input(ScalarType.INT);
        int x = body.input(ANY);
        addInPlace(body, x, 1);
        int doubled = body.op("aten.mul.Tensor", ANY, "self", ref(x), "other", 2);
        LayerGraph graph = body.outputs(body.host(HostOp.IDENTITY, ScalarType.BOOL, new Argument.Bool(true)), doubled);
        Net net = new Net("carried");
        int input = net.input(ANY);
        int start = net.op("aten.clone.default", ANY, "self", ref(input));
        int end = net.loop(i(3), new Argument.Bool(true), graph, List.of(ref(start)), List.of(), ANY)
                .get(0);

        same(net.outputs(end), new Object[] {tensor(1, 2)});
    }

    @Test
    void whatALoopCarriesAndWritesMayNotBeReadAfterwards() {
        Net body = new Net("body");
        body.input(ScalarType.INT);
        int x = body.input(ANY);
        addInPlace(body, x, 1);
        LayerGraph graph =
                body.outputs(body.host(HostOp.IDENTITY, ScalarType.BOOL, new Argument.Bool(true)), add(body, x, 1));
        Net net = new Net("carried");
        int start = net.op("aten.clone.default", ANY, "self", ref(net.input(ANY)));
        int end = net.loop(i(3), new Argument.Bool(true), graph, List.of(ref(start)), List.of(), ANY)
                .get(0);

        assertThat(lower(net.outputs(end, start)).refusals())
                .singleElement()
                .asString()
                .contains("control.loop.default")
                .contains("read after the loop");
    }

    @Test
    void oneMemoryUnderTwoNamesIsRefusedInABranch() {
        Net then = new Net("then");
        int a = then.input(ANY);
        int b = then.input(ANY);
        addInPlace(then, a, 1);
        LayerGraph thenGraph = then.outputs(b);
        Net otherwise = new Net("else");
        otherwise.input(ANY);
        LayerGraph elseGraph = otherwise.outputs(otherwise.input(ANY));
        Net net = new Net("two names");
        int flag = net.input(ScalarType.BOOL);
        int x = net.input(ANY);
        int part = select(net, x, 0);
        int result = net.branch(ref(flag), thenGraph, elseGraph, List.of(ref(x), ref(part)), ANY)
                .get(0);

        assertThat(lower(net.outputs(result)).refusals())
                .singleElement()
                .asString()
                .contains("reads the same memory by another name");
    }

    private static Tensor buffer() {
        return Tensor.of(new float[] {0, 10}, 2);
    }

    @Test
    void aBufferThatIsWrittenLastsFromRequestToRequest() {
        Net net = new Net("counter");
        int x = net.input(ANY);
        int count = net.weight("count", buffer());
        addInPlace(net, count, 1);
        int sum = add(net, x, ref(count));

        LayerGraph functional = same(net.outputs(sum), run(tensor(1, 1)), run(tensor(1, 1)), run(tensor(5, 5)));

        assertThat(functional.states()).extracting(State::name).containsExactly("count");
        assertThat(elements(List.of(after.state("count")))).isEqualTo(List.of(List.of(3.0, 13.0)));
    }

    @Test
    void aBufferThatABranchWritesIsAStateForAll() {
        Net then = new Net("then");
        int inside = then.weight("count", buffer());
        addInPlace(then, inside, 1);
        LayerGraph thenGraph = then.outputs();
        Net otherwise = new Net("else");
        int seen = otherwise.weight("count", buffer());
        otherwise.op("aten.neg.default", ANY, "self", ref(seen));
        LayerGraph elseGraph = otherwise.outputs();
        Net third = new Net("third");
        third.input(ScalarType.INT);
        int carried = third.input(ANY);
        int read = third.weight("count", buffer());
        LayerGraph loop = third.outputs(
                third.host(HostOp.IDENTITY, ScalarType.BOOL, new Argument.Bool(true)), add(third, carried, ref(read)));
        Net net = new Net("shared");
        int flag = net.input(ScalarType.BOOL);
        int x = net.input(ANY);
        net.branch(ref(flag), thenGraph, elseGraph, List.of());
        int sum = net.loop(i(2), new Argument.Bool(true), loop, List.of(ref(x)), List.of(), ANY)
                .get(0);
        int also = net.weight("count", buffer());

        LayerGraph functional = same(
                net.outputs(sum, add(net, also, 0)),
                run(true, tensor(1, 1)),
                run(false, tensor(1, 1)),
                run(true, tensor(1, 1)));

        assertThat(functional.states()).extracting(State::name).containsExactly("count");
        functional
                .layers()
                .forEach(layer -> ControlOps.graphs(layer)
                        .forEach(graph -> assertThat(graph.weights()).isEmpty()));
    }

    @Test
    void aMethodResets() {
        Net reset = new Net("reset");
        int count = reset.weight("count", buffer());
        reset.run("aten.zero_.default", "self!", ref(count));
        LayerGraph method = reset.outputs();
        Net net = new Net("forward");
        int x = net.input(ANY);
        int sum = add(net, x, ref(net.weight("count", buffer())));
        net.builder.addMethod("reset", method);
        LayerGraph original = net.outputs(sum);

        LayerGraph functional = same(original, new Object[] {tensor(1, 1)});
        LayerGraph functionalReset = functional.methods().get("reset");

        assertThat(functional.states())
                .as("states of the method that only reads")
                .extracting(State::name)
                .containsExactly("count");
        assertThat(functionalReset).isNotNull();
        before.run(method, List.of());
        after.run(functionalReset, List.of());
        compare(original, functional, tensor(1, 1));
        assertThat(elements(after.run(functional, List.of(tensor(1, 1))))).isEqualTo(List.of(List.of(1.0, 1.0)));
    }

    @Test
    void aStateOfTheReaderMayBeWrittenInPlace() {
        Net net = new Net("state");
        int x = net.input(f32(2));
        int initial = net.weight("memory", buffer());
        int memory = net.state("memory", ref(initial), f32(2));
        net.run("aten.add_.Tensor", "self!", ref(memory), "other", ref(x), "alpha", 1);
        int out = net.op("aten.neg.default", f32(2), "self", ref(memory));

        LayerGraph functional = same(net.outputs(out), run(tensor(1, 1)), run(tensor(2, 2)));

        assertThat(functional.states()).hasSize(1);
        assertThat(functional.states().get(0).next()).isNotEqualTo(ref(memory));
    }

    @Test
    void aListHoldsItsTensors() {
        Net net = new Net("list");
        int which = net.input(ScalarType.INT);
        int a = net.op("aten.neg.default", ANY, "self", ref(net.input(ANY)));
        int b = net.op("aten.neg.default", ANY, "self", ref(net.input(ANY)));
        int list = net.host(HostOp.LIST, LIST, List.of(ref(a), ref(b)));
        addInPlace(net, a, 100);
        int first = net.host(HostOp.GET, ANY, ref(list), 0);
        addInPlace(net, first, 1000);
        int any = net.host(HostOp.GET, ANY, ref(list), ref(which));

        same(
                net.outputs(any, a, add(net, first, 0)),
                run(0L, tensor(1, 2), tensor(3, 4)),
                run(1L, tensor(1, 2), tensor(3, 4)));
    }

    @Test
    void anElementOfAListThatIsHandedOverMayBeWritten() {
        Net body = new Net("body");
        int index = body.input(ScalarType.INT);
        int list = body.input(LIST);
        addInPlace(body, body.host(HostOp.GET, ANY, ref(list), ref(index)), 7);
        LayerGraph graph = body.outputs(body.host(HostOp.IDENTITY, ScalarType.BOOL, new Argument.Bool(true)));
        Net outer = new Net("outer");
        int given = outer.input(LIST);
        outer.loop(i(2), new Argument.Bool(true), graph, List.of(), List.of(ref(given)));
        int second = outer.host(HostOp.GET, ANY, ref(given), 1);

        same(outer.outputs(add(outer, second, 0)), new Object[] {List.of(tensor(1, 2), tensor(3, 4))});
    }

    @Test
    void anOptionalIsWhatItHolds() {
        Net net = new Net("optional");
        int x = net.input(ANY);
        int made = net.op("aten.neg.default", ANY, "self", ref(x));
        int maybe = net.host(HostOp.IDENTITY, new HostType("Optional[Tensor]"), ref(made));
        int there = net.host(HostOp.UNWRAP, ANY, ref(maybe), new Argument.None());
        addInPlace(net, there, 5);

        same(net.outputs(made, there), new Object[] {tensor(1, 2)});
    }

    @Test
    void anElementPickedFromTensorsOfTheSameGraphIsRefused() {
        Net net = new Net("pick");
        int which = net.input(ScalarType.INT);
        int a = net.op("aten.neg.default", ANY, "self", ref(net.input(ANY)));
        int b = net.op("aten.neg.default", ANY, "self", ref(net.input(ANY)));
        int list = net.host(HostOp.LIST, LIST, List.of(ref(a), ref(b)));
        int any = net.host(HostOp.GET, ANY, ref(list), ref(which));
        addInPlace(net, any, 1);

        assertThat(lower(net.outputs(a, b)).refusals())
                .singleElement()
                .asString()
                .contains("aten.add_.Tensor");
    }
}
