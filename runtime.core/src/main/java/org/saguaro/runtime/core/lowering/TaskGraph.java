// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.DeployOptions.Granularity;

/**
 * A lowered graph cut into tasks, with the buffers between them.
 *
 * @param graph the lowered graph
 * @param tasks in topological order; position = {@link Task#index()}
 * @param buffers one per group of values that are never alive together; a task reads and writes buffers only
 * @param bufferOfValue buffer of each value that crosses a task's border, by value id
 */
public record TaskGraph(LayerGraph graph, List<Task> tasks, List<Buffer> buffers, Map<Integer, Integer> bufferOfValue) {

    /**
     * One schedulable piece of the model.
     *
     * @param index position
     * @param segment what it computes
     * @param peTypes PE types that support all of its layers
     * @param inputBuffers buffers read, in the order of the segment's inputs
     * @param outputBuffers buffers written, in the order of the segment's outputs
     * @param predecessors tasks whose outputs it reads
     * @param successors tasks that read its outputs
     */
    public record Task(
            int index,
            LayerGraph segment,
            Set<String> peTypes,
            List<Integer> inputBuffers,
            List<Integer> outputBuffers,
            List<Integer> predecessors,
            List<Integer> successors) {

        /** How people see it. */
        public String label() {
            List<Layer> layers = segment.layers();
            String first = layers.get(0).label();
            return layers.size() == 1
                    ? first
                    : first + " .. " + layers.get(layers.size() - 1).label() + " (" + layers.size() + " layers)";
        }
    }

    /**
     * A place for values that share a type.
     *
     * @param values the values that live there, one after the other
     */
    public record Buffer(List<Integer> values) {}

    /**
     * Cuts a graph.
     *
     * @param supporters PE types that support a layer; never empty
     */
    public static TaskGraph cut(LayerGraph graph, Granularity granularity, Function<Layer, Set<String>> supporters) {
        List<Block> blocks = new ArrayList<>();
        for (List<Layer> unit : Fusion.units(graph, supporters)) {
            blocks.add(Block.of(unit, supporters));
        }
        blocks = joinWhatSharesWrittenMemory(graph, blocks);
        if (granularity == Granularity.SEGMENT) {
            blocks = joinWhatNoChoiceSeparates(blocks);
        }
        return connect(graph, blocks);
    }

    /** Layers that will be one task. */
    private record Block(List<Layer> layers, Set<String> peTypes) {
        static Block of(List<Layer> layers, Function<Layer, Set<String>> supporters) {
            Set<String> common = new TreeSet<>(supporters.apply(layers.get(0)));
            layers.forEach(layer -> common.retainAll(supporters.apply(layer)));
            return new Block(layers, common);
        }

        Block plus(Block next) {
            List<Layer> joined = new ArrayList<>(layers);
            joined.addAll(next.layers);
            Set<String> common = new TreeSet<>(peTypes);
            common.retainAll(next.peTypes);
            return new Block(joined, common);
        }
    }

    /** In-place operators that stayed need everybody who sees the memory in their own task: tasks pass copies. */
    private static List<Block> joinWhatSharesWrittenMemory(LayerGraph graph, List<Block> blocks) {
        Map<Layer, Integer> blockOf = new HashMap<>();
        for (int i = 0; i < blocks.size(); i++) {
            for (Layer layer : blocks.get(i).layers()) {
                blockOf.put(layer, i);
            }
        }
        AliasSets aliases = new AliasSets(graph);
        // joinedUpTo[i]: block i and all up to that one must be one task.
        int[] joinedUpTo = new int[blocks.size()];
        for (Layer layer : graph.layers()) {
            Set<Integer> shared = new LinkedHashSet<>();
            layer.arguments().stream()
                    .filter(argument -> argument.access() == Access.WRITE)
                    .forEach(argument -> Layer.forEachRef(argument.value(), id -> shared.addAll(aliases.of(id))));
            if (shared.isEmpty()) {
                continue;
            }
            int first = Integer.MAX_VALUE;
            int last = -1;
            for (Layer other : graph.layers()) {
                if (!Collections.disjoint(other.inputs(), shared) || !Collections.disjoint(other.outputs(), shared)) {
                    int block = blockOf.getOrDefault(other, 0);
                    first = Math.min(first, block);
                    last = Math.max(last, block);
                }
            }
            joinedUpTo[first] = Math.max(joinedUpTo[first], last);
        }
        List<Block> joined = new ArrayList<>();
        int end = -1;
        for (int i = 0; i < blocks.size(); i++) {
            if (i <= end) {
                joined.set(joined.size() - 1, joined.get(joined.size() - 1).plus(blocks.get(i)));
            } else {
                joined.add(blocks.get(i));
            }
            end = Math.max(end, joinedUpTo[i]);
        }
        return joined;
    }

    /** Neighbours that only one and the same type of PE can run form one task. */
    private static List<Block> joinWhatNoChoiceSeparates(List<Block> blocks) {
        List<Block> joined = new ArrayList<>();
        for (Block block : blocks) {
            Block previous = joined.isEmpty() ? null : joined.get(joined.size() - 1);
            if (previous != null
                    && block.peTypes().size() == 1
                    && previous.peTypes().equals(block.peTypes())) {
                joined.set(joined.size() - 1, previous.plus(block));
            } else {
                joined.add(block);
            }
        }
        return joined;
    }

    private static TaskGraph connect(LayerGraph graph, List<Block> blocks) {
        Map<Integer, Integer> makerOf = new HashMap<>();
        List<LayerGraph> segments = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            Set<Layer> members = new HashSet<>();
            members.addAll(blocks.get(i).layers());
            LayerGraph segment = graph.segment(graph.name() + "#" + i, members);
            segments.add(segment);
            for (int id : outputIds(segment)) {
                makerOf.put(id, i);
            }
        }
        List<Set<Integer>> predecessors = new ArrayList<>();
        List<Set<Integer>> successors = new ArrayList<>();
        blocks.forEach(block -> successors.add(new TreeSet<>()));
        for (int i = 0; i < blocks.size(); i++) {
            Set<Integer> before = new TreeSet<>();
            for (int input : segments.get(i).inputs()) {
                Integer maker = makerOf.get(input);
                if (maker != null) {
                    before.add(maker);
                    successors.get(maker).add(i);
                }
            }
            predecessors.add(before);
        }
        BufferPlan plan = BufferPlan.of(graph, segments, predecessors);
        List<Task> tasks = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            tasks.add(new Task(
                    i,
                    segments.get(i),
                    Set.copyOf(blocks.get(i).peTypes()),
                    plan.buffersOf(segments.get(i).inputs()),
                    plan.buffersOf(outputIds(segments.get(i))),
                    List.copyOf(predecessors.get(i)),
                    List.copyOf(successors.get(i))));
        }
        return new TaskGraph(graph, List.copyOf(tasks), plan.buffers(), plan.bufferOfValue());
    }

    /** Ids of the values a segment makes for others, in the order of its outputs. */
    public static List<Integer> outputIds(LayerGraph segment) {
        return segment.outputs().stream()
                .map(output -> ((Argument.Ref) output).value())
                .toList();
    }

    /**
     * Gives each value that crosses a border a buffer. A buffer is used again for a value made by a task that comes after all
     * who made or read the value before, whatever the order in which tasks run. The caller's inputs and outputs keep theirs.
     */
    private record BufferPlan(List<Buffer> buffers, Map<Integer, Integer> bufferOfValue) {

        static BufferPlan of(LayerGraph graph, List<LayerGraph> segments, List<Set<Integer>> predecessors) {
            List<BitSet> ancestors = new ArrayList<>();
            Map<Integer, BitSet> usersOf = new HashMap<>();
            for (int i = 0; i < segments.size(); i++) {
                BitSet before = new BitSet();
                for (int predecessor : predecessors.get(i)) {
                    before.set(predecessor);
                    before.or(ancestors.get(predecessor));
                }
                ancestors.add(before);
                for (int input : segments.get(i).inputs()) {
                    usersOf.computeIfAbsent(input, id -> new BitSet()).set(i);
                }
            }
            Set<Integer> kept = new TreeSet<>(graph.inputs());
            graph.outputs().forEach(output -> Layer.forEachRef(output, kept::add));
            List<List<Integer>> values = new ArrayList<>();
            Map<Integer, Integer> bufferOf = new HashMap<>();
            for (int input : graph.inputs()) {
                bufferOf.put(input, values.size());
                values.add(List.of(input));
            }
            List<Integer> reusable = new ArrayList<>();
            for (int i = 0; i < segments.size(); i++) {
                for (int output : outputIds(segments.get(i))) {
                    Integer found = null;
                    if (!kept.contains(output)) {
                        for (int candidate : reusable) {
                            List<Integer> occupants = values.get(candidate);
                            int last = occupants.get(occupants.size() - 1);
                            if (sameType(graph, last, output)
                                    && isDead(usersOf.getOrDefault(last, new BitSet()), ancestors.get(i))) {
                                found = candidate;
                                break;
                            }
                        }
                    }
                    if (found == null) {
                        found = values.size();
                        values.add(new ArrayList<>());
                        if (!kept.contains(output)) {
                            reusable.add(found);
                        }
                    }
                    values.get(found).add(output);
                    bufferOf.put(output, found);
                }
            }
            return new BufferPlan(
                    values.stream().map(v -> new Buffer(List.copyOf(v))).toList(), Map.copyOf(bufferOf));
        }

        private static boolean isDead(BitSet users, BitSet ancestors) {
            BitSet alive = (BitSet) users.clone();
            alive.andNot(ancestors);
            return alive.isEmpty();
        }

        private static boolean sameType(LayerGraph graph, int a, int b) {
            Value first = graph.value(a);
            Value second = graph.value(b);
            return Types.bufferDtype(first.type()) == Types.bufferDtype(second.type());
        }

        List<Integer> buffersOf(Collection<Integer> ids) {
            return ids.stream().map(bufferOfValue::get).toList();
        }
    }
}
