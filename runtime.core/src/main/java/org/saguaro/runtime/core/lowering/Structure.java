// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;

/** temp */
public final class Structure {
    private Structure() {}

    public static boolean isStructural(LayerGraph graph, Layer layer) {
        if (HostOp.isHost(layer) || ControlOps.isControl(layer)) {
            return false;
        }
        return layer.inputs().stream().anyMatch(id -> graph.value(id).type() instanceof HostType)
                || layer.outputs().stream()
                        .anyMatch(id -> id != Value.NONE && graph.value(id).type() instanceof HostType);
    }
}
