// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/** How much a model leaves open about its tensors until a request comes. */
enum Openness {
    /** Nothing: every element type and size is known. */
    NONE,
    /** Some sizes: the exporter kept them symbolic. */
    SIZES,
    /** Element types and ranks too. */
    TYPES;

    static Openness of(LayerGraph graph) {
        Openness open = NONE;
        for (Value value : graph.values()) {
            if (value.type() instanceof AnyTensor || value.type() instanceof HostType) {
                return TYPES;
            }
            if (value.type() instanceof TensorSpec spec && !spec.shape().isStatic()) {
                open = SIZES;
            }
        }
        for (Layer layer : graph.layers()) {
            for (LayerGraph nested : ControlOps.graphs(layer)) {
                Openness inside = of(nested);
                open = inside.compareTo(open) > 0 ? inside : open;
            }
        }
        return open;
    }
}
