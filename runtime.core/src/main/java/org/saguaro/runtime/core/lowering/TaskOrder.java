// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.lowering.TaskGraph.Kind;

/**
 * Moves the layers of the host to where they part as few layers of PEs as possible: before all of these if they only need
 * inputs, else together with other host layers behind the layers they wait for. The others keep their order.
 */
final class TaskOrder {

    private TaskOrder() {}

    /**
     * The graph in that order; itself if nothing moves.
     *
     * <p>Levels alternate: host layers are on even ones, all others on odd ones. A layer is on the first level behind what it
     * reads; one of a PE not before the layers of PEs that came before it.
     */
    static LayerGraph of(LayerGraph graph) {
        List<Layer> layers = graph.layers();
        boolean hasHost = layers.stream().anyMatch(layer -> Structure.kind(graph, layer) == Kind.HOST);
        if (!hasHost || !writesAreLocal(layers)) {
            return graph;
        }
        Map<Integer, Integer> levelOfValue = new HashMap<>();
        Map<Layer, Integer> levels = new HashMap<>();
        int reached = 1;
        for (Layer layer : layers) {
            boolean host = Structure.kind(graph, layer) == Kind.HOST;
            int level = host ? 0 : reached;
            for (int input : layer.inputs()) {
                int made = levelOfValue.getOrDefault(input, 0);
                boolean madeByHost = made % 2 == 0;
                level = Math.max(level, madeByHost == host ? made : made + 1);
            }
            reached = host ? reached : level;
            for (int output : layer.outputs()) {
                if (output != Value.NONE) {
                    levelOfValue.put(output, level);
                }
            }
            levels.put(layer, level);
        }
        keepWhatIsWrittenWithItsWriter(layers, levels);
        List<Layer> ordered = new ArrayList<>(layers);
        ordered.sort(Comparator.comparing(layer -> levels.getOrDefault(layer, 0)));
        return ordered.equals(layers)
                ? graph
                : graph.toBuilder().layers(ordered).build();
    }

    /** Whether in-place writes only concern what the layer right before made, for its writer alone. */
    private static boolean writesAreLocal(List<Layer> layers) {
        for (int i = 0; i < layers.size(); i++) {
            List<Integer> before = i == 0 ? List.of() : layers.get(i - 1).outputs();
            if (!before.containsAll(written(layers.get(i)))) {
                return false;
            }
        }
        return true;
    }

    /** No host layer may come between a layer and the one behind it that writes its result in place. */
    private static void keepWhatIsWrittenWithItsWriter(List<Layer> layers, Map<Layer, Integer> levels) {
        for (int i = 1; i < layers.size(); i++) {
            if (!written(layers.get(i)).isEmpty()) {
                levels.put(layers.get(i - 1), levels.getOrDefault(layers.get(i), 0));
            }
        }
    }

    private static Set<Integer> written(Layer layer) {
        Set<Integer> written = new HashSet<>();
        layer.arguments().stream()
                .filter(argument -> argument.access() == Access.WRITE)
                .forEach(argument -> Layer.forEachRef(argument.value(), written::add));
        return written;
    }
}
