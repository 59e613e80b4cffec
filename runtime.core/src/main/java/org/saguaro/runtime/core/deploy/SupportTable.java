// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.Support.Cause;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Value;
import org.saguaro.runtime.core.dispatch.PeHandle;

/** Which types of PE support a layer: one PE of each type is asked, once per layer of a graph. Not thread-safe. */
final class SupportTable {

    private final Map<String, PeHandle> byType;
    private final Map<Layer, Map<String, Support>> answers = new LinkedHashMap<>();

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
        return answers.computeIfAbsent(layer, key -> {
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
        return Stream.concat(layer.inputs().stream(), layer.outputs().stream())
                .filter(id -> id != Value.NONE)
                .noneMatch(id -> graph.value(id).type() instanceof AnyTensor);
    }
}
