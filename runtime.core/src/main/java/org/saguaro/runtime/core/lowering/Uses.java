// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** Who reads each value of a graph. */
final class Uses {

    private final Map<Integer, List<Layer>> readers = new HashMap<>();
    private final Set<Integer> returned = new HashSet<>();

    Uses(LayerGraph graph) {
        for (Layer layer : graph.layers()) {
            for (int input : new HashSet<>(layer.inputs())) {
                readers.computeIfAbsent(input, id -> new ArrayList<>()).add(layer);
            }
        }
        graph.outputs().forEach(output -> Layer.forEachRef(output, returned::add));
        graph.states().forEach(state -> Layer.forEachRef(state.next(), returned::add));
    }

    /** The one layer that reads the value, if nobody else does and neither the caller nor a state gets it. */
    @Nullable
    Layer onlyReader(int value) {
        List<Layer> layers = readers.getOrDefault(value, List.of());
        return layers.size() == 1 && !returned.contains(value) ? layers.get(0) : null;
    }

    /** The value an argument refers to, or -1. */
    static int ref(@Nullable Argument argument) {
        return argument instanceof Argument.Ref ref ? ref.value() : -1;
    }
}
