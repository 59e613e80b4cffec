// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.DeployOptions.Granularity;

/** Graphs that write in place and look through views mean the same before and after lowering, and cut into tasks. */
class MemoryPropertyTest {

    private static final int TRIES = 2_000;
    private static final TensorSpec SPEC = Sketches.float32(1);

    @Property(tries = TRIES)
    void loweringKeepsWhatTheGraphMeans(@ForAll long seed) {
        Random random = new Random(seed);
        LayerGraph graph = randomGraph(random);

        LayerGraph lowered = Lowering.lower(graph, (g, layer) -> layer.name().hashCode() % 4 != 0)
                .graph();

        assertThat(run(lowered, inputs())).as("lowered %s", lowered.layers()).isEqualTo(run(graph, inputs()));
    }

    @Property(tries = TRIES)
    void tasksThatPassCopiesMeanTheSame(@ForAll long seed) {
        Random random = new Random(seed);
        LayerGraph graph = randomGraph(random);
        boolean lower = random.nextBoolean();

        LayerGraph lowered = lower ? Lowering.lower(graph, (g, layer) -> true).graph() : graph;
        TaskGraph cut = TaskGraph.cut(lowered, Granularity.LAYER, layer -> Set.of("cpu"));

        assertThat(runTasks(cut)).as("tasks of %s", graph.layers()).isEqualTo(run(graph, inputs()));
    }

    // --- graphs ---

    private static LayerGraph randomGraph(Random random) {
        GraphSketch net = new GraphSketch("memory");
        int x = net.input(SPEC);
        int y = net.input(SPEC);
        List<Integer> values = new ArrayList<>(List.of(net.add(x, y, 1), net.add(y, y, 1)));
        int layers = 1 + random.nextInt(10);
        for (int i = 0; i < layers; i++) {
            int self = any(values, random);
            int other = any(values, random);
            values.add(
                    switch (random.nextInt(6)) {
                        case 0 -> net.relu(self);
                        case 1 -> net.add(self, other, 1);
                        case 2 -> Sketches.view(net, "aten.view.default", SPEC, self);
                        case 3 -> Sketches.inPlace(net, "aten.neg_.default", SPEC, self);
                        case 4 ->
                            Sketches.inPlace(
                                    net,
                                    "aten.add_.Tensor",
                                    SPEC,
                                    self,
                                    GraphSketch.read("other", other),
                                    NamedArgument.read("alpha", new Argument.Int(1)));
                        default ->
                            Sketches.view(net, "aten.dropout.default", SPEC, self, Sketches.bool("train", false));
                    });
        }
        int[] outputs = new int[1 + random.nextInt(2)];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = any(values, random);
        }
        return net.outputs(outputs);
    }

    private static int any(List<Integer> values, Random random) {
        int back = Math.min(random.nextInt(values.size()), random.nextInt(values.size()));
        return values.get(values.size() - 1 - back);
    }

    private static List<Double> inputs() {
        return List.of(1.0, -2.0);
    }

    // --- a machine with memory: every value is the name of a cell ---

    private static final class Cell {
        double content;

        Cell(double content) {
            this.content = content;
        }
    }

    /** What the caller finds in the outputs when all is done. */
    private static List<Double> run(LayerGraph graph, List<Double> inputs) {
        Map<Integer, Cell> cells = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            cells.put(graph.inputs().get(i), new Cell(inputs.get(i)));
        }
        for (Layer layer : graph.layers()) {
            Cell self = cell(cells, layer.inputs().get(0));
            cells.put(layer.outputs().get(0), result(layer, self, cells));
        }
        return TaskGraph.outputIds(graph).stream()
                .map(id -> cell(cells, id).content)
                .toList();
    }

    private static Cell result(Layer layer, Cell self, Map<Integer, Cell> cells) {
        return switch (layer.op().name()) {
            case "relu" -> new Cell(Math.max(0, self.content));
            case "neg" -> new Cell(-self.content);
            case "add" -> new Cell(self.content + cell(cells, layer.inputs().get(1)).content);
            case "view", "dropout", "reshape" -> self;
            case "clone" -> new Cell(self.content);
            case "neg_" -> {
                self.content = -self.content;
                yield self;
            }
            case "add_" -> {
                self.content += cell(cells, layer.inputs().get(1)).content;
                yield self;
            }
            default -> throw new IllegalArgumentException("unknown " + layer.op());
        };
    }

    private static Cell cell(Map<Integer, Cell> cells, int id) {
        Cell cell = cells.get(id);
        if (cell == null) {
            throw new IllegalStateException("value " + id + " is read before it is made");
        }
        return cell;
    }

    /** Task by task, each on its own copies. */
    private static List<Double> runTasks(TaskGraph cut) {
        Map<Integer, Double> buffers = new HashMap<>();
        for (int i = 0; i < inputs().size(); i++) {
            buffers.put(cut.bufferOfValue().get(cut.graph().inputs().get(i)), inputs().get(i));
        }
        for (TaskGraph.Task task : cut.tasks()) {
            List<Double> read = task.inputBuffers().stream().map(buffers::get).toList();
            List<Double> written = run(task.segment(), read);
            for (int i = 0; i < written.size(); i++) {
                buffers.put(task.outputBuffers().get(i), written.get(i));
            }
        }
        return TaskGraph.outputIds(cut.graph()).stream()
                .map(id -> buffers.get(cut.bufferOfValue().get(id)))
                .toList();
    }
}
