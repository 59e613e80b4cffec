// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/**
 * Makes in-place operators functional where nobody could tell the difference, and says what the rest may touch.
 *
 * <p>Values that may share memory form classes, by the alias marks of the operators' schemas. A write may become functional if
 * no other name of the class that existed before it is read after it; readers of the written name itself read the result
 * instead. Where that does not hold the operator stays, its class is <em>pinned</em> (no fusion, no change of layout), and inputs and
 * weights in the class are copied first, so that a segment never changes what it was given.
 */
public final class InPlaceRewrite {

    /** Normalisations that update their statistics in training, unmarked in the schema. */
    private static final Set<String> SILENT_WRITERS =
            Set.of("batch_norm", "_batch_norm_impl_index", "native_batch_norm", "instance_norm");

    private static final Set<String> STATISTICS = Set.of("running_mean", "running_var");
    private static final int BEFORE_ALL = -1;

    private final LayerGraph segment;
    private final OperatorSchema.Table operators;
    private final List<Layer> layers;
    private final int[] parent;
    private final int[] definedAt;
    private final int[] lastRead;
    private final Map<Integer, Integer> renamed = new HashMap<>();
    private final Set<Integer> writtenClasses = new HashSet<>();

    private InPlaceRewrite(LayerGraph segment, OperatorSchema.Table operators) {
        this.segment = segment;
        this.operators = operators;
        layers = new ArrayList<>(segment.layers());
        int count = segment.values().size();
        parent = new int[count];
        definedAt = new int[count];
        lastRead = new int[count];
        for (int i = 0; i < count; i++) {
            parent[i] = i;
            definedAt[i] = Integer.MAX_VALUE;
            lastRead[i] = BEFORE_ALL;
        }
    }

    /**
     * What came out.
     *
     * @param layers the layers to run
     * @param outputs the segment's outputs, renamed where a write became functional
     * @param copiedFirst inputs and weights that an operator may write
     * @param pinned values whose memory is written in place
     */
    public record Result(List<Layer> layers, List<Argument> outputs, Set<Integer> copiedFirst, Set<Integer> pinned) {}

    /** Rewrites a segment. */
    public static Result of(LayerGraph segment, OperatorSchema.Table operators) {
        return new InPlaceRewrite(segment, operators).run();
    }

    private Result run() {
        scan();
        for (int k = 0; k < layers.size(); k++) {
            Layer layer = rename(layers.get(k));
            layers.set(k, layer);
            List<Integer> written = written(layer);
            if (written.isEmpty()) {
                continue;
            }
            Layer functional = functional(layer, k, written);
            if (functional != null) {
                layers.set(k, functional);
                renamed.put(written.get(0), layer.outputs().get(0));
            } else {
                written.forEach(value -> writtenClasses.add(find(value)));
            }
        }
        Set<Integer> pinned = new HashSet<>();
        Set<Integer> copied = new HashSet<>();
        for (int value = 0; value < parent.length; value++) {
            if (definedAt[value] != Integer.MAX_VALUE && writtenClasses.contains(find(value))) {
                pinned.add(value);
                if (definedAt[value] == BEFORE_ALL) {
                    copied.add(value);
                }
            }
        }
        List<Argument> outputs = segment.outputs().stream().map(this::rename).toList();
        return new Result(List.copyOf(layers), outputs, copied, pinned);
    }

    private void scan() {
        segment.inputs().forEach(id -> definedAt[id] = BEFORE_ALL);
        segment.weights().forEach(weight -> definedAt[weight.value()] = BEFORE_ALL);
        for (int k = 0; k < layers.size(); k++) {
            int position = k;
            Layer layer = layers.get(k);
            layer.inputs().forEach(id -> lastRead[id] = position);
            for (int output : layer.outputs()) {
                if (output != Value.NONE) {
                    definedAt[output] = k;
                }
            }
            joinAliases(layer);
        }
        segment.outputs().forEach(output -> Layer.forEachRef(output, id -> lastRead[id] = Integer.MAX_VALUE));
    }

    private void joinAliases(Layer layer) {
        OperatorSchema operator = operators.get(layer.op());
        boolean silently = operator.mayAliasSilently();
        boolean marked = operator.aliasingResults().contains(true);
        if (!silently && !marked) {
            return;
        }
        for (NamedArgument argument : layer.arguments()) {
            OperatorSchema.Formal parameter = operator.parameter(argument.name());
            if (parameter != null && parameter.tensor() && (silently || parameter.aliased())) {
                Layer.forEachRef(argument.value(), id -> {
                    for (int output : layer.outputs()) {
                        if (output != Value.NONE && isTensor(id) && isTensor(output)) {
                            parent[find(id)] = find(output);
                        }
                    }
                });
            }
        }
    }

    private boolean isTensor(int id) {
        return segment.value(id).type() instanceof TensorSpec
                || segment.value(id).type() instanceof AnyTensor;
    }

    private int find(int value) {
        int root = value;
        while (parent[root] != root) {
            root = parent[root];
        }
        parent[value] = root;
        return root;
    }

    private List<Integer> written(Layer layer) {
        OperatorSchema operator = operators.get(layer.op());
        List<Integer> written = new ArrayList<>();
        for (NamedArgument argument : layer.arguments()) {
            OperatorSchema.Formal parameter = operator.parameter(argument.name());
            boolean silently = STATISTICS.contains(argument.name()) && updatesStatistics(layer);
            if (silently || (parameter != null && parameter.written())) {
                Layer.forEachRef(argument.value(), written::add);
            }
        }
        return written;
    }

    private static boolean updatesStatistics(Layer layer) {
        if (!SILENT_WRITERS.contains(layer.op().name())) {
            return false;
        }
        Argument training = layer.argument("training");
        if (training == null) {
            training = layer.argument("use_input_stats");
        }
        return !(training instanceof Argument.Bool flag && !flag.value());
    }

    /** The functional form of an in-place layer, or null if the difference could be seen or there is no such form. */
    private @Nullable Layer functional(Layer layer, int position, List<Integer> written) {
        String name = layer.op().name();
        if (!name.endsWith("_") || written.size() != 1 || layer.outputs().size() != 1) {
            return null;
        }
        int target = written.get(0);
        if (layer.outputs().get(0) == Value.NONE || isReadByAnotherName(target, position)) {
            return null;
        }
        OpName op = new OpName(
                layer.op().namespace(),
                name.substring(0, name.length() - 1),
                layer.op().overload());
        OperatorSchema functional = operators.find(op);
        if (functional == null || !sameParameters(functional, operators.get(layer.op()))) {
            return null;
        }
        List<NamedArgument> arguments = layer.arguments().stream()
                .map(argument -> NamedArgument.read(argument.name(), argument.value()))
                .toList();
        return new Layer(layer.name(), op, arguments, layer.outputs(), layer.modulePath());
    }

    private boolean isReadByAnotherName(int target, int position) {
        int root = find(target);
        for (int value = 0; value < parent.length; value++) {
            if (value != target
                    && definedAt[value] < position
                    && !renamed.containsKey(value)
                    && find(value) == root
                    && lastRead[value] > position) {
                return true;
            }
        }
        return false;
    }

    private static boolean sameParameters(OperatorSchema a, OperatorSchema b) {
        return a.parameters().size() == b.parameters().size()
                && a.aliasingResults().size() == b.aliasingResults().size()
                && a.parameters().stream()
                        .map(OperatorSchema.Formal::name)
                        .toList()
                        .equals(b.parameters().stream()
                                .map(OperatorSchema.Formal::name)
                                .toList());
    }

    private Layer rename(Layer layer) {
        if (renamed.isEmpty()) {
            return layer;
        }
        List<NamedArgument> arguments = layer.arguments().stream()
                .map(a -> new NamedArgument(a.name(), a.access(), rename(a.value())))
                .toList();
        return new Layer(layer.name(), layer.op(), arguments, layer.outputs(), layer.modulePath());
    }

    private Argument rename(Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            int id = ref.value();
            Integer newer = renamed.get(id);
            while (newer != null) {
                id = newer;
                newer = renamed.get(id);
            }
            return id == ref.value() ? ref : new Argument.Ref(id);
        }
        if (argument instanceof Argument.ListOf list) {
            return new Argument.ListOf(
                    list.elements().stream().map(this::rename).toList());
        }
        return argument;
    }
}
