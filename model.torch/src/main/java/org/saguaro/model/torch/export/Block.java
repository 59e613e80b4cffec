// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;

/** A graph under construction: the model's, or one nested in a control layer. */
final class Block {

    private final LayerGraph.Builder builder;
    private final Map<Integer, Weight> weights = new HashMap<>();
    private final WrittenMemory memory;

    Block(String name, WrittenMemory memory) {
        this.builder = new LayerGraph.Builder(name);
        this.memory = memory;
    }

    LayerGraph.Builder builder() {
        return builder;
    }

    /** What its values may show. */
    WrittenMemory memory() {
        return memory;
    }

    /** Adds a value that carries a weight. */
    int addWeight(String valueName, String weightName, Weight.Kind kind, Tensor data) {
        int id = builder.addWeight(valueName, weightName, kind, data);
        weights.put(id, new Weight(weightName, kind, id, data));
        memory.show(id, weightName);
        return id;
    }

    /** The weight that a value carries, or null. */
    @Nullable
    Weight weight(int id) {
        return weights.get(id);
    }

    ValueType type(int id) {
        return builder.type(id);
    }

    int addValue(String name, ValueType type) {
        return builder.addValue(name, type);
    }

    int addInput(String name, ValueType type) {
        return builder.addInput(name, type);
    }

    void addLayer(Layer layer) {
        builder.addLayer(layer);
    }
}
