// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.runtime.core.lowering.Net.ANY;
import static org.saguaro.runtime.core.lowering.Net.f32;
import static org.saguaro.runtime.core.lowering.Net.i;
import static org.saguaro.runtime.core.lowering.Net.ref;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.lowering.TaskGraph.Kind;

/** What the core runs itself, among tasks of PEs. */
class HostTasksTest {

    private static final HostType LIST = new HostType("List[Tensor]");

    private final List<String> asked = new ArrayList<>();

    private Set<String> cpu(Layer layer) {
        asked.add(layer.op().namespace());
        return Set.of("cpu");
    }

    private static List<String> tasks(TaskGraph cut) {
        return cut.tasks().stream()
                .map(task -> task.kind() + " " + String.join(" ", Sketches.ops(task.segment())))
                .toList();
    }

    private static int relu(Net net, int self) {
        return net.op("aten.relu.default", ANY, "self", ref(self));
    }

    private static int view(Net net, int self, int size) {
        return net.op("aten.view.default", ANY, "self?", ref(self), "size", List.of(ref(size), i(-1)));
    }

    @Test
    void sizesOfInputsDoNotPartLayers() {
        Net net = new Net("sizes");
        int x = net.input(ANY);
        int first = relu(net, x);
        int size = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        int half = net.host(HostOp.FLOORDIV, ScalarType.INT, ref(size), 2);
        LayerGraph graph = net.outputs(relu(net, view(net, first, half)));

        TaskGraph cut = TaskGraph.cut(graph, Granularity.SEGMENT, this::cpu);

        assertThat(tasks(cut)).containsExactly("HOST size floordiv", "PE relu view relu");
        assertThat(cut.graph().layers().get(0).op().name()).as("first layer").isEqualTo("size");
        assertThat(asked).as("who was asked for support").containsOnly("aten");
        assertThat(cut.tasks().get(0).peTypes()).isEmpty();
        assertThat(cut.tasks().get(0).segment().inputs()).containsExactly(x);
        assertThat(TaskGraph.outputIds(cut.tasks().get(0).segment())).containsExactly(half);
        assertThat(cut.tasks().get(1).predecessors()).containsExactly(0);
    }

    @Test
    void hostLayersWaitForEachOther() {
        Net net = new Net("two sizes");
        int x = net.input(ANY);
        int first = relu(net, x);
        int size = net.host(HostOp.SIZE, ScalarType.INT, ref(first), 0);
        int second = relu(net, first);
        int other = net.host(HostOp.SIZE, ScalarType.INT, ref(second), 1);
        int third = view(net, second, size);
        LayerGraph graph = net.outputs(view(net, third, other));

        assertThat(tasks(TaskGraph.cut(graph, Granularity.SEGMENT, this::cpu)))
                .containsExactly("PE relu relu", "HOST size size", "PE view view");
    }

    @Test
    void aGranularityOfLayersKeepsHostLayersTogether() {
        Net net = new Net("layers");
        int x = net.input(ANY);
        int size = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        int half = net.host(HostOp.FLOORDIV, ScalarType.INT, ref(size), 2);

        assertThat(tasks(TaskGraph.cut(
                        net.outputs(relu(net, view(net, relu(net, x), half))), Granularity.LAYER, this::cpu)))
                .containsExactly("HOST size floordiv", "PE relu", "PE view", "PE relu");
    }

    @Test
    void eachControlLayerIsATask() {
        Net body = new Net("body");
        LayerGraph branch = body.outputs(relu(body, body.input(ANY)));
        Net net = new Net("control");
        int flag = net.input(ScalarType.BOOL);
        int x = net.input(ANY);
        int one = net.branch(ref(flag), branch, branch, List.of(ref(x)), ANY).get(0);
        int two = net.branch(ref(flag), branch, branch, List.of(ref(one)), ANY).get(0);
        int none = net.host(HostOp.NOT, ScalarType.BOOL, ref(flag));
        LayerGraph graph = net.outputs(relu(net, two), none);

        TaskGraph cut = TaskGraph.cut(graph, Granularity.SEGMENT, this::cpu);

        assertThat(tasks(cut)).containsExactly("HOST not", "CONTROL if", "CONTROL if", "PE relu");
        assertThat(cut.tasks().get(1).segment().inputs()).containsExactly(flag, x);
    }

    @Test
    void listsMakeALayerStructural() {
        Net net = new Net("lists");
        int x = net.input(ANY);
        int list = net.op("aten.split.Tensor", LIST, "self?", ref(x), "split_size", 2, "dim", 0);
        int again = net.op("aten.cat.default", ANY, "tensors", ref(list), "dim", 0);
        int type = net.host(HostOp.DTYPE, new HostType("dtype"), ref(x));
        int cast = net.op("aten.to.dtype", ANY, "self?", ref(again), "dtype", ref(type));
        int known = net.op("aten.cat.default", ANY, "tensors", List.of(ref(cast), ref(x)), "dim", 0);
        LayerGraph graph = net.outputs(known);

        TaskGraph cut = TaskGraph.cut(graph, Granularity.SEGMENT, this::cpu);

        assertThat(tasks(cut)).containsExactly("HOST dtype", "CONTROL split", "CONTROL cat", "CONTROL to", "PE cat");
        assertThat(graph.layers().stream().map(layer -> Structure.kind(graph, layer)))
                .containsExactly(Kind.CONTROL, Kind.CONTROL, Kind.HOST, Kind.CONTROL, Kind.PE);
    }

    @Test
    void whateverCrossesABorderHasAPlaceOfItsKind() {
        Net net = new Net("places");
        int x = net.input(ANY);
        int typed = net.input(f32(2));
        int size = net.host(HostOp.SIZE, ScalarType.INT, ref(x), 0);
        int viewed = view(net, x, size);
        int list = net.host(HostOp.LIST, LIST, List.of(ref(viewed), ref(typed)));
        int joined = net.op("aten.cat.default", ANY, "tensors", ref(list), "dim", 0);
        int second = net.host(HostOp.SIZE, ScalarType.INT, ref(joined), 0);
        int third = net.host(HostOp.LIST, LIST, List.of(ref(joined), ref(second)));
        int last = net.op("aten.stack.default", ANY, "tensors", ref(third), "dim", 0);
        LayerGraph graph = net.outputs(view(net, last, second), second);

        TaskGraph cut = TaskGraph.cut(graph, Granularity.SEGMENT, this::cpu);

        assertThat(cut.bufferOfValue())
                .containsOnlyKeys(
                        x,
                        typed,
                        size,
                        viewed,
                        list,
                        joined,
                        second,
                        third,
                        last,
                        outputs(graph).get(0));
        assertThat(cut.bufferOfValue().get(third))
                .as("place of a list made when the first one is dead")
                .isEqualTo(cut.bufferOfValue().get(list));
        for (TaskGraph.Buffer buffer : cut.buffers()) {
            assertThat(buffer.values().stream()
                            .map(id -> graph.value(id).type())
                            .distinct())
                    .as("types in one place")
                    .hasSize(1);
        }
    }

    private static List<Integer> outputs(LayerGraph graph) {
        return Sketches.outputs(graph);
    }

    @Test
    void statesKeepTheirPlaces() {
        Net net = new Net("states");
        int x = net.input(f32(2));
        int initial = net.weight("memory", Tensor.of(new float[2], 2));
        int memory = net.builder.addValue("memory", f32(2));
        int sum = net.op("aten.add.Tensor", f32(2), "self", ref(memory), "other", ref(x), "alpha", 1);
        int next = net.op("aten.relu.default", f32(2), "self", ref(sum));
        int out = net.op("aten.neg.default", f32(2), "self", ref(x));
        net.builder.addState(new State("memory", memory, ref(initial), ref(next)));
        LayerGraph graph = net.outputs(out);

        TaskGraph cut = TaskGraph.cut(graph, Granularity.LAYER, this::cpu);

        assertThat(cut.bufferOfValue()).containsKeys(x, memory, sum, next, out).doesNotContainKey(initial);
        for (int kept : List.of(x, memory, next, out)) {
            assertThat(cut.buffers()
                            .get(cut.bufferOfValue().getOrDefault(kept, -1))
                            .values())
                    .as("values in the place of %s", graph.value(kept).name())
                    .containsExactly(kept);
        }
    }

    @Test
    void whatAHostLayerReadsCannotBeWrittenInPlace() {
        Net net = new Net("written");
        int x = net.input(ANY);
        int made = relu(net, x);
        net.run("aten.add_.Tensor", "self!", ref(made), "other", ref(x), "alpha", new Argument.Int(1));
        int item = net.host(HostOp.ITEM, ScalarType.FLOAT, ref(made));
        LayerGraph graph = net.outputs(item);

        assertThatThrownBy(() -> TaskGraph.cut(graph, Granularity.SEGMENT, this::cpu))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("share memory that is written in place");
    }
}
