// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;

/**
 * Joins a convolution or linear layer with the activation and residual addition that follow it into one unit, which is never
 * cut: accelerators do these on the way out, for nothing.
 */
final class Fusion {

    private static final Set<String> PRODUCERS = Set.of(
            "conv1d",
            "conv2d",
            "conv3d",
            "convolution",
            "conv_transpose1d",
            "conv_transpose2d",
            "linear",
            "addmm",
            "matmul",
            "mm",
            "bmm");
    private static final Set<String> ACTIVATIONS = Set.of(
            "relu",
            "relu6",
            "hardtanh",
            "hardswish",
            "hardsigmoid",
            "silu",
            "sigmoid",
            "tanh",
            "leaky_relu",
            "gelu",
            "elu",
            "clamp",
            "clamp_min");

    private Fusion() {}

    /**
     * The units, in topological order.
     *
     * @param supporters PE types that support a layer; a follower only joins a producer if it shrinks nobody's choice
     */
    static List<List<Layer>> units(LayerGraph graph, Function<Layer, Set<String>> supporters) {
        Uses uses = new Uses(graph);
        Map<Layer, List<Layer>> unitOf = new HashMap<>();
        Map<Integer, Layer> producers = new HashMap<>(graph.producers());
        for (Layer layer : graph.layers()) {
            List<Layer> unit = unitToJoin(graph, layer, producers, unitOf, uses, supporters);
            if (unit == null) {
                unit = new ArrayList<>();
            }
            unit.add(layer);
            unitOf.put(layer, unit);
        }
        // A unit stands where its last layer stood: everything it reads has been made by then, and nobody reads it
        // earlier.
        List<List<Layer>> units = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = graph.layers().size() - 1; i >= 0; i--) {
            List<Layer> unit = unitOf.get(graph.layers().get(i));
            if (unit != null && seen.add(unit.get(0).name())) {
                units.add(unit);
            }
        }
        Collections.reverse(units);
        return units;
    }

    private static @Nullable List<Layer> unitToJoin(
            LayerGraph graph,
            Layer layer,
            Map<Integer, Layer> producers,
            Map<Layer, List<Layer>> unitOf,
            Uses uses,
            Function<Layer, Set<String>> supporters) {
        boolean activation = isAten(layer, ACTIVATIONS);
        boolean addition = layer.op().isAten("add") && layer.op().overload().equals("Tensor");
        if ((!activation && !addition) || Structure.isStructural(graph, layer)) {
            return null;
        }
        List<Layer> latest = null;
        int latestPosition = -1;
        for (int input : layer.inputs()) {
            Layer producer = producers.get(input);
            List<Layer> unit = producer == null ? null : unitOf.get(producer);
            if (unit == null
                    || producer == null
                    || !layer.equals(uses.onlyReader(input))
                    || !last(unit).equals(producer)) {
                continue;
            }
            boolean hasProducer = isAten(unit.get(0), PRODUCERS);
            boolean alreadyAdded = unit.stream().anyMatch(member -> member.op().isAten("add"));
            boolean alreadyActivated = unit.stream().anyMatch(member -> isAten(member, ACTIVATIONS));
            boolean fits = hasProducer
                    && !Structure.isStructural(graph, unit.get(0))
                    && !alreadyActivated
                    && (activation || !alreadyAdded);
            int position = producer.outputs().get(0);
            if (fits
                    && supporters.apply(layer).containsAll(supporters.apply(unit.get(0)))
                    && position > latestPosition) {
                latest = unit;
                latestPosition = position;
            }
        }
        return latest;
    }

    private static boolean isAten(Layer layer, Set<String> names) {
        return layer.op().namespace().equals("aten")
                && names.contains(layer.op().name())
                && layer.outputs().size() == 1
                && layer.outputs().get(0) != Value.NONE;
    }

    private static Layer last(List<Layer> unit) {
        return unit.get(unit.size() - 1);
    }
}
