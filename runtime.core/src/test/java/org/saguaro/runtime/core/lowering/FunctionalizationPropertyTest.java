// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.runtime.core.lowering.Net.ANY;
import static org.saguaro.runtime.core.lowering.Net.ref;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.lowering.StridedInterpreter.Strided;

/** Random programs with views and in-place operators give the same numbers when they are made functional. */
class FunctionalizationPropertyTest {

    private static final int TRIES = 500;

    @Property(tries = TRIES)
    void functionalProgramsGiveTheSameNumbers(@ForAll long seed) {
        sameNumbers(new Program(seed, true), Set.of());
    }

    @Property(tries = TRIES)
    void soDoThoseWithoutKnownTypes(@ForAll long seed) {
        sameNumbers(new Program(seed, false), Set.of());
    }

    @Property(tries = TRIES)
    void andThoseWithOperatorsThatHaveNoFunctionalForm(@ForAll long seed) {
        sameNumbers(new Program(seed, true), Set.of("relu", "mul", "copy"));
    }

    private static void sameNumbers(Program program, Set<String> missing) {
        LayerGraph original = program.graph;
        LoweredGraph lowered = Functionalization.run(
                LoweredGraph.unchanged(original),
                (graph, layer) -> !missing.contains(layer.op().name()));

        assertThat(lowered.refusals()).isEmpty();
        assertThat(InPlaceRest.refusals(lowered.graph())).isEmpty();
        if (missing.isEmpty()) {
            assertThat(lowered.graph().layers())
                    .noneMatch(layer -> layer.arguments().stream().anyMatch(a -> a.access() == Access.WRITE));
        }
        StridedInterpreter before = new StridedInterpreter();
        StridedInterpreter after = new StridedInterpreter();
        for (int run = 0; run < 2; run++) {
            List<double[]> expected = elements(before.run(original, program.inputs()));
            List<double[]> found = elements(after.run(lowered.graph(), program.inputs()));
            assertThat(found)
                    .as(() -> "results of " + text(original) + ", functional " + text(lowered.graph()))
                    .usingRecursiveComparison()
                    .isEqualTo(expected);
        }
        Set<String> names = new HashSet<>();
        assertThat(lowered.graph().layers()).allMatch(layer -> names.add(layer.name()));
    }

    private static String text(LayerGraph graph) {
        StringBuilder text = new StringBuilder(graph.inputs().toString());
        for (Layer layer : graph.layers()) {
            text.append("\n  ")
                    .append(layer.outputs())
                    .append(" = ")
                    .append(layer.op())
                    .append(' ')
                    .append(layer.arguments());
        }
        return text.append("\n  return ")
                .append(graph.outputs())
                .append(graph.states())
                .toString();
    }

    private static List<double[]> elements(List<Object> tensors) {
        return tensors.stream().map(tensor -> ((Strided) tensor).elements()).toList();
    }

    private static final class Program {
        final LayerGraph graph;
        private final Net net = new Net("random");
        private final Random random;
        private final boolean typed;
        private final Map<Integer, Strided> sizes = new HashMap<>();
        private final List<Integer> values = new ArrayList<>();

        Program(long seed, boolean typed) {
            this.random = new Random(seed);
            this.typed = typed;
            input(2, 3);
            input(4, 3, 2);
            remember(net.weight("buffer", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2)), dummy(3, 2));
            int layers = 3 + random.nextInt(18);
            for (int i = 0; i < layers; i++) {
                switch (random.nextInt(5)) {
                    case 0 -> compute(any());
                    case 1, 2 -> view(any());
                    default -> write(any());
                }
            }
            int[] outputs = new int[1 + random.nextInt(4)];
            for (int i = 0; i < outputs.length; i++) {
                outputs[i] = any();
            }
            graph = net.outputs(outputs);
        }

        List<Strided> inputs() {
            return graph.inputs().stream()
                    .map(id -> {
                        Strided like = size(id);
                        double[] elements = new double[StridedInterpreter.count(like.sizes)];
                        Arrays.setAll(elements, i -> (i % 7) - 3 + id);
                        return Strided.of(elements, like.sizes);
                    })
                    .toList();
        }

        private Strided size(int id) {
            Strided strided = sizes.get(id);
            if (strided == null) {
                throw new IllegalStateException("value " + id);
            }
            return strided;
        }

        private static Strided dummy(long... sizes) {
            return Strided.of(new double[StridedInterpreter.count(sizes)], sizes);
        }

        private void input(long... like) {
            remember(net.input(type(like)), dummy(like));
        }

        private ValueType type(long... like) {
            return typed ? TensorSpec.of(DType.FLOAT32, like) : ANY;
        }

        private void remember(int id, Strided like) {
            sizes.put(id, like);
            values.add(id);
        }

        private int any() {
            int back = Math.min(random.nextInt(values.size()), random.nextInt(values.size()));
            return values.get(values.size() - 1 - back);
        }

        private void compute(int self) {
            switch (random.nextInt(4)) {
                case 0 -> op("aten.relu.default", "self", ref(self));
                case 1 -> op("aten.neg.default", "self", ref(self));
                case 2 -> op("aten.add.Tensor", "self", ref(self), "other", ref(like(self)), "alpha", 1);
                default -> op("aten.clone.default", "self", ref(self));
            }
        }

        /** Some value that can be broadcast to another. */
        private int like(int self) {
            long[] wanted = size(self).sizes;
            List<Integer> fitting =
                    values.stream().filter(id -> fits(size(id).sizes, wanted)).toList();
            return fitting.get(random.nextInt(fitting.size()));
        }

        private static boolean fits(long[] from, long[] to) {
            for (int i = 1; i <= from.length; i++) {
                if (i > to.length || (from[from.length - i] != to[to.length - i] && from[from.length - i] != 1)) {
                    return false;
                }
            }
            return true;
        }

        private void write(int self) {
            switch (random.nextInt(6)) {
                case 0 -> inPlace("aten.relu_.default", self);
                case 1 -> inPlace("aten.neg_.default", self);
                case 2 -> inPlace("aten.add_.Tensor", self, "other", ref(like(self)), "alpha", 1);
                case 3 -> inPlace("aten.mul_.Scalar", self, "other", 1 + random.nextInt(2));
                case 4 -> inPlace("aten.fill_.Scalar", self, "value", random.nextInt(9));
                default -> inPlace("aten.copy_.default", self, "src", ref(like(self)), "non_blocking", false);
            }
        }

        private void inPlace(String op, int self, Object... more) {
            List<Object> arguments = new ArrayList<>(List.of("self!", ref(self)));
            arguments.addAll(Arrays.asList(more));
            if (random.nextBoolean()) {
                net.run(op, arguments.toArray());
            } else {
                remember(net.op(op, type(size(self).sizes), arguments.toArray()), size(self));
            }
        }

        private void view(int self) {
            Strided strided = size(self);
            long[] shape = strided.sizes;
            int rank = shape.length;
            if (rank == 0) {
                op("aten.unsqueeze.default", "self?", ref(self), "dim", 0);
                return;
            }
            int dim = random.nextInt(rank) - (random.nextBoolean() ? rank : 0);
            int extent = (int) shape[Math.floorMod(dim, rank)];
            if (extent == 0) {
                return;
            }
            int count = StridedInterpreter.count(shape);
            switch (random.nextInt(typed ? 17 : 13)) {
                case 0, 1 -> op("aten.select.int", "self?", ref(self), "dim", dim, "index", random.nextInt(extent));
                case 2 ->
                    op(
                            "aten.slice.Tensor",
                            "self?",
                            ref(self),
                            "dim",
                            dim,
                            "start",
                            random.nextInt(extent) - (random.nextBoolean() ? extent : 0),
                            "end",
                            new org.saguaro.model.api.Argument.None(),
                            "step",
                            1 + random.nextInt(2));
                case 3 -> {
                    int start = random.nextInt(extent);
                    op(
                            "aten.narrow.default",
                            "self?",
                            ref(self),
                            "dim",
                            dim,
                            "start",
                            start,
                            "length",
                            random.nextInt(extent - start) + 1);
                }
                case 4 -> op("aten.transpose.int", "self?", ref(self), "dim0", dim, "dim1", random.nextInt(rank));
                case 5 -> op("aten.permute.default", "self?", ref(self), "dims", permutation(rank));
                case 6 -> op("aten.unsqueeze.default", "self?", ref(self), "dim", dim);
                case 7 -> op("aten.squeeze.default", "self?", ref(self));
                case 8 -> {
                    if (rank >= 2) {
                        op("aten.diagonal.default", "self?", ref(self), "offset", 0, "dim1", 0, "dim2", 1);
                    }
                }
                case 9 -> op("aten.unbind.int", "self?", ref(self), "dim", dim);
                case 10 ->
                    op("aten.split.Tensor", "self?", ref(self), "split_size", 1 + random.nextInt(extent), "dim", dim);
                case 11 -> {
                    if (strided.view(new long[] {count}) != null) {
                        op("aten.view.default", "self?", ref(self), "size", new long[] {count});
                    }
                }
                case 12 -> op("aten.alias.default", "self?", ref(self));
                case 13 -> op("aten.chunk.default", "self?", ref(self), "chunks", 2, "dim", dim);
                case 14 -> op("aten.contiguous.default", "self?", ref(self));
                case 15 -> op("aten.flatten.using_ints", "self?", ref(self), "start_dim", 0, "end_dim", -1);
                default -> op("aten.reshape.default", "self?", ref(self), "shape", other(shape));
            }
        }

        private long[] permutation(int rank) {
            List<Long> order = new ArrayList<>();
            for (long i = 0; i < rank; i++) {
                order.add(random.nextInt(order.size() + 1), i);
            }
            return order.stream().mapToLong(i -> i).toArray();
        }

        /** Other sizes of as many elements. */
        private long[] other(long[] shape) {
            int count = StridedInterpreter.count(shape);
            for (int divisor : new int[] {2, 3}) {
                if (count % divisor == 0 && random.nextBoolean()) {
                    return new long[] {divisor, count / divisor};
                }
            }
            return new long[] {count, 1};
        }

        private void op(String op, Object... arguments) {
            Map<String, Object> given = new HashMap<>();
            for (int i = 0; i < arguments.length; i += 2) {
                String name = ((String) arguments[i]).replace("?", "");
                given.put(name, plain(arguments[i + 1]));
            }
            List<Object> made = StridedInterpreter.pure(op.split("\\.", -1)[1], given);
            List<ValueType> types = new ArrayList<>();
            made.forEach(tensor -> types.add(type(((Strided) tensor).sizes)));
            List<Integer> ids = net.ops(op, types, arguments);
            for (int i = 0; i < ids.size(); i++) {
                remember(ids.get(i), (Strided) made.get(i));
            }
        }

        private Object plain(Object argument) {
            if (argument instanceof org.saguaro.model.api.Argument.Ref ref) {
                return size(ref.value());
            }
            if (argument instanceof Integer number) {
                return (long) number;
            }
            if (argument instanceof long[] list) {
                return Arrays.stream(list).boxed().toList();
            }
            return argument instanceof Boolean ? argument : "None";
        }
    }
}
