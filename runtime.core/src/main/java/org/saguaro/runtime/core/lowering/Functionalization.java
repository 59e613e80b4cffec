// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;

/**
 * Makes a model functional: {@code relu_(x)} becomes {@code relu(x)}, and whoever reads {@code x} later, or anything that shares
 * its memory, reads the result. Inputs that are written go on under another value, weights become states, nested graphs
 * return what they change.
 *
 * <p>Where it cannot be done (a write through a view that cannot be undone, an operator that no PE can run) the layers stay in
 * place, and {@link TaskGraph} keeps everybody who sees that memory in one task.
 */
final class Functionalization implements GraphFunctionalizer.Model {

    /** Passes until nothing new is found; each finds at least one weight or one layer more. */
    private static final int MOST_PASSES = 10_000;

    private final BiPredicate<LayerGraph, Layer> runnable;
    private final Set<String> names;
    private final Set<String> inPlace = new HashSet<>();
    private final Set<String> states = new TreeSet<>();
    private final List<String> refusals = new ArrayList<>();
    private final Map<String, Integer> lastSuffix = new HashMap<>();
    private boolean again;

    private Functionalization(BiPredicate<LayerGraph, Layer> runnable, Set<String> names) {
        this.runnable = runnable;
        this.names = names;
    }

    static LoweredGraph run(LoweredGraph lowered, BiPredicate<LayerGraph, Layer> runnable) {
        LayerGraph graph = lowered.graph();
        if (!writes(graph)
                && graph.methods().values().stream().noneMatch(method -> writes(method) || hasStates(method))
                && !hasStates(graph)) {
            return lowered;
        }
        Set<String> before = new HashSet<>();
        layerNames(graph, before);
        Functionalization pass = new Functionalization(runnable, before);
        LayerGraph functional = pass.run(graph);
        Set<String> after = new HashSet<>();
        layerNames(functional, after);
        Map<String, Removal> removed = new LinkedHashMap<>();
        for (String name : before) {
            if (!after.contains(name)) {
                removed.put(name, new Removal("removed: nobody reads this view any more", ""));
            }
        }
        return lowered.with(functional, removed).refusing(pass.refusals);
    }

    private static boolean hasStates(LayerGraph graph) {
        return !graph.states().isEmpty();
    }

    private static boolean writes(LayerGraph graph) {
        return graph.layers().stream()
                .anyMatch(layer -> layer.arguments().stream().anyMatch(a -> a.access() == Access.WRITE)
                        || ControlOps.graphs(layer).stream().anyMatch(Functionalization::writes));
    }

    private static void layerNames(LayerGraph graph, Set<String> names) {
        for (Layer layer : graph.layers()) {
            names.add(layer.name());
            ControlOps.graphs(layer).forEach(nested -> layerNames(nested, names));
        }
        graph.methods().values().forEach(method -> layerNames(method, names));
    }

    private LayerGraph run(LayerGraph graph) {
        graph.states().forEach(state -> states.add(state.name()));
        graph.methods().values().forEach(method -> method.states().forEach(state -> states.add(state.name())));
        for (int passes = 0; passes < MOST_PASSES; passes++) {
            again = false;
            refusals.clear();
            lastSuffix.clear();
            GraphFunctionalizer main = functionalizer(graph);
            Map<String, GraphFunctionalizer> methods = new LinkedHashMap<>();
            graph.methods().forEach((name, method) -> methods.put(name, functionalizer(method)));
            if (!again) {
                LayerGraph functional = main.finish(List.of());
                LayerGraph.Builder builder = functional.toBuilder();
                methods.forEach((name, method) -> builder.addMethod(name, method.finish(List.of())));
                return methods.isEmpty() ? functional : builder.build();
            }
        }
        throw new IllegalStateException("the graph " + graph.name() + " does not become functional");
    }

    private GraphFunctionalizer functionalizer(LayerGraph graph) {
        GraphFunctionalizer functionalizer = new GraphFunctionalizer(StateLifting.run(graph, states), this);
        changedWeights(functionalizer.changedWeights());
        return functionalizer;
    }

    @Override
    public boolean canRun(LayerGraph graph, Layer layer) {
        return runnable.test(graph, layer);
    }

    @Override
    public boolean staysInPlace(Layer layer) {
        return inPlace.contains(layer.name());
    }

    @Override
    public void keepInPlace(LayerGraph graph, int written) {
        AliasSets aliases = new AliasSets(graph);
        Set<Integer> family = new HashSet<>(aliases.of(written));
        for (Layer layer : graph.layers()) {
            boolean writesIt = layer.arguments().stream()
                    .filter(argument -> argument.access() == Access.WRITE)
                    .anyMatch(argument -> refersTo(argument.value(), family));
            if (writesIt) {
                again |= inPlace.add(layer.name());
            }
        }
    }

    private static boolean refersTo(Argument argument, Set<Integer> values) {
        Set<Integer> refs = new HashSet<>();
        Layer.forEachRef(argument, refs::add);
        refs.retainAll(values);
        return !refs.isEmpty();
    }

    @Override
    public void refuse(Layer layer, String reason) {
        refusals.add(layer.op() + " (" + layer.label() + ") " + reason);
    }

    @Override
    public void changedWeights(Set<String> changed) {
        again |= states.addAll(changed);
    }

    @Override
    public String name(String base) {
        int end = base.lastIndexOf('$');
        String stem = end > 0 && base.substring(end + 1).matches("\\d+") ? base.substring(0, end) : base;
        String name;
        do {
            name = stem + "$" + lastSuffix.merge(stem, 1, Integer::sum);
        } while (names.contains(name));
        return name;
    }
}
