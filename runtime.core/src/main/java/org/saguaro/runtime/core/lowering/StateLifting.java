// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Weight;

/**
 * Turns weights that some graph of the model changes into states: everybody who reads such a weight reads the state instead,
 * nested graphs as an operand, which they take as their last inputs.
 */
final class StateLifting {

    private final Set<String> changed;

    private StateLifting(Set<String> changed) {
        this.changed = changed;
    }

    /**
     * A graph without these weights, but for the initial contents of states.
     *
     * @param changed names
     */
    static LayerGraph run(LayerGraph graph, Set<String> changed) {
        return changed.isEmpty() ? graph : new StateLifting(changed).top(graph);
    }

    private LayerGraph top(LayerGraph graph) {
        Map<String, Weight> needed = needed(graph);
        if (needed.isEmpty()) {
            return graph;
        }
        LayerGraph.Builder builder = graph.toBuilder();
        List<State> states = new ArrayList<>(graph.states());
        Map<String, Integer> values = new HashMap<>();
        graph.states().forEach(state -> values.put(state.name(), state.value()));
        needed.forEach((name, weight) -> {
            if (!values.containsKey(name)) {
                int value = builder.addValue(name, weight.data().spec());
                int initial = builder.addWeight(name + "$initial", name, weight.kind(), weight.data());
                states.add(new State(name, value, new Argument.Ref(initial), new Argument.Ref(value)));
                values.put(name, value);
            }
        });
        return replace(graph, builder.states(states), states, values).build();
    }

    /** The graph with further inputs for these weights. */
    private LayerGraph nested(LayerGraph graph, Map<String, Weight> operands) {
        LayerGraph.Builder builder = graph.toBuilder();
        Map<String, Integer> values = new HashMap<>();
        operands.forEach((name, weight) ->
                values.put(name, builder.addInput(name, weight.data().spec())));
        return replace(graph, builder, List.of(), values).build();
    }

    private LayerGraph.Builder replace(
            LayerGraph graph, LayerGraph.Builder builder, List<State> states, Map<String, Integer> values) {
        Substitution substitution = new Substitution();
        for (Weight weight : graph.weights()) {
            Integer value = values.get(weight.name());
            if (value != null && changed.contains(weight.name())) {
                substitution.replace(weight.value(), value);
            }
        }
        List<Layer> layers = new ArrayList<>();
        for (Layer layer : graph.layers()) {
            Layer read = substitution.apply(layer);
            layers.add(ControlOps.isControl(layer) ? handOver(read, values) : read);
        }
        return builder.layers(layers)
                .outputs(substitution.apply(graph.outputs()))
                .states(substitution.applyToStates(states));
    }

    private Layer handOver(Layer layer, Map<String, Integer> values) {
        Map<String, Weight> inside = new LinkedHashMap<>();
        ControlOps.graphs(layer).forEach(graph -> inside.putAll(needed(graph)));
        if (inside.isEmpty()) {
            return layer;
        }
        List<LayerGraph> graphs = ControlOps.graphs(layer).stream()
                .map(graph -> nested(graph, inside))
                .toList();
        String last = layer.op().equals(ControlOps.IF) ? "operands" : "captured";
        List<Argument> operands = new ArrayList<>(list(layer, last));
        inside.keySet().forEach(name -> operands.add(new Argument.Ref(values.getOrDefault(name, -1))));
        return layer.op().equals(ControlOps.IF)
                ? ControlOps.branch(
                        layer.name(),
                        argument(layer, "condition"),
                        graphs.get(0),
                        graphs.get(1),
                        operands,
                        layer.outputs(),
                        layer.modulePath())
                : ControlOps.loop(
                        layer.name(),
                        argument(layer, "max_trips"),
                        argument(layer, "condition"),
                        graphs.get(0),
                        list(layer, "carried"),
                        operands,
                        layer.outputs(),
                        layer.modulePath());
    }

    /** The weights to lift that a graph or one inside it reads, by name. */
    private Map<String, Weight> needed(LayerGraph graph) {
        Map<String, Weight> needed = new LinkedHashMap<>();
        for (Weight weight : graph.weights()) {
            if (changed.contains(weight.name())) {
                needed.putIfAbsent(weight.name(), weight);
            }
        }
        graph.layers()
                .forEach(layer -> ControlOps.graphs(layer)
                        .forEach(nested -> needed(nested).forEach(needed::putIfAbsent)));
        return needed;
    }

    private static List<Argument> list(Layer layer, String name) {
        return argument(layer, name) instanceof Argument.ListOf list ? list.elements() : List.of();
    }

    private static Argument argument(Layer layer, String name) {
        Argument argument = layer.argument(name);
        return argument == null ? new Argument.None() : argument;
    }
}
