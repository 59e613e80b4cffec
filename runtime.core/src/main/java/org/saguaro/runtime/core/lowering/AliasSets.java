// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.Value;

/** Which values of a graph may share memory, by the schemas' alias annotations. */
final class AliasSets {

    private final int[] parent;
    private final Map<Integer, List<Integer>> members = new HashMap<>();
    private final Map<Integer, Integer> madeAt = new HashMap<>();

    AliasSets(LayerGraph graph) {
        parent = new int[graph.values().size()];
        for (int i = 0; i < parent.length; i++) {
            parent[i] = i;
        }
        for (int position = 0; position < graph.layers().size(); position++) {
            Layer layer = graph.layers().get(position);
            for (int output : layer.outputs()) {
                if (output != Value.NONE) {
                    madeAt.put(output, position);
                }
            }
            for (NamedArgument argument : layer.arguments()) {
                if (argument.access() != Access.READ) {
                    Layer.forEachRef(
                            argument.value(),
                            input -> layer.outputs().stream()
                                    .filter(output -> output != Value.NONE)
                                    .forEach(output -> parent[find(output)] = find(input)));
                }
            }
        }
        for (int i = 0; i < parent.length; i++) {
            members.computeIfAbsent(find(i), root -> new ArrayList<>()).add(i);
        }
    }

    /** All values that may share the value's memory, itself included. */
    List<Integer> of(int value) {
        return members.getOrDefault(find(value), List.of(value));
    }

    /** Position of the layer that makes the value; -1 for inputs and weights. */
    int madeAt(int value) {
        return madeAt.getOrDefault(value, -1);
    }

    private int find(int value) {
        int root = value;
        while (parent[root] != root) {
            root = parent[root];
        }
        return root;
    }
}
