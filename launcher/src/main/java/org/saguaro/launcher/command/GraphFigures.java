// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/**
 * What a model is made of, nested graphs included.
 *
 * @param layers that compute tensors
 * @param operators distinct ones among these
 * @param hostLayers that compute on the host: sizes, lists, decisions
 * @param control control layers by operator
 * @param states that the model remembers from one request to the next
 */
record GraphFigures(int layers, Set<String> operators, int hostLayers, Map<String, Integer> control, int states) {

    /** Of no model. */
    static final GraphFigures NONE = new GraphFigures(0, Set.of(), 0, Map.of(), 0);

    /** Counts. */
    static GraphFigures of(LayerGraph model) {
        Set<String> operators = new TreeSet<>();
        Map<String, Integer> control = new LinkedHashMap<>();
        int[] layers = new int[2];
        forEachGraph(model, graph -> {
            for (Layer layer : graph.layers()) {
                if (ControlOps.isControl(layer)) {
                    control.merge(layer.op().name(), 1, Integer::sum);
                } else if (HostOp.isHost(layer)) {
                    layers[1]++;
                } else {
                    layers[0]++;
                    operators.add(layer.op().toString());
                }
            }
        });
        return new GraphFigures(
                layers[0], operators, layers[1], control, model.states().size());
    }

    /** Element types of all values that are known. */
    static Set<DType> dtypes(LayerGraph model) {
        Set<DType> dtypes = EnumSet.noneOf(DType.class);
        forEachGraph(model, graph -> {
            for (Value value : graph.values()) {
                if (value.type() instanceof TensorSpec spec) {
                    dtypes.add(spec.dtype());
                }
            }
        });
        return dtypes;
    }

    private static void forEachGraph(LayerGraph graph, Consumer<LayerGraph> action) {
        action.accept(graph);
        for (Layer layer : graph.layers()) {
            ControlOps.graphs(layer).forEach(nested -> forEachGraph(nested, action));
        }
    }
}
