// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.runtime.core.lowering.Net.ANY;
import static org.saguaro.runtime.core.lowering.Net.f32;
import static org.saguaro.runtime.core.lowering.Net.i;
import static org.saguaro.runtime.core.lowering.Net.ref;
import static org.saguaro.runtime.core.lowering.Sketches.ops;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.lowering.StridedInterpreter.Strided;

class SpecializationTest {

    private static final HostType LIST = new HostType("List[int]");

    private static LayerGraph specialize(LayerGraph graph, Facts facts) {
        return Specialization.run(LoweredGraph.unchanged(graph), facts).graph();
    }

    private static Facts facts(Map<Integer, TensorSpec> specs) {
        return new Facts(specs, Map.of());
    }

    private static int relu(Net net, int self) {
        return net.op("aten.relu.default", ANY, "self", ref(self));
    }

    @Test
    void sizeArithmeticBecomesConstants() {
        Net net = new Net("sizes");
        int x = net.input(ANY);
        int shape = net.host(HostOp.SHAPE, LIST, ref(x));
        int first = net.host(HostOp.GET, ScalarType.INT, ref(shape), 0);
        int second = net.host(HostOp.SIZE, ScalarType.INT, ref(x), -1);
        int half = net.host(HostOp.FLOORDIV, ScalarType.INT, ref(second), 2);
        int sizes = net.host(HostOp.LIST, LIST, List.of(ref(first), i(2), ref(half)));
        int viewed = net.op("aten.view.default", ANY, "self?", ref(x), "size", ref(sizes));
        LayerGraph general = net.outputs(relu(net, viewed));

        LayerGraph special = specialize(general, facts(Map.of(x, f32(3, 8), viewed, f32(3, 2, 4))));

        assertThat(ops(special)).containsExactly("view", "relu");
        assertThat(special.layers().get(0).argument("size")).isEqualTo(Argument.ListOf.ints(3, 2, 4));
        assertThat(special.value(x).type()).isEqualTo(f32(3, 8));
        assertThat(special.value(viewed).type()).isEqualTo(f32(3, 2, 4));
        assertThat(Structure.isStructural(special, special.layers().get(0))).isFalse();
    }

    @Test
    void whatIsNotKnownStays() {
        Net net = new Net("open");
        int x = net.input(ANY);
        int y = net.input(ANY);
        int known = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        int open = net.host(HostOp.SIZE, ScalarType.INT, ref(y), 0);
        int sum = net.host(HostOp.ADD, ScalarType.INT, ref(known), ref(open));
        LayerGraph special = specialize(net.outputs(sum), facts(Map.of(x, f32(3, 8))));

        assertThat(ops(special)).containsExactly("size", "add");
        assertThat(special.layers().get(1).argument("left")).isEqualTo(i(3));
        assertThat(special.layers().get(1).argument("right")).isEqualTo(ref(open));
    }

    @Test
    void listsOfTensorsComeApart() {
        Net net = new Net("lists");
        int x = net.input(ANY);
        int y = net.input(ANY);
        int list = net.host(HostOp.LIST, new HostType("List[Tensor]"), List.of(ref(x)));
        int longer = net.host(HostOp.APPEND, new HostType("List[Tensor]"), ref(list), ref(y));
        int last = net.host(HostOp.GET, ANY, ref(longer), -1);
        int joined = net.op("aten.cat.default", ANY, "tensors", ref(longer), "dim", 0);
        LayerGraph special = specialize(net.outputs(joined, relu(net, last)), Facts.NONE);

        assertThat(ops(special)).containsExactly("cat", "relu");
        assertThat(special.layers().get(0).argument("tensors")).isEqualTo(new Argument.ListOf(List.of(ref(x), ref(y))));
        assertThat(special.layers().get(1).inputs()).containsExactly(y);
    }

    @Test
    void elementTypesAndOptionalsAreKnown() {
        Net net = new Net("types");
        int x = net.input(ANY);
        int type = net.host(HostOp.DTYPE, new HostType("dtype"), ref(x));
        int there = net.host(HostOp.UNWRAP, ANY, ref(x), new Argument.None());
        int none = net.host(HostOp.IS, ScalarType.BOOL, ref(x), new Argument.None());
        int cast = net.op("aten.to.dtype", ANY, "self?", ref(there), "dtype", ref(type));
        LayerGraph special = specialize(net.outputs(cast, none), facts(Map.of(x, f32(2))));

        assertThat(ops(special)).containsExactly("to");
        assertThat(special.layers().get(0).argument("dtype")).isEqualTo(new Argument.Type(DType.FLOAT32));
        assertThat(special.outputs().get(1)).isEqualTo(new Argument.Bool(false));
    }

    /** {@code if x.size(0) > 1: relu(x + w) else: raise}. */
    private static LayerGraph decision(Net net, int x) {
        Net then = new Net("then");
        int inside = then.input(ANY);
        int size = then.host(HostOp.SIZE, ScalarType.INT, ref(inside), 1);
        int flat = then.op("aten.view.default", ANY, "self?", ref(inside), "size", List.of(ref(size), i(2)));
        LayerGraph thenGraph = then.outputs(relu(then, flat));
        Net otherwise = new Net("else");
        int given = otherwise.input(ANY);
        otherwise.builder.addLayer(HostOp.RAISE.layer(
                "raise", List.of(new Argument.Text("too small"), new Argument.None()), List.of(-1), ""));
        LayerGraph elseGraph = otherwise.outputs(given);
        int rows = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        int many = net.host(HostOp.GT, ScalarType.BOOL, ref(rows), 1);
        int result = net.branch(ref(many), thenGraph, elseGraph, List.of(ref(x)), ANY)
                .get(0);
        return net.outputs(net.op("aten.neg.default", ANY, "self", ref(result)));
    }

    @Test
    void aBranchWhoseConditionIsKnownGoes() {
        Net net = new Net("branch");
        int x = net.input(ANY);
        LayerGraph general = decision(net, x);

        LoweredGraph special = Specialization.run(LoweredGraph.unchanged(general), facts(Map.of(x, f32(2, 6))));

        assertThat(ops(special.graph())).containsExactly("view", "relu", "neg");
        assertThat(special.graph().layers().get(0).argument("size")).isEqualTo(Argument.ListOf.ints(6, 2));
        assertThat(special.removed().values())
                .extracting(LoweredGraph.Removal::reason)
                .contains("resolved: its condition is known for these sizes");
        Strided input = Strided.of(new double[] {1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12}, 2, 6);
        assertThat(new StridedInterpreter().run(special.graph(), List.of(input)).toString())
                .isEqualTo(new StridedInterpreter().run(general, List.of(input)).toString());
    }

    @Test
    void theOtherBranchRaises() {
        Net net = new Net("branch");
        int x = net.input(ANY);

        assertThat(ops(specialize(decision(net, x), facts(Map.of(x, f32(1, 6))))))
                .containsExactly("raise", "neg");
    }

    @Test
    void factsOfNestedGraphsAreUsedThere() {
        Net body = new Net("body");
        body.input(ScalarType.INT);
        int carried = body.input(ANY);
        int captured = body.input(ANY);
        int size = body.host(HostOp.SIZE, ScalarType.INT, ref(carried), 0);
        int other = body.host(HostOp.SIZE, ScalarType.INT, ref(captured), 1);
        int next = body.op("aten.view.default", ANY, "self?", ref(carried), "size", List.of(ref(size), ref(other)));
        LayerGraph graph = body.outputs(body.host(HostOp.IDENTITY, ScalarType.BOOL, true), next);
        Net net = new Net("loop");
        int x = net.input(ANY);
        int trips = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        int end = net.loop(ref(trips), new Argument.Bool(true), graph, List.of(ref(x)), List.of(ref(x)), ANY)
                .get(0);
        LayerGraph general = net.outputs(end);
        Layer loop = general.layers().get(1);

        LayerGraph special = specialize(
                general,
                new Facts(Map.of(x, f32(4, 5)), Map.of(loop.name(), List.of(facts(Map.of(carried, f32(4, 5)))))));

        assertThat(ops(special)).containsExactly("loop");
        assertThat(special.layers().get(0).argument("max_trips")).isEqualTo(i(4));
        LayerGraph inside = ControlOps.graphs(special.layers().get(0)).get(0);
        assertThat(ops(inside)).containsExactly("view");
        assertThat(inside.layers().get(0).argument("size"))
                .as("the first by a fact, the second by the operand")
                .isEqualTo(Argument.ListOf.ints(4, 5));
        assertThat(inside.outputs().get(0)).isEqualTo(new Argument.Bool(true));
    }

    @Test
    void copiesOfTheSameTypeGo() {
        Net net = new Net("copies");
        int x = net.input(ANY);
        int y = net.input(ANY);
        int sum = net.op("aten.add.Tensor", ANY, "self", ref(x), "other", ref(y), "alpha", 1);
        int copy = net.op("aten.copy.default", ANY, "self", ref(x), "src", ref(sum), "non_blocking", false);
        LayerGraph general = net.outputs(relu(net, copy));

        assertThat(ops(specialize(general, Facts.NONE))).containsExactly("add", "copy", "relu");
        assertThat(ops(specialize(general, facts(Map.of(x, f32(2), y, f32(2), sum, f32(2), copy, f32(2))))))
                .containsExactly("add", "relu");
        TensorSpec wide = TensorSpec.of(DType.FLOAT64, 2);
        assertThat(ops(specialize(general, facts(Map.of(x, f32(2), y, wide, sum, wide, copy, f32(2))))))
                .containsExactly("add", "copy", "relu");
    }

    @Test
    void symbolsMakeFacts() {
        Net net = new Net("symbols");
        TensorSpec batch = new TensorSpec(
                DType.FLOAT32, new Shape(List.of(new Dim.Symbolic("s0", 1, 64), new Dim.Symbolic("2*s0 + 1", 3, 129))));
        int x = net.input(batch);
        int size = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 1);
        int viewed = net.op("aten.view.default", batch, "self?", ref(x), "size", List.of(ref(size), i(-1)));
        LayerGraph general = net.outputs(viewed);
        SymbolicShapes.Solution solution = SymbolicShapes.solve(List.of(general.value(x)), List.of(new long[] {3, 7}));

        LayerGraph special = specialize(general, Facts.ofSymbols(general, solution.symbols()));

        assertThat(solution).isEqualTo(new SymbolicShapes.Solution(Map.of("s0", 3L), null));
        assertThat(special.value(viewed).type()).isEqualTo(f32(3, 7));
        assertThat(special.layers().get(0).argument("size")).isEqualTo(Argument.ListOf.ints(7, -1));
    }

    @Test
    void factsOfBothKindsAddUp() {
        Facts one = new Facts(Map.of(1, f32(1)), Map.of("loop", List.of(facts(Map.of(5, f32(5))))));
        Facts two = new Facts(Map.of(2, f32(2)), Map.of("loop", List.of(facts(Map.of(6, f32(6))))));

        assertThat(one.and(two))
                .isEqualTo(new Facts(
                        Map.of(1, f32(1), 2, f32(2)), Map.of("loop", List.of(facts(Map.of(5, f32(5), 6, f32(6)))))));
        assertThat(one.and(two).without(new ShapeTaint(java.util.Set.of(1), Map.of())))
                .as("without what is tainted, and without nested facts of which nothing is said")
                .isEqualTo(new Facts(Map.of(2, f32(2)), Map.of("loop", List.of(Facts.NONE))));
        assertThat(new ArrayList<>(one.nested().keySet())).containsExactly("loop");
    }
}
