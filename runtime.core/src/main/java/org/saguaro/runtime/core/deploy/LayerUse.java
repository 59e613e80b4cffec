// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the types of PEs did for one layer, in all variants and instances of it. A snapshot. Not thread-safe. */
final class LayerUse {

    /** A task, and the layer's part of it. */
    private record Part(TaskUse use, String layerName) {}

    private final List<Part> parts = new ArrayList<>();
    private final boolean timed;

    /** @param timed whether it takes time; false for a layer that was folded into another */
    LayerUse(List<PlannedLayers.Place> places, boolean timed) {
        this.timed = timed;
        for (PlannedLayers.Place place : places) {
            place.uses()
                    .forEach(use -> parts.add(new Part(use, place.layerIn(use).name())));
        }
    }

    /** Types that have ever run it. */
    Set<String> types() {
        Set<String> types = new TreeSet<>();
        parts.forEach(part -> types.addAll(part.use().types()));
        return types;
    }

    Map<String, Long> runsByPe(String type) {
        Map<String, Long> runs = new TreeMap<>();
        parts.forEach(part -> part.use().runsByPe(type).forEach((pe, count) -> runs.merge(pe, count, Long::sum)));
        return runs;
    }

    long busyNanos(String type) {
        return timed
                ? (long) parts.stream()
                        .mapToDouble(part -> part.use().part(part.layerName(), type)
                                * part.use().busyNanos(type))
                        .sum()
                : 0;
    }
}
