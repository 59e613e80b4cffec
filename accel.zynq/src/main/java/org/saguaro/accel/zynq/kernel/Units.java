// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;

/**
 * Which layers of a graph make {@link Unit}s: a product, then an addition, then an activation, each the only reader of the one before, in the way
 * in which the core joins them. Made once per graph. Thread-safe.
 */
final class Units {

    /** What a product must fulfil beyond being one. */
    @FunctionalInterface
    interface Limits {
        void check(LayerGraph graph, Product product) throws Refusal;
    }

    private static final class Draft {
        final Product product;

        @Nullable
        Residual residual;

        @Nullable
        Activation activation;

        int output;

        Draft(Product product) {
            this.product = product;
            output = product.output();
        }
    }

    /** The graphs that the core asks about change rarely; the last one is kept as long as anybody else keeps it. */
    private record Known(WeakReference<LayerGraph> graph, Units units) {}

    /** Remembers the units of the graph asked about last. */
    static final class Cache {
        private final Limits limits;
        private volatile @Nullable Known known;

        Cache(Limits limits) {
            this.limits = limits;
        }

        Units of(LayerGraph graph) {
            Known last = known;
            if (last != null && last.graph().get() == graph) {
                return last.units();
            }
            Units units = new Units(graph, limits);
            known = new Known(new WeakReference<>(graph), units);
            return units;
        }
    }

    private final Map<String, Support> answers = new HashMap<>();
    private final Map<Integer, Draft> draftOf = new HashMap<>();
    private final List<Draft> drafts = new ArrayList<>();
    private final boolean complete;

    Units(LayerGraph graph, Limits limits) {
        Map<Integer, Layer> onlyReader = onlyReaders(graph);
        boolean all = true;
        for (Layer layer : graph.layers()) {
            Support answer = read(graph, layer, onlyReader, limits);
            answers.put(layer.name(), answer);
            all &= answer.isSupported();
        }
        complete = all;
    }

    /** The answer for a layer. */
    Support supports(Layer layer) {
        return answers.getOrDefault(layer.name(), Support.no(Support.Cause.OPERATOR, "not a layer of this graph"));
    }

    /** All units, in the graph's order; every layer belongs to one if {@link #isComplete}. */
    List<Unit> all() {
        return drafts.stream()
                .map(draft -> new Unit(draft.product, draft.residual, draft.activation, draft.output))
                .toList();
    }

    /** Whether every layer of the graph belongs to a unit. */
    boolean isComplete() {
        return complete && !drafts.isEmpty();
    }

    private Support read(LayerGraph graph, Layer layer, Map<Integer, Layer> onlyReader, Limits limits) {
        try {
            if (Activation.isActivation(layer)) {
                Draft draft = draftBefore(layer, onlyReader, false);
                Activation activation = Activation.of(graph, layer);
                requireSameSizes(graph, draft.output, new Arguments(graph, layer).output());
                draft.activation = activation;
                extend(draft, layer);
            } else if (isAddition(layer)) {
                Draft draft = draftBefore(layer, onlyReader, true);
                draft.residual = residual(graph, layer, draft);
                extend(draft, layer);
            } else {
                Product product = ProductReader.read(graph, layer);
                limits.check(graph, product);
                Draft draft = new Draft(product);
                drafts.add(draft);
                draftOf.put(product.output(), draft);
            }
            return Support.yes();
        } catch (Refusal refusal) {
            return refusal.toSupport();
        }
    }

    private void extend(Draft draft, Layer layer) {
        draftOf.remove(draft.output);
        draft.output = layer.outputs().get(0);
        draftOf.put(draft.output, draft);
    }

    /** The unit that the layer joins: of several the one whose value was made last. */
    private Draft draftBefore(Layer layer, Map<Integer, Layer> onlyReader, boolean addition) throws Refusal {
        return layer.inputs().stream()
                .distinct()
                .filter(value -> layer.equals(onlyReader.get(value)))
                .sorted(Comparator.reverseOrder())
                .map(draftOf::get)
                .filter(draft -> draft != null && draft.activation == null && !(addition && draft.residual != null))
                .findFirst()
                .orElseThrow(() -> new Refusal(
                        Support.Cause.OPERATOR,
                        "runs " + layer.op().name()
                                + " only on the way out of a convolution or matrix product that it alone reads"));
    }

    private static boolean isAddition(Layer layer) {
        return layer.op().toString().equals("aten.add.Tensor");
    }

    private static Residual residual(LayerGraph graph, Layer layer, Draft draft) throws Refusal {
        Arguments arguments = new Arguments(graph, layer);
        int self = arguments.tensor("self");
        int other = arguments.tensor("other");
        float alpha = (float) arguments.number("alpha", 1);
        boolean otherFirst = other == draft.output;
        int added = otherFirst ? self : other;
        if (self == other || graph.weight(added) != null) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "adds another tensor, no weight and not the result itself");
        }
        requireSameSizes(graph, draft.output, added);
        requireSameSizes(graph, draft.output, arguments.output());
        return new Residual(added, alpha, otherFirst);
    }

    private static void requireSameSizes(LayerGraph graph, int expected, int value) throws Refusal {
        new Arguments(graph, graph.layers().get(0)).sizes(value, DType.FLOAT32);
        if (!graph.value(value).type().equals(graph.value(expected).type())) {
            throw new Refusal(
                    Support.Cause.SHAPE,
                    "tensors like the result (" + graph.value(expected).type() + "), found "
                            + graph.value(value).type());
        }
    }

    /** The one layer that reads each value, where nobody else does and neither the caller nor a state gets it. */
    private static Map<Integer, Layer> onlyReaders(LayerGraph graph) {
        Map<Integer, Layer> only = new HashMap<>();
        Set<Integer> shared = new HashSet<>();
        graph.outputs().forEach(output -> Layer.forEachRef(output, shared::add));
        graph.states().forEach(state -> Layer.forEachRef(state.next(), shared::add));
        for (Layer layer : graph.layers()) {
            for (int input : new HashSet<>(layer.inputs())) {
                if (input != Value.NONE && only.put(input, layer) != null) {
                    shared.add(input);
                }
            }
        }
        only.keySet().removeAll(shared);
        return only;
    }

    /** Ids of what the graph gives, if they are values. */
    static List<Integer> outputs(LayerGraph graph) throws Refusal {
        List<Integer> values = new ArrayList<>();
        for (Argument output : graph.outputs()) {
            if (!(output instanceof Argument.Ref ref)) {
                throw new Refusal(Support.Cause.ATTRIBUTE, "gives values only, found " + output);
            }
            values.add(ref.value());
        }
        return values;
    }
}
