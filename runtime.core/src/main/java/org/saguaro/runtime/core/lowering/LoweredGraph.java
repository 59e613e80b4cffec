// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.HashMap;
import java.util.Map;
import org.saguaro.model.api.LayerGraph;

/**
 * A graph with the story of how it came about.
 *
 * @param graph what runs
 * @param removed for each layer of the model that is gone, what became of it, by layer name
 */
public record LoweredGraph(LayerGraph graph, Map<String, Removal> removed) {

    /**
     * Why a layer is gone.
     *
     * @param reason for people, for instance {@code folded into conv1}
     * @param into name of the layer that does its work now; empty if nothing is left to do
     */
    public record Removal(String reason, String into) {}

    public LoweredGraph {
        removed = Map.copyOf(removed);
    }

    public static LoweredGraph unchanged(LayerGraph graph) {
        return new LoweredGraph(graph, Map.of());
    }

    /** The graph after a pass that also removed some layers. */
    LoweredGraph with(LayerGraph next, Map<String, Removal> alsoRemoved) {
        Map<String, Removal> all = new HashMap<>(removed);
        all.putAll(alsoRemoved);
        return new LoweredGraph(next, all);
    }

    /** The layer that does the work of a layer of the model: itself, one it was folded into, or nothing (empty). */
    public String survivorOf(String layerName) {
        String name = layerName;
        for (Removal removal = removed.get(name); removal != null; removal = removed.get(name)) {
            name = removal.into();
        }
        return name;
    }
}
