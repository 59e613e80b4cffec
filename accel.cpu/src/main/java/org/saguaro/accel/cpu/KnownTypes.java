// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/**
 * The tensors of a segment whose element type and shape can be relied on: a kernel checks its inputs, and what is computed from
 * inputs of known types is what the model says. Whatever a tensor of unknown type went into may turn out differently from request
 * to request, also where the model gives it a type. Immutable.
 */
public final class KnownTypes {

    private final LayerGraph segment;
    private final Set<Integer> doubtful = new HashSet<>();

    /** Of a segment. */
    public KnownTypes(LayerGraph segment) {
        this.segment = segment;
        for (int input : segment.inputs()) {
            if (segment.value(input).type() instanceof AnyTensor) {
                doubtful.add(input);
            }
        }
        for (Layer layer : segment.layers()) {
            boolean unknown = layer.inputs().stream().anyMatch(doubtful::contains);
            for (int output : layer.outputs()) {
                if (output != Value.NONE && (unknown || segment.value(output).type() instanceof AnyTensor)) {
                    doubtful.add(output);
                }
            }
        }
    }

    /** Type of a tensor that can be relied on; null for any other value. */
    public @Nullable TensorSpec of(int id) {
        return !doubtful.contains(id) && segment.value(id).type() instanceof TensorSpec spec ? spec : null;
    }
}
