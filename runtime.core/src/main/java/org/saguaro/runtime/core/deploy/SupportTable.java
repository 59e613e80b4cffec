// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.Support.Cause;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.dispatch.PeHandle;

/** Which types of PE support a layer: one PE of each type is asked, once per layer of a graph. Not thread-safe. */
final class SupportTable {

    private final Map<String, PeHandle> byType;
    private final Map<Question, Map<String, Support>> answers = new LinkedHashMap<>();

    /**
     * A layer with all that its value ids stand for: graphs inside graphs have ids of their own, and variants of a model know
     * more or less of the same layer.
     */
    private record Question(Layer layer, List<Operand> operands) {
        static Question of(LayerGraph graph, Layer layer) {
            return new Question(
                    layer,
                    values(layer)
                            .map(id -> new Operand(graph.value(id).type(), graph.weight(id) != null))
                            .toList());
        }
    }

    private record Operand(ValueType type, boolean weight) {}

    private SupportTable(Map<String, PeHandle> byType) {
        this.byType = byType;
    }

    /** Asks these PEs. */
    static SupportTable ask(List<PeHandle> pes) {
        Map<String, PeHandle> byType = new LinkedHashMap<>();
        pes.forEach(pe -> byType.putIfAbsent(pe.descriptor().type(), pe));
        return new SupportTable(byType);
    }

    /** Every type's answer. */
    Map<String, Support> answers(LayerGraph graph, Layer layer) {
        return answers.computeIfAbsent(Question.of(graph, layer), key -> {
            Map<String, Support> each = new LinkedHashMap<>();
            byType.forEach((type, pe) -> each.put(type, answer(pe, graph, layer)));
            return each;
        });
    }

    /** The types that support it. */
    Set<String> supporters(LayerGraph graph, Layer layer) {
        Set<String> types = new TreeSet<>();
        answers(graph, layer).forEach((type, support) -> {
            if (support.isSupported()) {
                types.add(type);
            }
        });
        return types;
    }

    /** The types that support every layer of a segment. */
    Set<String> supporters(LayerGraph segment) {
        Set<String> types = new TreeSet<>(byType.keySet());
        segment.layers().forEach(layer -> types.retainAll(supporters(segment, layer)));
        return types;
    }

    /** What the type is a shape of: the group of its PEs, or the type itself where that hardware has one shape only. */
    String family(String type) {
        PeHandle pe = byType.get(type);
        PeShape shape = pe == null ? null : pe.shape();
        return shape == null ? type : "group " + shape.group();
    }

    private static Support answer(PeHandle pe, LayerGraph graph, Layer layer) {
        if (!(pe.element() instanceof DynamicTensors) && !isKnown(graph, layer)) {
            return Support.no(Cause.SHAPE, "element types and sizes are not known before the first request");
        }
        try {
            return pe.supports(graph, layer);
        } catch (RuntimeException | LinkageError e) {
            return Support.no(Cause.OPERATOR, pe.id() + " could not say: " + e);
        }
    }

    /** Whether something is known of every tensor of a layer. */
    static boolean isKnown(LayerGraph graph, Layer layer) {
        return values(layer).noneMatch(id -> graph.value(id).type() instanceof AnyTensor);
    }

    private static Stream<Integer> values(Layer layer) {
        return Stream.concat(layer.inputs().stream(), layer.outputs().stream()).filter(id -> id != Value.NONE);
    }
}
