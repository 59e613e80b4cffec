// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.runtime.core.lowering.Facts;

/**
 * What the tensors of one request turned out to be, per graph: the model's and those nested in it. A value that was different
 * things at different times, in a loop, is left out. Thread-safe.
 */
public final class Observation {

    /** By graph; a null spec marks a value that was different things. */
    private final Map<LayerGraph, Map<Integer, @Nullable TensorSpec>> seen = new HashMap<>();

    synchronized void saw(Plan plan, int value, DType dtype, long[] sizes) {
        TensorSpec spec = TensorSpec.of(dtype, sizes);
        Map<Integer, @Nullable TensorSpec> values = seen.computeIfAbsent(plan.source(), graph -> new HashMap<>());
        if (!values.containsKey(value)) {
            values.put(value, spec);
        } else if (!spec.equals(values.get(value))) {
            values.put(value, null);
        }
    }

    /** What it says about a graph and those inside it. */
    public synchronized Facts of(LayerGraph graph) {
        Map<Integer, TensorSpec> known = new HashMap<>();
        seen.getOrDefault(graph, Map.of()).forEach((value, spec) -> {
            if (spec != null) {
                known.put(value, spec);
            }
        });
        Map<String, List<Facts>> nested = new HashMap<>();
        for (Layer layer : graph.layers()) {
            if (ControlOps.isControl(layer)) {
                nested.put(
                        layer.name(),
                        ControlOps.graphs(layer).stream().map(this::of).toList());
            }
        }
        return new Facts(known, nested);
    }
}
