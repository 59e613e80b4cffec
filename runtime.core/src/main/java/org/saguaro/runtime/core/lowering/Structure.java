// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.lowering.TaskGraph.Kind;

/** Who runs a layer: a PE, or the core itself. */
public final class Structure {

    private Structure() {}

    /** Who runs it. */
    public static Kind kind(LayerGraph graph, Layer layer) {
        if (HostOp.isHost(layer)) {
            return Kind.HOST;
        }
        return ControlOps.isControl(layer) || isStructural(graph, layer) ? Kind.CONTROL : Kind.PE;
    }

    /**
     * Whether what a layer of a PE reads or makes is only known when it runs: an argument that is a list, an optional, a text
     * or an element type made by the host, or a list of tensors as its result. The core puts the elements in their place
     * at run time and then has an ordinary layer.
     */
    public static boolean isStructural(LayerGraph graph, Layer layer) {
        if (HostOp.isHost(layer) || ControlOps.isControl(layer)) {
            return false;
        }
        return layer.arguments().stream().anyMatch(argument -> holdsHostValue(graph, argument.value()))
                || layer.outputs().stream().anyMatch(id -> id != Value.NONE && isHostValue(graph, id));
    }

    private static boolean holdsHostValue(LayerGraph graph, Argument argument) {
        if (argument instanceof Argument.Ref ref) {
            return isHostValue(graph, ref.value());
        }
        return argument instanceof Argument.ListOf list
                && list.elements().stream().anyMatch(element -> holdsHostValue(graph, element));
    }

    private static boolean isHostValue(LayerGraph graph, int id) {
        return graph.value(id).type() instanceof HostType;
    }
}
