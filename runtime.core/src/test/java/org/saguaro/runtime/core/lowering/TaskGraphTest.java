// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.accel.api.contract.GraphSketch.NO_BIAS;
import static org.saguaro.runtime.core.lowering.Sketches.cpuAnd;
import static org.saguaro.runtime.core.lowering.Sketches.float32;
import static org.saguaro.runtime.core.lowering.Sketches.inPlace;
import static org.saguaro.runtime.core.lowering.Sketches.only;
import static org.saguaro.runtime.core.lowering.Sketches.view;

import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.runtime.core.DeployOptions.Granularity;

class TaskGraphTest {

    private final GraphSketch net = new GraphSketch("tasks");
    private final int x = net.input(2, 3);

    private static List<List<String>> tasks(TaskGraph graph) {
        return graph.tasks().stream().map(task -> Sketches.ops(task.segment())).toList();
    }

    private static TaskGraph segments(LayerGraph graph, Function<Layer, Set<String>> supporters) {
        return TaskGraph.cut(graph, Granularity.SEGMENT, supporters);
    }

    private static TaskGraph layers(LayerGraph graph, Function<Layer, Set<String>> supporters) {
        return TaskGraph.cut(graph, Granularity.LAYER, supporters);
    }

    @Test
    void whatOnlyOneTypeCanRunIsOneSegment() {
        LayerGraph graph = net.outputs(net.relu(net.mul(net.relu(x), x)));

        assertThat(tasks(segments(graph, cpuAnd()))).containsExactly(List.of("relu", "mul", "relu"));
        assertThat(tasks(layers(graph, cpuAnd()))).containsExactly(List.of("relu"), List.of("mul"), List.of("relu"));
    }

    @Test
    void aChoiceSeparates() {
        LayerGraph graph = net.outputs(net.add(net.add(net.mul(net.mul(net.relu(net.relu(x)), x), x), x, 1), x, 1));

        TaskGraph cut = segments(graph, cpuAnd("fpga:mul"));

        assertThat(tasks(cut))
                .containsExactly(List.of("relu", "relu"), List.of("mul"), List.of("mul"), List.of("add", "add"));
        assertThat(cut.tasks())
                .extracting(TaskGraph.Task::peTypes)
                .containsExactly(Set.of("cpu"), Set.of("cpu", "fpga"), Set.of("cpu", "fpga"), Set.of("cpu"));
    }

    @Test
    void otherTypesAreOtherSegments() {
        LayerGraph graph = net.outputs(net.relu(net.mul(net.mul(net.relu(x), x), x)));

        assertThat(tasks(segments(graph, only("cpu:relu", "fpga:mul"))))
                .containsExactly(List.of("relu"), List.of("mul", "mul"), List.of("relu"));
    }

    @Test
    void aFusedUnitIsOneTaskAtAnyGranularity() {
        int image = net.input(1, 1, 4, 4);
        int convolved = net.conv2d(image, net.weight(1, 1, 3, 3), NO_BIAS, 1, 1, 1, 1);
        LayerGraph graph = net.outputs(net.mul(net.relu(convolved), image));

        assertThat(tasks(layers(graph, cpuAnd("fpga:conv2d,relu"))))
                .containsExactly(List.of("conv2d", "relu"), List.of("mul"));
    }

    @Test
    void wiresTasksAndBuffers() {
        int first = net.relu(x);
        int left = net.mul(first, x);
        int right = net.add(first, x, 1);
        int sum = net.add(left, right, 1);
        TaskGraph cut = layers(net.outputs(sum, left), cpuAnd());

        assertThat(cut.tasks())
                .extracting(TaskGraph.Task::predecessors)
                .containsExactly(List.of(), List.of(0), List.of(0), List.of(1, 2));
        assertThat(cut.tasks())
                .extracting(TaskGraph.Task::successors)
                .containsExactly(List.of(1, 2), List.of(3), List.of(3), List.of());
        for (TaskGraph.Task task : cut.tasks()) {
            assertThat(task.inputBuffers())
                    .as("input buffers of task %d", task.index())
                    .isEqualTo(task.segment().inputs().stream()
                            .map(cut.bufferOfValue()::get)
                            .toList());
            assertThat(task.outputBuffers())
                    .as("output buffers of task %d", task.index())
                    .isEqualTo(TaskGraph.outputIds(task.segment()).stream()
                            .map(cut.bufferOfValue()::get)
                            .toList());
        }
    }

    @Test
    void aChainNeedsTwoBuffersBesideInputAndOutput() {
        int value = x;
        for (int i = 0; i < 20; i++) {
            value = net.relu(value);
        }

        TaskGraph cut = layers(net.outputs(value), cpuAnd());

        assertThat(cut.tasks()).hasSize(20);
        assertThat(cut.buffers()).as("buffers: input, output and two in turn").hasSize(4);
    }

    @Test
    void valuesInsideATaskNeedNoBuffer() {
        int inside = net.relu(x);
        int outside = net.relu(inside);

        assertThat(segments(net.outputs(outside), cpuAnd()).bufferOfValue()).containsOnlyKeys(x, outside);
    }

    @Test
    void whatSharesWrittenMemoryIsOneTask() {
        int before = net.relu(x);
        int made = net.mul(before, x);
        int alias = view(net, "aten.view.default", float32(2, 3), made);
        int between = net.add(before, before, 1);
        inPlace(net, "aten.relu_.default", float32(2, 3), made);
        int reader = net.mul(alias, between);
        int after = net.relu(reader);

        TaskGraph cut = layers(net.outputs(after), cpuAnd("fpga:relu,mul"));

        assertThat(tasks(cut))
                .as("from the maker of the memory to its last reader")
                .containsExactly(List.of("relu"), List.of("mul", "view", "add", "relu_", "mul"), List.of("relu"));
        assertThat(cut.tasks())
                .extracting(TaskGraph.Task::peTypes)
                .as("types that support all of a task's layers")
                .containsExactly(Set.of("cpu", "fpga"), Set.of("cpu"), Set.of("cpu", "fpga"));
    }

    @Test
    void overlappingWritesAreJoinedIntoOne() {
        int first = net.relu(x);
        int second = net.mul(x, x);
        inPlace(net, "aten.relu_.default", float32(2, 3), first);
        inPlace(net, "aten.relu_.default", float32(2, 3), second);
        int firstReader = net.relu(first);
        int secondReader = net.mul(second, second);

        assertThat(tasks(layers(net.outputs(firstReader, secondReader), cpuAnd())))
                .containsExactly(List.of("relu", "mul", "relu_", "relu_", "relu", "mul"));
    }

    @Test
    void aModelWithoutLayersHasNoTasks() {
        TaskGraph cut = segments(net.outputs(x), cpuAnd());

        assertThat(cut.tasks()).isEmpty();
        assertThat(cut.bufferOfValue()).containsOnlyKeys(x);
    }

    @Test
    void labelsSayWhatATaskComputes() {
        LayerGraph graph = net.outputs(net.mul(net.relu(x), x));

        assertThat(layers(graph, cpuAnd()).tasks())
                .extracting(TaskGraph.Task::label)
                .containsExactly("block.relu_0", "block.mul_1");
        assertThat(segments(graph, cpuAnd()).tasks())
                .extracting(TaskGraph.Task::label)
                .containsExactly("block.relu_0 .. block.mul_1 (2 layers)");
    }
}
