// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.runtime.core.lowering.Net.ANY;
import static org.saguaro.runtime.core.lowering.Net.f32;
import static org.saguaro.runtime.core.lowering.Net.ref;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

class ShapeTaintTest {

    private final Net net = new Net("taint");
    private final int x = net.input(ANY);

    private Set<Integer> tainted(int... outputs) {
        return ShapeTaint.of(net.outputs(outputs)).values();
    }

    private int relu(int self) {
        return net.op("aten.relu.default", ANY, "self", ref(self));
    }

    private int view(int size) {
        return net.op("aten.view.default", ANY, "self?", ref(x), "size", List.of(ref(size)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "aten.nonzero.default",
                "aten.unique_consecutive.default",
                "aten._unique2.default",
                "aten.bincount.default",
                "aten.argwhere.default",
                "torchvision.nms.default",
                "mylib.anything.default"
            })
    void shapesThatDependOnData(String op) {
        int found = net.op(op, ANY, "self", ref(x));
        int after = relu(found);
        int before = relu(x);

        assertThat(tainted(after, before)).containsExactlyInAnyOrder(found, after);
    }

    @Test
    void sizesAreNoData() {
        int size = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        int half = net.host(HostOp.FLOORDIV, ScalarType.INT, ref(size), 2);

        assertThat(tainted(view(half))).isEmpty();
    }

    @Test
    void elementsAreData() {
        int item = net.host(HostOp.ITEM, ScalarType.INT, ref(x));
        int cast = net.host(HostOp.INT, ScalarType.INT, ref(x));
        int viewed = view(item);

        assertThat(tainted(viewed, view(cast))).contains(item, cast, viewed);
    }

    @Test
    void elementsOfWeightsAreAlwaysTheSame() {
        int weight = net.weight("steps", Tensor.of(new long[] {3}, 1));
        int item = net.host(HostOp.ITEM, ScalarType.INT, ref(weight));

        assertThat(tainted(view(item))).isEmpty();
    }

    @Test
    void numbersOfTheCallerMayChange() {
        int number = net.input(ScalarType.INT);
        int viewed = view(number);

        assertThat(tainted(viewed)).containsExactlyInAnyOrder(number, viewed);
    }

    @Test
    void masksSelectAsManyAsTheyLike() {
        int positions = net.input(TensorSpec.of(DType.INT64, 5));
        int mask = net.input(TensorSpec.of(DType.BOOL, 5));
        int unknown = net.input(ANY);
        int taken = index(positions);
        int masked = index(mask);
        int either = index(unknown);

        assertThat(tainted(taken, masked, either)).containsExactlyInAnyOrder(masked, either);
    }

    private int index(int by) {
        return net.op("aten.index.Tensor", ANY, "self", ref(x), "indices", List.of(new Argument.None(), ref(by)));
    }

    @Test
    void someOperatorsAreDynamicInSomeUses() {
        int where = net.op("aten.where.default", ANY, "condition", ref(x));
        int chosen = net.op("aten.where.self", ANY, "condition", ref(x), "self", ref(x), "other", ref(x));
        int open = net.op("aten.one_hot.default", ANY, "self", ref(x), "num_classes", -1);
        int fixed = net.op("aten.one_hot.default", ANY, "self", ref(x), "num_classes", 10);
        int counts = net.op("aten.repeat_interleave.self_Tensor", ANY, "self", ref(x), "repeats", ref(x));
        int count = net.op("aten.repeat_interleave.self_int", ANY, "self", ref(x), "repeats", 2);

        assertThat(tainted(where, chosen, open, fixed, counts, count)).containsExactlyInAnyOrder(where, open, counts);
    }

    private static LayerGraph pass(String name, int times) {
        Net branch = new Net(name);
        int value = branch.input(ANY);
        for (int i = 0; i < times; i++) {
            value = branch.op("aten.relu.default", ANY, "self", ref(value));
        }
        return branch.outputs(value);
    }

    @Test
    void aDecisionOnDataTaintsItsResults() {
        int byData = net.branch(ref(x), pass("a", 1), pass("b", 2), List.of(ref(x)), ANY)
                .get(0);
        int size = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        int large = net.host(HostOp.GT, ScalarType.BOOL, ref(size), 5);
        int bySize = net.branch(ref(large), pass("c", 1), pass("d", 2), List.of(ref(x)), ANY)
                .get(0);

        assertThat(tainted(byData, bySize)).containsExactly(byData);
    }

    private static LayerGraph body(String name, boolean conditionIsData) {
        Net body = new Net(name);
        body.input(ScalarType.INT);
        int value = body.input(ANY);
        int next = body.op("aten.cat.default", ANY, "tensors", List.of(ref(value), ref(value)), "dim", 0);
        int goOn = conditionIsData
                ? body.op("aten.any.default", ANY, "self", ref(next))
                : body.host(HostOp.IDENTITY, ScalarType.BOOL, true);
        return body.outputs(goOn, next);
    }

    private static Set<Integer> inside(ShapeTaint taint, LayerGraph graph, int layer) {
        return taint.nested()
                .getOrDefault(graph.layers().get(layer).name(), List.of())
                .get(0)
                .values();
    }

    @Test
    void aLoopThatEndsByDataTaintsWhatItCarries() {
        int size = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        LayerGraph counted = body("counted", false);
        LayerGraph open = body("open", true);
        int bySize = net.loop(ref(size), new Argument.Bool(true), counted, List.of(ref(x)), List.of(), ANY)
                .get(0);
        int byData = net.loop(ref(size), new Argument.Bool(true), open, List.of(ref(x)), List.of(), ANY)
                .get(0);
        LayerGraph graph = net.outputs(bySize, byData);

        ShapeTaint taint = ShapeTaint.of(graph);

        assertThat(taint.values()).containsExactly(byData);
        assertThat(inside(taint, graph, 1)).isEmpty();
        assertThat(inside(taint, graph, 2))
                .as("what the loop carries, and the number of the iteration")
                .contains(open.inputs().get(0), open.inputs().get(1));
    }

    @Test
    void statesOfOneTypeAreNoData() {
        int weight = net.weight("memory", Tensor.of(new float[2], 2));
        int fixed = net.state("fixed", ref(weight), f32(2));
        int open = net.state("open", ref(weight), ANY);
        int one = relu(fixed);
        int other = relu(open);

        assertThat(tainted(one, other)).containsExactlyInAnyOrder(open, other);
    }
}
