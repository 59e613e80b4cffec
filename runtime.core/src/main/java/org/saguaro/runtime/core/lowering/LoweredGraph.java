// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;

/**
 * A graph with the story of how it came about.
 *
 * @param graph what runs
 * @param removed for each layer of the model that is gone, what became of it, by layer name; those of nested graphs and
 *     methods included
 * @param refusals why no plan can be made of the graph, a sentence for each layer that is to blame; empty if one can
 */
public record LoweredGraph(LayerGraph graph, Map<String, Removal> removed, List<String> refusals) {

    /**
     * Why a layer is gone.
     *
     * @param reason for people, for instance {@code folded into conv1}
     * @param into name of the layer that does its work now; empty if nothing is left to do
     */
    public record Removal(String reason, String into) {}

    public LoweredGraph {
        removed = Map.copyOf(removed);
        refusals = List.copyOf(refusals);
    }

    public static LoweredGraph unchanged(LayerGraph graph) {
        return new LoweredGraph(graph, Map.of(), List.of());
    }

    /** The graph after a pass that also removed some layers. */
    LoweredGraph with(LayerGraph next, Map<String, Removal> alsoRemoved) {
        Map<String, Removal> all = new HashMap<>(removed);
        all.putAll(alsoRemoved);
        return new LoweredGraph(next, all, refusals);
    }

    /** With further reasons why no plan can be made. */
    LoweredGraph refusing(List<String> reasons) {
        List<String> all = new ArrayList<>(refusals);
        all.addAll(reasons);
        return new LoweredGraph(graph, removed, all);
    }

    /** After a pass over one graph at a time, which is also run over all graphs inside this one and over its methods. */
    LoweredGraph everywhere(UnaryOperator<LoweredGraph> pass) {
        LoweredGraph current = this;
        LayerGraph.Builder builder = graph.toBuilder();
        List<Layer> layers = new ArrayList<>();
        boolean changed = false;
        for (Layer layer : graph.layers()) {
            List<NamedArgument> arguments = new ArrayList<>();
            for (NamedArgument argument : layer.arguments()) {
                if (argument.value() instanceof Argument.Graph nested) {
                    LoweredGraph inside = current.with(nested.graph(), Map.of()).everywhere(pass);
                    changed |= inside.graph != nested.graph();
                    current = inside;
                    arguments.add(
                            new NamedArgument(argument.name(), argument.access(), new Argument.Graph(inside.graph)));
                } else {
                    arguments.add(argument);
                }
            }
            layers.add(new Layer(layer.name(), layer.op(), arguments, layer.outputs(), layer.modulePath()));
        }
        for (Map.Entry<String, LayerGraph> method : graph.methods().entrySet()) {
            LoweredGraph inside = current.with(method.getValue(), Map.of()).everywhere(pass);
            changed |= inside.graph != method.getValue();
            current = inside;
            builder.addMethod(method.getKey(), inside.graph);
        }
        LayerGraph next = changed ? builder.layers(layers).build() : graph;
        return pass.apply(new LoweredGraph(next, current.removed, current.refusals));
    }

    /** The layer that does the work of a layer of the model: itself, one it was folded into, or nothing (empty). */
    public String survivorOf(String layerName) {
        String name = layerName;
        for (Removal removal = removed.get(name); removal != null; removal = removed.get(name)) {
            name = removal.into();
        }
        return name;
    }
}
