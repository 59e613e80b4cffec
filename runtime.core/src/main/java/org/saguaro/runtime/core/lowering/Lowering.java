// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;

/** Turns a model as it was read into one that every PE profits from. */
public final class Lowering {

    private Lowering() {}

    /**
     * Runs all passes.
     *
     * @param model as read
     * @param runnable whether some PE present can run a layer of a graph; a pass only introduces operators that one can
     */
    public static LoweredGraph lower(LayerGraph model, BiPredicate<LayerGraph, Layer> runnable) {
        LoweredGraph lowered = LoweredGraph.unchanged(model);
        lowered = Functionalization.run(lowered, runnable);
        lowered = lowered.everywhere(NoOpRemoval::run);
        lowered = lowered.everywhere(BatchNormFolding::run);
        return lowered.refusing(InPlaceRest.refusals(lowered.graph()));
    }

    public static LoweredGraph specialize(
            LoweredGraph general,
            List<org.saguaro.model.api.TensorSpec> inputs,
            java.util.function.Function<LayerGraph, java.util.Map<Integer, org.saguaro.model.api.TensorSpec>> facts) {
        return general;
    }

    /**
     * Layers that still write, in place, memory that a caller or the archive owns: inputs and weights. No plan can be made of
     * such a graph, because every PE and every repetition of a task must see inputs and weights as they were.
     */
    public static List<Layer> writersOfForeignMemory(LayerGraph graph) {
        AliasSets aliases = new AliasSets(graph);
        Set<Integer> inputs = Set.copyOf(graph.inputs());
        List<Layer> writers = new ArrayList<>();
        for (Layer layer : graph.layers()) {
            Set<Integer> written = new HashSet<>();
            layer.arguments().stream()
                    .filter(argument -> argument.access() == Access.WRITE)
                    .forEach(argument -> Layer.forEachRef(argument.value(), id -> written.addAll(aliases.of(id))));
            if (written.stream().anyMatch(id -> inputs.contains(id) || graph.weight(id) != null)) {
                writers.add(layer);
            }
        }
        return writers;
    }
}
