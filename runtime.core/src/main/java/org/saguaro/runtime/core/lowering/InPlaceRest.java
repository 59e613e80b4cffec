// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.runtime.core.lowering.TaskGraph.Kind;

/**
 * Looks through what is still written in place for what no plan can serve. Every PE and every repetition of a task must see inputs,
 * weights and states as they were, and tasks pass values, not memory: what is written in place has to be seen by one task only.
 */
final class InPlaceRest {

    private InPlaceRest() {}

    /** A sentence for each layer that cannot be served, in the graph, in those inside it and in its methods. */
    static List<String> refusals(LayerGraph graph) {
        List<String> refusals = new ArrayList<>();
        collect(graph, refusals);
        graph.methods().values().forEach(method -> collect(method, refusals));
        return refusals;
    }

    private static void collect(LayerGraph graph, List<String> refusals) {
        graph.layers().forEach(layer -> ControlOps.graphs(layer).forEach(nested -> collect(nested, refusals)));
        AliasSets aliases = new AliasSets(graph);
        Set<Integer> foreign = new HashSet<>(graph.inputs());
        graph.weights().forEach(weight -> foreign.add(weight.value()));
        graph.states().forEach(state -> foreign.add(state.value()));
        for (Layer layer : graph.layers()) {
            Set<Integer> written = new HashSet<>();
            layer.arguments().stream()
                    .filter(argument -> argument.access() == Access.WRITE)
                    .forEach(argument -> Layer.forEachRef(argument.value(), id -> written.addAll(aliases.of(id))));
            if (written.isEmpty()) {
                continue;
            }
            if (!Collections.disjoint(written, foreign)) {
                refusals.add(layer.op() + " (" + layer.label() + ") writes an input, a weight or a state of the model"
                        + " in place through a view that cannot be followed back, which is not supported; work on a"
                        + " copy (x = x.clone()) or make the state an input and an output");
            } else if (isSeenByTheCore(graph, written)) {
                refusals.add(layer.op() + " (" + layer.label() + ") writes memory in place that a branch, a loop or"
                        + " size arithmetic also reads, through a view that cannot be followed back, which is not"
                        + " supported; work on a copy (x = x.clone())");
            }
        }
    }

    /** Whether a layer that the core runs stands among those that see the memory, or is one of them. */
    private static boolean isSeenByTheCore(LayerGraph graph, Set<Integer> written) {
        int first = Integer.MAX_VALUE;
        int last = -1;
        boolean sees = false;
        for (int i = 0; i < graph.layers().size(); i++) {
            Layer layer = graph.layers().get(i);
            if (!Collections.disjoint(layer.inputs(), written) || !Collections.disjoint(layer.outputs(), written)) {
                first = Math.min(first, i);
                last = i;
                sees |= Structure.kind(graph, layer) != Kind.PE;
            }
        }
        boolean between = graph.layers().subList(first, last + 1).stream()
                .anyMatch(layer -> Structure.kind(graph, layer) != Kind.PE);
        boolean local = last - first <= 2 && !sees;
        return sees || (between && !local);
    }
}
