// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/**
 * What is known of the tensors of a graph for all requests of one kind.
 *
 * @param specs element type and sizes, by value id
 * @param nested for control layers, by name, the facts of their graphs, in argument order; only what holds for every execution
 */
public record Facts(Map<Integer, TensorSpec> specs, Map<String, List<Facts>> nested) {

    /** Nothing is known. */
    public static final Facts NONE = new Facts(Map.of(), Map.of());

    public Facts {
        specs = Map.copyOf(specs);
        nested = Map.copyOf(nested);
    }

    /** What the values of symbols tell of a graph and of those inside it. */
    public static Facts ofSymbols(LayerGraph graph, Map<String, Long> symbols) {
        Map<Integer, TensorSpec> specs = new HashMap<>();
        for (Value value : graph.values()) {
            if (SymbolicShapes.resolve(value.type(), symbols) instanceof TensorSpec spec
                    && spec.shape().isStatic()) {
                specs.put(value.id(), spec);
            }
        }
        Map<String, List<Facts>> nested = new HashMap<>();
        for (Layer layer : graph.layers()) {
            if (ControlOps.isControl(layer)) {
                nested.put(
                        layer.name(),
                        ControlOps.graphs(layer).stream()
                                .map(inside -> ofSymbols(inside, symbols))
                                .toList());
            }
        }
        return new Facts(specs, nested);
    }

    /** Without those that another request may contradict. */
    public Facts without(ShapeTaint taint) {
        Map<Integer, TensorSpec> kept = new HashMap<>(specs);
        kept.keySet().removeAll(taint.values());
        Map<String, List<Facts>> inside = new HashMap<>();
        nested.forEach((layer, facts) -> {
            List<ShapeTaint> taints = taint.nested().getOrDefault(layer, List.of());
            List<Facts> rest = new ArrayList<>();
            for (int i = 0; i < facts.size(); i++) {
                rest.add(i < taints.size() ? facts.get(i).without(taints.get(i)) : NONE);
            }
            inside.put(layer, rest);
        });
        return new Facts(kept, inside);
    }

    /** These and others; where both know something, the others. */
    public Facts and(Facts others) {
        Map<Integer, TensorSpec> all = new HashMap<>(specs);
        all.putAll(others.specs);
        Map<String, List<Facts>> inside = new HashMap<>(nested);
        others.nested.forEach((layer, facts) -> inside.merge(layer, facts, (mine, theirs) -> {
            List<Facts> both = new ArrayList<>();
            for (int i = 0; i < mine.size(); i++) {
                both.add(i < theirs.size() ? mine.get(i).and(theirs.get(i)) : mine.get(i));
            }
            return both;
        }));
        return new Facts(all, inside);
    }

    /** Those of one graph inside a layer. */
    Facts of(Layer layer, int index) {
        List<Facts> facts = nested.getOrDefault(layer.name(), List.of());
        return index < facts.size() ? facts.get(index) : NONE;
    }
}
