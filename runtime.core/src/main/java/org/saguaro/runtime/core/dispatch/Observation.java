// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

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

    /** What is known of the values of a graph, by id. */
    public synchronized Map<Integer, TensorSpec> of(LayerGraph graph) {
        Map<Integer, TensorSpec> known = new HashMap<>();
        seen.getOrDefault(graph, Map.of()).forEach((value, spec) -> {
            if (spec != null) {
                known.put(value, spec);
            }
        });
        return known;
    }
}
