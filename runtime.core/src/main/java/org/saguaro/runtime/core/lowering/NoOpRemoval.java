// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;

/** Removes layers that only matter in training or in checks: dropout in evaluation mode, detach, assertions. */
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
                                .build(),
                        removed);
    }

    private static boolean isCheck(Layer layer) {
        return layer.op().namespace().equals("aten")
                && CHECKS.contains(layer.op().name())
                && layer.outputs().stream().allMatch(id -> id == Value.NONE);
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
