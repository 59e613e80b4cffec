// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;

/**
 * Removes layers that only matter in training, in checks, or where somebody writes in place: dropout in evaluation mode, detach,
 * assertions, copies. One graph at a time.
 */
final class NoOpRemoval {

    private static final Set<String> DROPOUTS = Set.of(
            "dropout",
            "dropout_",
            "feature_dropout",
            "feature_dropout_",
            "alpha_dropout",
            "alpha_dropout_",
            "feature_alpha_dropout",
            "feature_alpha_dropout_");
    private static final Set<String> IDENTITIES = Set.of("detach", "detach_", "alias", "lift_fresh");
    private static final Set<String> CHECKS = Set.of(
            "_assert_async",
            "_assert_scalar",
            "_assert_tensor_metadata",
            "sym_constrain_range",
            "sym_constrain_range_for_size");

    private NoOpRemoval() {}

    static LoweredGraph run(LoweredGraph lowered) {
        LayerGraph graph = lowered.graph();
        boolean functional = graph.layers().stream()
                .allMatch(layer -> layer.arguments().stream().noneMatch(a -> a.access() == Access.WRITE));
        Set<Integer> leaving = new HashSet<>();
        graph.outputs().forEach(output -> Layer.forEachRef(output, leaving::add));
        graph.states().forEach(state -> Layer.forEachRef(state.next(), leaving::add));
        Substitution substitution = new Substitution();
        Map<String, Removal> removed = new HashMap<>();
        List<Layer> kept = new ArrayList<>();
        for (Layer layer : graph.layers()) {
            if (isCheck(layer)) {
                removed.put(layer.name(), new Removal("removed: a check of the exporter", ""));
            } else if (isIdentity(layer)) {
                int source = substitution.resolve(layer.inputs().get(0));
                substitution.replace(layer.outputs().get(0), source);
                removed.put(layer.name(), new Removal("removed: no effect in evaluation mode", ""));
            } else if (functional
                    && isCopy(graph, layer)
                    && !leaving.contains(layer.outputs().get(0))) {
                int source =
                        substitution.resolve(Uses.ref(layer.argument(layer.op().isAten("copy") ? "src" : "self")));
                substitution.replace(layer.outputs().get(0), source);
                removed.put(layer.name(), new Removal("removed: nobody writes the copy", ""));
            } else {
                kept.add(substitution.apply(layer));
            }
        }
        return removed.isEmpty()
                ? lowered
                : lowered.with(
                        graph.toBuilder()
                                .layers(kept)
                                .outputs(substitution.apply(graph.outputs()))
                                .states(substitution.applyToStates(graph.states()))
                                .build(),
                        removed);
    }

    private static boolean isCheck(Layer layer) {
        return layer.op().namespace().equals("aten")
                && CHECKS.contains(layer.op().name())
                && layer.outputs().stream().allMatch(id -> id == Value.NONE);
    }

    /** A copy of a tensor, which nobody can tell from the tensor. */
    private static boolean isCopy(LayerGraph graph, Layer layer) {
        if (!layer.op().namespace().equals("aten")
                || layer.outputs().size() != 1
                || layer.outputs().get(0) < 0) {
            return false;
        }
        int source = Uses.ref(layer.argument("src"));
        return layer.op().isAten("clone")
                || layer.op().isAten("contiguous")
                || (layer.op().isAten("copy")
                        && source >= 0
                        && isKnown(graph.value(source).type())
                        && graph.value(source)
                                .type()
                                .equals(graph.value(layer.outputs().get(0)).type()));
    }

    private static boolean isKnown(ValueType type) {
        return type instanceof TensorSpec;
    }

    private static boolean isIdentity(Layer layer) {
        if (!layer.op().namespace().equals("aten")
                || layer.outputs().size() != 1
                || layer.outputs().get(0) < 0) {
            return false;
        }
        String name = layer.op().name();
        boolean evaluationDropout =
                DROPOUTS.contains(name) && layer.argument("train") instanceof Argument.Bool train && !train.value();
        return evaluationDropout || IDENTITIES.contains(name);
    }
}
