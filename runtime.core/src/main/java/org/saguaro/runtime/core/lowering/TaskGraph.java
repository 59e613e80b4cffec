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
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.DeployOptions.Granularity;

/**
 * A lowered graph cut into tasks, with the buffers between them.
 *
 * @param graph the lowered graph
 * @param tasks in topological order; position = {@link Task#index()}
 * @param buffers one per group of values that are never alive together; a task reads and writes buffers only
 * @param bufferOfValue buffer of each value that crosses a task's border, by value id: inputs, states, what tasks make for
 *     others; not weights, which tasks read where they are
 */
public record TaskGraph(LayerGraph graph, List<Task> tasks, List<Buffer> buffers, Map<Integer, Integer> bufferOfValue) {

    /** Who runs a task. */
    public enum Kind {
        /** A processing element. */
        PE,
        /** The core: host operators. */
        HOST,
        /** The core: one layer with nested graphs, or one {@linkplain Structure#isStructural structural} layer. */
        CONTROL
    }

    /**
     * One schedulable piece of the model.
     *
     * @param index position
     * @param kind who runs it
     * @param segment what it computes
     * @param peTypes PE types that support all of its layers; empty if the core runs it
     * @param inputBuffers buffers read, in the order of the segment's inputs
     * @param outputBuffers buffers written, in the order of the segment's outputs
     * @param predecessors tasks whose outputs it reads
     * @param successors tasks that read its outputs
     */
    public record Task(
            int index,
            Kind kind,
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
     * A place for values of one kind: tensors of one element type, tensors of unknown element type, scalars of one type, or
     * host values.
     *
     * @param values the values that live there, one after the other
     */
    public record Buffer(List<Integer> values) {}

    /**
     * Cuts a graph. Nested graphs stay inside their layers.
     *
     * @param lowered whose host layers may be moved ({@link #graph} has them in the new order)
     * @param supporters PE types that support a layer; never empty; only asked about layers that PEs run
     */
    public static TaskGraph cut(LayerGraph lowered, Granularity granularity, Function<Layer, Set<String>> supporters) {
        return cut(lowered, granularity, supporters, type -> type);
    }

    /**
     * As above.
     *
     * @param families what a PE type is a shape of: types of one family are never at work together, so they are no choice between which
     *     a border would pay
     */
    public static TaskGraph cut(
            LayerGraph lowered,
            Granularity granularity,
            Function<Layer, Set<String>> supporters,
            UnaryOperator<String> families) {
        LayerGraph graph = TaskOrder.of(lowered);
        List<Block> blocks = new ArrayList<>();
        for (List<Layer> unit : Fusion.units(graph, supporters)) {
            blocks.add(Block.of(Structure.kind(graph, unit.get(0)), unit, supporters));
        }
        blocks = joinWhatSharesWrittenMemory(graph, blocks);
        blocks = join(blocks, (previous, next) -> previous.kind() == Kind.HOST && next.kind() == Kind.HOST);
        if (granularity == Granularity.SEGMENT) {
            // Neighbours that only one and the same family of PEs can run form one task.
            blocks = join(
                    blocks,
                    (previous, next) -> previous.peTypes().equals(next.peTypes())
                            && next.peTypes().stream().map(families).distinct().count() == 1);
        }
        return connect(graph, blocks);
    }

    /** Layers that will be one task. */
    private record Block(Kind kind, List<Layer> layers, Set<String> peTypes) {
        static Block of(Kind kind, List<Layer> layers, Function<Layer, Set<String>> supporters) {
            if (kind != Kind.PE) {
                return new Block(kind, layers, Set.of());
            }
            Set<String> common = new TreeSet<>(supporters.apply(layers.get(0)));
            layers.forEach(layer -> common.retainAll(supporters.apply(layer)));
            return new Block(kind, layers, common);
        }

        Block plus(Block next) {
            if (kind != next.kind) {
                throw new IllegalArgumentException("layers "
                        + layers.get(layers.size() - 1).name() + " and "
                        + next.layers.get(0).name() + " share memory that is written in place, but the core runs one"
                        + " and a PE the other");
            }
            List<Layer> joined = new ArrayList<>(layers);
            joined.addAll(next.layers);
            Set<String> common = new TreeSet<>(peTypes);
            common.retainAll(next.peTypes);
            return new Block(kind, joined, common);
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

    private static List<Block> join(List<Block> blocks, BiPredicate<Block, Block> belongTogether) {
        List<Block> joined = new ArrayList<>();
        for (Block block : blocks) {
            Block previous = joined.isEmpty() ? null : joined.get(joined.size() - 1);
            if (previous != null && belongTogether.test(previous, block)) {
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
                    blocks.get(i).kind(),
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
     * who made or read the value before, whatever the order in which tasks run. The caller's inputs and outputs keep theirs,
     * and so do states, before and after.
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
            Set<Integer> given = new LinkedHashSet<>(graph.inputs());
            graph.states().forEach(state -> given.add(state.value()));
            Set<Integer> kept = new TreeSet<>(given);
            graph.states().forEach(state -> Layer.forEachRef(state.next(), kept::add));
            graph.outputs().forEach(output -> Layer.forEachRef(output, kept::add));
            List<List<Integer>> values = new ArrayList<>();
            Map<Integer, Integer> bufferOf = new HashMap<>();
            for (int input : given) {
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
            return place(graph.value(a).type()).equals(place(graph.value(b).type()));
        }

        /** Equal for values that may take the same place. */
        private static Object place(ValueType type) {
            if (type instanceof TensorSpec spec) {
                return spec.dtype();
            }
            return type instanceof HostType ? HostType.class : type;
        }

        List<Integer> buffersOf(Collection<Integer> ids) {
            return ids.stream().map(bufferOfValue::get).toList();
        }
    }
}
