// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.host.HostCalls;
import org.saguaro.runtime.core.host.HostTensor;

/**
 * Runs graphs as PyTorch would: views share memory, in-place operators write it. It knows a handful of operators, and computes
 * in double precision.
 */
final class StridedInterpreter {

    /** A tensor: part of some memory. */
    static final class Strided implements HostTensor {
        final double[] memory;
        final int offset;
        final long[] sizes;
        final long[] strides;

        Strided(double[] memory, int offset, long[] sizes, long[] strides) {
            this.memory = memory;
            this.offset = offset;
            this.sizes = sizes;
            this.strides = strides;
        }

        static Strided of(double[] elements, long... sizes) {
            return new Strided(elements, 0, sizes, dense(sizes));
        }

        /** Where each element lies, row-major. */
        int[] places() {
            int count = count(sizes);
            int[] places = new int[count];
            for (int i = 0; i < count; i++) {
                long place = offset;
                int rest = i;
                for (int d = sizes.length - 1; d >= 0; d--) {
                    place += rest % sizes[d] * strides[d];
                    rest /= (int) sizes[d];
                }
                places[i] = (int) place;
            }
            return places;
        }

        double[] elements() {
            return Arrays.stream(places()).mapToDouble(place -> memory[place]).toArray();
        }

        void write(double[] elements) {
            int[] places = places();
            for (int i = 0; i < places.length; i++) {
                memory[places[i]] = elements[i];
            }
        }

        /** The same memory in other sizes, if some strides can say that. */
        @Nullable
        Strided view(long[] to) {
            int[] places = places();
            long[] result = new long[to.length];
            long[] unit = dense(to);
            for (int d = 0; d < to.length; d++) {
                result[d] = to[d] > 1 ? places[(int) unit[d]] - (long) places[0] : 0;
            }
            Strided view = new Strided(memory, places.length == 0 ? 0 : places[0], to, result);
            return Arrays.equals(view.places(), places) ? view : null;
        }

        @Override
        public DType dtype() {
            return DType.FLOAT64;
        }

        @Override
        public long[] sizes() {
            return sizes.clone();
        }

        @Override
        public Object item() {
            return elements()[0];
        }

        @Override
        public Object toList() {
            throw new UnsupportedOperationException("lists of elements");
        }

        @Override
        public String toString() {
            return Arrays.toString(sizes) + Arrays.toString(elements());
        }
    }

    private final Map<String, Object> states = new HashMap<>();
    private final Map<String, Strided> weights = new HashMap<>();

    static int count(long[] sizes) {
        return (int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
    }

    static long[] dense(long[] sizes) {
        long[] strides = new long[sizes.length];
        long next = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = next;
            next *= sizes[i];
        }
        return strides;
    }

    /** What a state holds after the last run; null if it was never set. */
    @Nullable
    Object state(String name) {
        Object state = states.get(name);
        return state == null ? weights.get(name) : state;
    }

    /** Weights that are written, and states, keep their contents from run to run. */
    List<Object> run(LayerGraph graph, List<?> inputs) {
        Map<Integer, Object> values = new HashMap<>();
        for (State state : graph.states()) {
            values.put(
                    state.value(),
                    states.computeIfAbsent(state.name(), name -> argument(graph, values, state.initial())));
        }
        List<Object> results = run(graph, inputs, values);
        Map<String, Object> next = new HashMap<>();
        graph.states().forEach(state -> next.put(state.name(), argument(graph, values, state.next())));
        states.putAll(next);
        return results;
    }

    private List<Object> run(LayerGraph graph, List<?> inputs, Map<Integer, Object> values) {
        for (int i = 0; i < inputs.size(); i++) {
            values.put(graph.inputs().get(i), inputs.get(i));
        }
        for (Layer layer : graph.layers()) {
            List<Object> made = run(graph, layer, values);
            for (int i = 0; i < layer.outputs().size(); i++) {
                if (layer.outputs().get(i) != Value.NONE) {
                    values.put(layer.outputs().get(i), made.get(i));
                }
            }
        }
        List<Object> results = new ArrayList<>();
        graph.outputs().forEach(output -> results.add(argument(graph, values, output)));
        return results;
    }

    private Object argument(LayerGraph graph, Map<Integer, Object> values, Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            Weight weight = graph.weight(ref.value());
            if (weight != null) {
                return weights.computeIfAbsent(
                        weight.name(),
                        name -> Strided.of(
                                weight.data().toDoubles(), weight.data().sizes()));
            }
            Object value = values.get(ref.value());
            if (value == null) {
                throw new IllegalStateException("no value for " + graph.value(ref.value()));
            }
            return value;
        }
        if (argument instanceof Argument.Int constant) {
            return constant.value();
        }
        if (argument instanceof Argument.Real constant) {
            return constant.value();
        }
        if (argument instanceof Argument.Bool constant) {
            return constant.value();
        }
        if (argument instanceof Argument.ListOf list) {
            return list.elements().stream()
                    .map(element -> argument(graph, values, element))
                    .toList();
        }
        return "None";
    }

    private List<Object> run(LayerGraph graph, Layer layer, Map<Integer, Object> values) {
        Map<String, Object> a = new HashMap<>();
        layer.arguments().forEach(argument -> {
            if (!(argument.value() instanceof Argument.Graph)) {
                a.put(argument.name(), argument(graph, values, argument.value()));
            }
        });
        if (HostOp.isHost(layer)) {
            return host(layer, a);
        }
        if (ControlOps.isControl(layer)) {
            return control(layer, a);
        }
        return compute(layer, a);
    }

    private List<Object> host(Layer layer, Map<String, Object> a) {
        @Nullable
        Object[] operands = HostOp.of(layer).parameters().stream()
                .map(name -> "None".equals(a.get(name)) ? null : a.get(name))
                .toArray();
        List<@Nullable Object> results;
        try {
            results = HostCalls.evaluate(HostOp.of(layer), layer.outputs().size(), operands);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        List<Object> made = new ArrayList<>();
        for (Object result : results) {
            made.add(result == null ? "None" : result);
        }
        return made;
    }

    private List<Object> control(Layer layer, Map<String, Object> a) {
        List<LayerGraph> graphs = ControlOps.graphs(layer);
        if (layer.op().equals(ControlOps.IF)) {
            return run(graphs.get(truth(a.get("condition")) ? 0 : 1), list(a, "operands"), new HashMap<>());
        }
        List<Object> carried = new ArrayList<>(list(a, "carried"));
        boolean goesOn = truth(a.get("condition"));
        long trips = a.get("max_trips") instanceof Long limit ? limit : Long.MAX_VALUE;
        for (long i = 0; i < trips && goesOn; i++) {
            List<Object> inputs = new ArrayList<>(List.of(i));
            inputs.addAll(carried);
            inputs.addAll(list(a, "captured"));
            List<Object> made = run(graphs.get(0), inputs, new HashMap<>());
            goesOn = truth(made.get(0));
            carried = made.subList(1, made.size());
        }
        return carried;
    }

    private static boolean truth(@Nullable Object value) {
        return value instanceof Strided tensor ? tensor.elements()[0] != 0 : Boolean.TRUE.equals(value);
    }

    private static List<Object> list(Map<String, Object> a, String name) {
        return new ArrayList<>((List<?>) a.getOrDefault(name, List.of()));
    }

    private static List<Object> compute(Layer layer, Map<String, Object> a) {
        String op = layer.op().name();
        Strided self = (Strided) a.get("self");
        boolean inPlace = op.endsWith("_");
        if (op.equals("unsqueeze_") || op.equals("transpose_")) {
            throw new UnsupportedOperationException("tensors that change their sizes");
        }
        if (inPlace && self != null) {
            Strided result = (Strided) pure(op.substring(0, op.length() - 1), a).get(0);
            self.write(broadcast(result, self.sizes));
            return List.of(self);
        }
        return pure(op, a);
    }

    static List<Object> pure(String op, Map<String, Object> a) {
        Strided self = (Strided) a.get("self");
        if (self == null) {
            throw new IllegalArgumentException("no self: " + op);
        }
        return switch (op) {
            case "relu" -> one(map(self, x -> Math.max(0, x)));
            case "neg" -> one(map(self, x -> -x));
            case "zero" -> one(map(self, x -> 0));
            case "exp" -> one(map(self, Math::exp));
            case "fill" -> one(map(self, x -> number(a, "value")));
            case "clone" -> one(map(self, x -> x));
            case "contiguous" -> one(isDense(self) ? self : map(self, x -> x));
            case "add" -> one(zip(self, a, (x, y) -> x + y));
            case "mul" -> one(zip(self, a, (x, y) -> x * y));
            case "copy" -> one(Strided.of(broadcast((Strided) value(a, "src"), self.sizes), self.sizes));
            case "alias", "detach" -> one(self);
            case "view", "reshape" -> one(reshape(self, longs(a.get(op.equals("view") ? "size" : "shape"))));
            case "reshape_as", "view_as" -> one(reshape(self, ((Strided) value(a, "other")).sizes));
            case "flatten" -> one(reshape(self, new long[] {count(self.sizes)}));
            case "unsqueeze" -> one(unsqueeze(self, number(a, "dim")));
            case "squeeze" ->
                one(reshape(self, Arrays.stream(self.sizes).filter(s -> s != 1).toArray()));
            case "transpose" -> one(transpose(self, number(a, "dim0"), number(a, "dim1")));
            case "t" -> one(transpose(self, 0, 1));
            case "permute" -> one(permute(self, longs(a.get("dims"))));
            case "select" -> one(select(self, number(a, "dim"), number(a, "index")));
            case "slice" -> one(slice(self, a));
            case "narrow" -> one(part(self, number(a, "dim"), number(a, "start"), number(a, "length"), 1));
            case "diagonal" -> one(diagonal(self));
            case "unbind" -> unbind(self, number(a, "dim"));
            case "split" -> split(self, number(a, "dim"), number(a, "split_size"));
            case "chunk" -> {
                int dim = Math.floorMod(number(a, "dim"), self.sizes.length);
                int chunks = number(a, "chunks");
                yield split(self, dim, (int) ((self.sizes[dim] + chunks - 1) / chunks));
            }
            case "select_scatter" -> scatter(self, a, base -> select(base, number(a, "dim"), number(a, "index")));
            case "slice_scatter" -> scatter(self, a, base -> slice(base, a));
            case "diagonal_scatter" -> scatter(self, a, StridedInterpreter::diagonal);
            default -> throw new IllegalArgumentException("unknown operator " + op);
        };
    }

    private interface View {
        Strided of(Strided base);
    }

    private static List<Object> scatter(Strided self, Map<String, Object> a, View view) {
        Strided copy = map(self, x -> x);
        Strided part = view.of(copy);
        part.write(broadcast((Strided) value(a, "src"), part.sizes));
        return List.of(copy);
    }

    private static List<Object> one(Object result) {
        return List.of(result);
    }

    private static Object value(Map<String, Object> a, String name) {
        Object value = a.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no " + name + " among " + a.keySet());
        }
        return value;
    }

    private static int number(Map<String, Object> a, String name) {
        Object value = value(a, name);
        return ((Number) value).intValue();
    }

    private static long[] longs(@Nullable Object list) {
        return ((List<?>) (list == null ? List.of() : list))
                .stream().mapToLong(element -> (Long) element).toArray();
    }

    private static Strided map(Strided self, DoubleUnaryOperator operator) {
        return Strided.of(Arrays.stream(self.elements()).map(operator).toArray(), self.sizes);
    }

    private static Strided zip(Strided self, Map<String, Object> a, DoubleBinaryOperator operator) {
        Object other = value(a, "other");
        if (other instanceof Number scalar) {
            return map(self, x -> operator.applyAsDouble(x, scalar.doubleValue()));
        }
        double[] left = self.elements();
        double[] right = broadcast((Strided) other, self.sizes);
        double[] result = new double[left.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = operator.applyAsDouble(left[i], right[i]);
        }
        return Strided.of(result, self.sizes);
    }

    private static double[] broadcast(Strided tensor, long[] sizes) {
        long[] strides = new long[sizes.length];
        int missing = sizes.length - tensor.sizes.length;
        for (int d = 0; d < sizes.length; d++) {
            boolean stretched = d < missing || tensor.sizes[d - missing] == 1;
            strides[d] = stretched ? 0 : tensor.strides[d - missing];
        }
        return new Strided(tensor.memory, tensor.offset, sizes, strides).elements();
    }

    private static boolean isDense(Strided tensor) {
        Strided same = new Strided(tensor.memory, tensor.offset, tensor.sizes, dense(tensor.sizes));
        return Arrays.equals(same.places(), tensor.places());
    }

    private static Strided reshape(Strided self, long[] sizes) {
        Strided view = self.view(sizes);
        return view == null ? Strided.of(self.elements(), sizes) : view;
    }

    private static Strided unsqueeze(Strided self, int dim) {
        int at = Math.floorMod(dim, self.sizes.length + 1);
        List<Long> sizes = new ArrayList<>(Arrays.stream(self.sizes).boxed().toList());
        List<Long> strides = new ArrayList<>(Arrays.stream(self.strides).boxed().toList());
        sizes.add(at, 1L);
        strides.add(at, 1L);
        return new Strided(self.memory, self.offset, longs(sizes), longs(strides));
    }

    private static Strided transpose(Strided self, int first, int second) {
        long[] order = new long[self.sizes.length];
        Arrays.setAll(order, i -> i);
        int a = Math.floorMod(first, order.length);
        int b = Math.floorMod(second, order.length);
        order[a] = b;
        order[b] = a;
        return permute(self, order);
    }

    private static Strided permute(Strided self, long[] order) {
        long[] sizes = new long[order.length];
        long[] strides = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            int from = Math.floorMod((int) order[i], order.length);
            sizes[i] = self.sizes[from];
            strides[i] = self.strides[from];
        }
        return new Strided(self.memory, self.offset, sizes, strides);
    }

    private static Strided select(Strided self, int dim, int index) {
        int at = Math.floorMod(dim, self.sizes.length);
        int offset = self.offset + Math.floorMod(index, (int) self.sizes[at]) * (int) self.strides[at];
        List<Long> sizes = new ArrayList<>(Arrays.stream(self.sizes).boxed().toList());
        List<Long> strides = new ArrayList<>(Arrays.stream(self.strides).boxed().toList());
        sizes.remove(at);
        strides.remove(at);
        return new Strided(self.memory, offset, longs(sizes), longs(strides));
    }

    private static Strided slice(Strided self, Map<String, Object> a) {
        int dim = Math.floorMod(number(a, "dim"), self.sizes.length);
        long size = self.sizes[dim];
        long start = bound(value(a, "start"), size, 0);
        long end = bound(value(a, "end"), size, size);
        return part(self, dim, (int) start, (int) Math.max(0, end - start), number(a, "step"));
    }

    private static long bound(Object value, long size, long open) {
        if (!(value instanceof Long at)) {
            return open;
        }
        return Math.max(0, Math.min(size, at < 0 ? at + size : at));
    }

    private static Strided part(Strided self, int dim, int start, int length, int step) {
        int at = Math.floorMod(dim, self.sizes.length);
        long[] sizes = self.sizes.clone();
        long[] strides = self.strides.clone();
        int from = Math.floorMod(start, (int) Math.max(1, self.sizes[at]));
        sizes[at] = (length + step - 1L) / step;
        strides[at] *= step;
        return new Strided(self.memory, self.offset + from * (int) self.strides[at], sizes, strides);
    }

    private static Strided diagonal(Strided self) {
        long[] sizes = Arrays.copyOfRange(self.sizes, 2, self.sizes.length + 1);
        long[] strides = Arrays.copyOfRange(self.strides, 2, self.strides.length + 1);
        sizes[sizes.length - 1] = Math.min(self.sizes[0], self.sizes[1]);
        strides[strides.length - 1] = self.strides[0] + self.strides[1];
        return new Strided(self.memory, self.offset, sizes, strides);
    }

    private static List<Object> unbind(Strided self, int dim) {
        List<Object> parts = new ArrayList<>();
        for (int i = 0; i < self.sizes[Math.floorMod(dim, self.sizes.length)]; i++) {
            parts.add(select(self, dim, i));
        }
        return parts;
    }

    private static List<Object> split(Strided self, int dim, int size) {
        List<Object> parts = new ArrayList<>();
        int at = Math.floorMod(dim, self.sizes.length);
        for (int start = 0; start < self.sizes[at]; start += size) {
            parts.add(part(self, at, start, (int) Math.min(size, self.sizes[at] - start), 1));
        }
        return parts;
    }
}
