// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.api.contract.ReferenceInterpreter;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.DeployOptions.Granularity;

/** What holds for the cut of any graph, whatever the PEs support. */
class TaskGraphPropertyTest {

    private static final int TRIES = 300;
    private static final int ORDERS = 4;

    @Property(tries = TRIES)
    void everyLayerIsInExactlyOneTask(@ForAll long seed) {
        RandomCut random = new RandomCut(seed);
        List<Layer> inTasks = new ArrayList<>();
        random.cut.tasks().forEach(task -> inTasks.addAll(task.segment().layers()));
        assertThat(inTasks).containsExactlyInAnyOrderElementsOf(random.graph.layers());
    }

    @Property(tries = TRIES)
    void tasksComeInTopologicalOrder(@ForAll long seed) {
        TaskGraph cut = new RandomCut(seed).cut;
        Set<Integer> made = new HashSet<>(cut.graph().inputs());
        for (TaskGraph.Task task : cut.tasks()) {
            assertThat(task.index()).isEqualTo(cut.tasks().indexOf(task));
            assertThat(made)
                    .as("values made before task %d", task.index())
                    .containsAll(task.segment().inputs());
            made.addAll(TaskGraph.outputIds(task.segment()));
        }
    }

    @Property(tries = TRIES)
    void predecessorsAndSuccessorsAreWhoMakesAndReads(@ForAll long seed) {
        TaskGraph cut = new RandomCut(seed).cut;
        for (TaskGraph.Task reader : cut.tasks()) {
            for (TaskGraph.Task maker : cut.tasks()) {
                Set<Integer> passed = new HashSet<>(TaskGraph.outputIds(maker.segment()));
                passed.retainAll(reader.segment().inputs());
                assertThat(reader.predecessors().contains(maker.index()))
                        .as("task %d is a predecessor of %d", maker.index(), reader.index())
                        .isEqualTo(!passed.isEmpty());
                assertThat(maker.successors().contains(reader.index()))
                        .as("task %d is a successor of %d", reader.index(), maker.index())
                        .isEqualTo(!passed.isEmpty());
            }
        }
    }

    @Property(tries = TRIES)
    void aTaskRunsWhereAllItsLayersRun(@ForAll long seed) {
        RandomCut random = new RandomCut(seed);
        for (TaskGraph.Task task : random.cut.tasks()) {
            Set<String> common = new TreeSet<>(RandomCut.TYPES);
            task.segment().layers().forEach(layer -> common.retainAll(random.supporters(layer)));
            assertThat(task.peTypes()).as("types of %s", task.label()).isEqualTo(common);
            assertThat(task.peTypes()).as("types of %s", task.label()).isNotEmpty();
        }
    }

    @Property(tries = TRIES)
    void noOrderOfExecutionOverwritesWhatIsStillRead(@ForAll long seed) {
        TaskGraph cut = new RandomCut(seed).cut;
        Map<Integer, TaskGraph.Task> makerOf = new HashMap<>();
        Map<Integer, Set<Integer>> usersOf = new HashMap<>();
        List<BitSet> ancestors = new ArrayList<>();
        for (TaskGraph.Task task : cut.tasks()) {
            BitSet before = new BitSet();
            for (int predecessor : task.predecessors()) {
                before.set(predecessor);
                before.or(ancestors.get(predecessor));
            }
            ancestors.add(before);
            TaskGraph.outputIds(task.segment()).forEach(id -> {
                makerOf.put(id, task);
                usersOf.computeIfAbsent(id, i -> new TreeSet<>()).add(task.index());
            });
            task.segment()
                    .inputs()
                    .forEach(id ->
                            usersOf.computeIfAbsent(id, i -> new TreeSet<>()).add(task.index()));
        }
        Set<Integer> callers = new HashSet<>(cut.graph().inputs());
        callers.addAll(TaskGraph.outputIds(cut.graph()));
        Set<Integer> placed = new HashSet<>();
        for (TaskGraph.Buffer buffer : cut.buffers()) {
            assertThat(placed).as("values placed so far").doesNotContainAnyElementsOf(buffer.values());
            placed.addAll(buffer.values());
            for (int i = 0; i < buffer.values().size(); i++) {
                int value = buffer.values().get(i);
                assertThat(cut.bufferOfValue())
                        .containsEntry(value, cut.buffers().indexOf(buffer));
                if (buffer.values().size() > 1) {
                    assertThat(callers)
                            .as("values that the caller brings or gets")
                            .doesNotContain(value);
                }
                for (int later : buffer.values().subList(i + 1, buffer.values().size())) {
                    TaskGraph.Task maker = makerOf.get(later);
                    assertThat(maker).as("maker of value %d", later).isNotNull();
                    assertThat(usersOf.getOrDefault(value, Set.of()))
                            .as(
                                    "maker and readers of value %d must come before the maker of %d in any order",
                                    value, later)
                            .allMatch(user -> maker != null
                                    && ancestors.get(maker.index()).get(user));
                    assertThat(cut.graph().tensor(later).dtype())
                            .as("element type of value %d, as of %d", later, value)
                            .isEqualTo(cut.graph().tensor(value).dtype());
                }
            }
        }
        assertThat(placed)
                .as("values with a place")
                .isEqualTo(cut.bufferOfValue().keySet());
    }

    @Property(tries = TRIES)
    void anyOrderOfExecutionGivesTheModelsNumbers(@ForAll long seed) {
        RandomCut random = new RandomCut(seed);
        List<Tensor> inputs = random.inputs();
        List<Tensor> expected = new ReferenceInterpreter().run(random.graph, inputs);
        for (int order = 0; order < ORDERS; order++) {
            Map<Integer, Tensor> found = random.execute(inputs);
            List<Integer> outputs = TaskGraph.outputIds(random.graph);
            for (int i = 0; i < outputs.size(); i++) {
                Tensor output = found.get(random.cut.bufferOfValue().get(outputs.get(i)));
                assertThat(output).as("output %d", i).isNotNull();
                assertThat(output == null ? new double[0] : output.toDoubles())
                        .as("output %d of order %d", i, order)
                        .isEqualTo(expected.get(i).toDoubles());
            }
        }
    }

    /** A random graph, random support, and its cut. */
    private static final class RandomCut {

        static final Set<String> TYPES = Set.of("cpu", "fpga", "gpu");

        final LayerGraph graph;
        final TaskGraph cut;
        private final Random random;
        private final Map<String, Set<String>> support = new HashMap<>();

        RandomCut(long seed) {
            random = new Random(seed);
            GraphSketch net = new GraphSketch("random");
            List<Integer> singles = new ArrayList<>(List.of(net.input(2, 3), net.weight(2, 3)));
            TensorSpec wide = TensorSpec.of(DType.FLOAT64, 2, 3);
            List<Integer> doubles = new ArrayList<>(List.of(net.input(wide)));
            List<Integer> made = new ArrayList<>(singles.subList(0, 1));
            int layers = random.nextInt(24);
            for (int i = 0; i < layers; i++) {
                boolean single = random.nextInt(4) > 0;
                List<Integer> values = single ? singles : doubles;
                int id = switch (random.nextInt(single ? 4 : 3)) {
                    case 0 -> net.relu(any(values));
                    case 1 -> net.add(any(values), any(values), 1);
                    case 2 -> net.mul(any(values), any(values));
                    default -> net.linear(any(values), net.weight(3, 3), net.weight(3));
                };
                values.add(id);
                made.add(id);
            }
            // What nobody reads is computed all the same; the caller gets the last value and some others.
            int[] outputs = new int[1 + random.nextInt(3)];
            outputs[0] = made.get(made.size() - 1);
            for (int i = 1; i < outputs.length; i++) {
                outputs[i] = any(made);
            }
            graph = net.outputs(outputs);
            List<String> types = List.copyOf(new TreeSet<>(TYPES));
            for (Layer layer : graph.layers()) {
                Set<String> some = new TreeSet<>();
                types.stream().filter(type -> random.nextInt(3) == 0).forEach(some::add);
                some.add(types.get(random.nextInt(5) < 3 ? 0 : random.nextInt(types.size())));
                support.put(layer.name(), some);
            }
            cut = TaskGraph.cut(
                    graph, random.nextBoolean() ? Granularity.SEGMENT : Granularity.LAYER, this::supporters);
        }

        Set<String> supporters(Layer layer) {
            return support.getOrDefault(layer.name(), Set.of());
        }

        /** Recent values rather than old ones, so that graphs are deep as well as wide. */
        private int any(List<Integer> values) {
            int back = Math.min(random.nextInt(values.size()), random.nextInt(values.size()));
            return values.get(values.size() - 1 - back);
        }

        List<Tensor> inputs() {
            List<Tensor> inputs = new ArrayList<>();
            for (int id : graph.inputs()) {
                Tensor singles = Tensor.of(
                        new float[] {
                            random.nextFloat() - 0.5f,
                            random.nextFloat() - 0.5f,
                            random.nextFloat() - 0.5f,
                            random.nextFloat() - 0.5f,
                            random.nextFloat() - 0.5f,
                            random.nextFloat() - 0.5f
                        },
                        2,
                        3);
                Value value = graph.value(id);
                inputs.add(value.type().equals(singles.spec()) ? singles : widened(singles));
            }
            return inputs;
        }

        private static Tensor widened(Tensor tensor) {
            ByteBuffer bytes = ByteBuffer.allocateDirect(48).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asDoubleBuffer().put(tensor.toDoubles());
            return Tensor.dense(DType.FLOAT64, tensor.sizes(), bytes);
        }

        /** Runs the tasks one by one in a random valid order; what is in each buffer in the end. */
        Map<Integer, Tensor> execute(List<Tensor> inputs) {
            Map<Integer, Tensor> buffers = new HashMap<>();
            for (int i = 0; i < inputs.size(); i++) {
                buffers.put(cut.bufferOfValue().get(graph.inputs().get(i)), inputs.get(i));
            }
            Set<Integer> done = new HashSet<>();
            while (done.size() < cut.tasks().size()) {
                List<TaskGraph.Task> ready = cut.tasks().stream()
                        .filter(task -> !done.contains(task.index()) && done.containsAll(task.predecessors()))
                        .toList();
                assertThat(ready).as("tasks ready after %s", done).isNotEmpty();
                TaskGraph.Task task = ready.get(random.nextInt(ready.size()));
                List<Tensor> read = new ArrayList<>();
                for (int buffer : task.inputBuffers()) {
                    Tensor tensor = buffers.get(buffer);
                    assertThat(tensor).as("contents of buffer %d", buffer).isNotNull();
                    if (tensor != null) {
                        read.add(tensor);
                    }
                }
                List<Tensor> written = new ReferenceInterpreter().run(task.segment(), read);
                for (int i = 0; i < written.size(); i++) {
                    buffers.put(task.outputBuffers().get(i), written.get(i));
                }
                done.add(task.index());
            }
            return buffers;
        }
    }
}
