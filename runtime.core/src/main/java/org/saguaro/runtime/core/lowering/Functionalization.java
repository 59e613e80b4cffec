// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/**
 * Makes in-place operators functional: {@code relu_(x)} becomes {@code relu(x)}, and whoever reads {@code x} later reads the
 * result. Done where no other value shares the memory of {@code x} and is read later; elsewhere the layer stays in place,
 * and {@link TaskGraph} keeps everybody who sees that memory in one task.
 */
final class Functionalization {

    /** Element-wise operators whose functional form gives the element type of their first argument. */
    private static final Set<String> ELEMENTWISE = Set.of(
            "relu_",
            "relu6_",
            "hardtanh_",
            "hardswish_",
            "hardsigmoid_",
            "silu_",
            "mish_",
            "sigmoid_",
            "tanh_",
            "leaky_relu_",
            "elu_",
            "celu_",
            "selu_",
            "clamp_",
            "clamp_min_",
            "clamp_max_",
            "add_",
            "sub_",
            "mul_",
            "div_",
            "neg_",
            "abs_",
            "exp_",
            "sqrt_",
            "square_");

    private Functionalization() {}

    static LoweredGraph run(LoweredGraph lowered, BiPredicate<LayerGraph, Layer> runnable) {
        LayerGraph graph = lowered.graph();
        AliasSets aliases = new AliasSets(graph);
        Map<Integer, Integer> lastRead = lastReads(graph);
        Substitution substitution = new Substitution();
        List<Layer> layers = new ArrayList<>();
        boolean changed = false;
        for (int position = 0; position < graph.layers().size(); position++) {
            Layer original = graph.layers().get(position);
            Layer layer = substitution.apply(original);
            Layer functional = functionalForm(graph, layer);
            if (functional != null
                    && !sharedLater(graph, original, position, aliases, lastRead)
                    && runnable.test(graph, functional)) {
                substitution.replace(
                        Uses.ref(layer.arguments().get(0).value()),
                        functional.outputs().get(0));
                layers.add(functional);
                changed = true;
            } else {
                layers.add(layer);
            }
        }
        return changed
                ? lowered.with(
                        graph.toBuilder()
                                .layers(layers)
                                .outputs(substitution.apply(graph.outputs()))
                                .build(),
                        Map.of())
                : lowered;
    }

    /** {@code relu_} as {@code relu}; null if the layer writes nothing, or more than its first argument. */
    private static @Nullable Layer functionalForm(LayerGraph graph, Layer layer) {
        String name = layer.op().name();
        List<NamedArgument> arguments = layer.arguments();
        if (!layer.op().namespace().equals("aten") || !ELEMENTWISE.contains(name) || arguments.isEmpty()) {
            return null;
        }
        for (int i = 0; i < arguments.size(); i++) {
            if ((arguments.get(i).access() == Access.WRITE) != (i == 0)) {
                return null;
            }
        }
        if (layer.outputs().size() != 1 || layer.outputs().get(0) == Value.NONE || !oneDtype(graph, layer)) {
            return null;
        }
        List<NamedArgument> read = arguments.stream()
                .map(a -> NamedArgument.read(a.name(), a.value()))
                .toList();
        OpName op = layer.op();
        return new Layer(
                layer.name(),
                new OpName(op.namespace(), name.substring(0, name.length() - 1), op.overload()),
                read,
                layer.outputs(),
                layer.modulePath());
    }

    /** Whether type promotion cannot change the result's element type. */
    private static boolean oneDtype(LayerGraph graph, Layer layer) {
        return layer.inputs().stream()
                .allMatch(id -> graph.value(id).type() instanceof TensorSpec spec
                        && spec.dtype() == graph.tensor(layer.outputs().get(0)).dtype()
                        && spec.dtype().isFloatingPoint());
    }

    /** Whether somebody later reads the written memory by a name other than the argument's and the result's. */
    private static boolean sharedLater(
            LayerGraph graph, Layer layer, int position, AliasSets aliases, Map<Integer, Integer> lastRead) {
        int written = layer.inputs().get(0);
        if (graph.weight(written) != null) {
            return true;
        }
        for (int alias : aliases.of(written)) {
            boolean sameName = alias == written || alias == layer.outputs().get(0);
            boolean madeLater = aliases.madeAt(alias) > position;
            if (!sameName
                    && !madeLater
                    && (lastRead.getOrDefault(alias, -1) > position || graph.weight(alias) != null)) {
                return true;
            }
        }
        return false;
    }

    private static Map<Integer, Integer> lastReads(LayerGraph graph) {
        Map<Integer, Integer> last = new HashMap<>();
        for (int i = 0; i < graph.layers().size(); i++) {
            for (int input : graph.layers().get(i).inputs()) {
                last.put(input, i);
            }
        }
        Set<Integer> returned = new HashSet<>();
        graph.outputs().forEach(output -> Layer.forEachRef(output, returned::add));
        returned.forEach(id -> last.put(id, graph.layers().size()));
        return last;
    }
}
