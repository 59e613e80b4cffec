// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.saguaro.accel.api.Precision;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Candidate;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.PeType;
import org.saguaro.runtime.core.PlacementReport.Reason;

/**
 * The placement report in a line, for instance {@code 41 of 53 layers on zynq0, 12 on CPU: 9 unsupported op, 3 cheaper there}.
 * Layers that were folded into another count where that one is; those that nobody has to run are not counted.
 */
final class PlacementSummary {

    private final Map<String, String> labels = new HashMap<>();
    private final List<LayerPlacement> layers = new ArrayList<>();
    private int host;
    private int removed;

    private PlacementSummary(List<PeType> types, List<LayerPlacement> model) {
        types.forEach(type -> labels.put(type.type(), label(type)));
        for (LayerPlacement layer : PlacementReport.allLayers(model)) {
            switch (layer.reason().map(Reason::cause).orElse(Cause.NOT_RUN)) {
                case HOST -> host++;
                case REMOVED -> removed++;
                default -> layers.add(layer);
            }
        }
    }

    static String of(List<PeType> types, List<LayerPlacement> model) {
        return new PlacementSummary(types, model).text();
    }

    /** The PE if there is one of the type, else the type. */
    private static String label(PeType type) {
        if (!PlacementReport.isAccelerator(type.type())) {
            return "CPU";
        }
        return type.peIds().size() == 1 ? type.peIds().get(0) : type.type();
    }

    private String text() {
        List<String> parts = new ArrayList<>();
        if (layers.isEmpty()) {
            parts.add("no layers for processing elements");
        } else if (layers.stream().anyMatch(layer -> layer.runs() > 0)) {
            parts.add(whereTheyRan());
        } else {
            parts.add(whereTheyMayRun());
        }
        if (host > 0) {
            parts.add(host + " by the core itself");
        }
        if (removed > 0) {
            parts.add(removed + " removed");
        }
        return String.join("; ", parts);
    }

    private String whereTheyRan() {
        Map<String, List<LayerPlacement>> byPlace = layers.stream()
                .collect(Collectors.groupingBy(layer -> layer.ranOn()
                        .map(type -> PlacementReport.isAccelerator(type) ? type : PlacementReport.CPU)
                        .orElse("")));
        List<LayerPlacement> onCpu = taken(byPlace, PlacementReport.CPU);
        List<LayerPlacement> nowhere = taken(byPlace, "");
        List<String> parts = new ArrayList<>();
        sortedBySize(byPlace)
                .forEach(place -> parts.add(place.getValue().size() + total(parts) + " on " + labels.get(place.getKey())
                        + precisions(place.getKey(), place.getValue())
                        + reasons(place.getValue())));
        if (!onCpu.isEmpty()) {
            parts.add(onCpu.size() + total(parts) + " on CPU" + reasons(onCpu));
        }
        if (!nowhere.isEmpty()) {
            parts.add(nowhere.size() + total(parts) + " not run yet");
        }
        return String.join(", ", parts);
    }

    /** For instance {@code  (52 int8)}, or {@code  in int8} where that is so for all; empty if all are exact. */
    private static String precisions(String peType, List<LayerPlacement> there) {
        Map<Precision, Long> counts = new EnumMap<>(Precision.class);
        there.forEach(layer -> counts.merge(layer.precisionOn(peType), 1L, Long::sum));
        counts.remove(Precision.FLOAT32);
        if (counts.isEmpty()) {
            return "";
        }
        Map.Entry<Precision, Long> first = counts.entrySet().iterator().next();
        if (first.getValue() == there.size()) {
            return " in " + first.getKey();
        }
        return counts.entrySet().stream()
                .map(entry -> entry.getValue() + " in " + entry.getKey())
                .collect(Collectors.joining(", ", " (", ")"));
    }

    private String whereTheyMayRun() {
        Map<String, List<LayerPlacement>> byPlaces = layers.stream()
                .collect(Collectors.groupingBy(layer -> layer.candidates().stream()
                        .filter(candidate -> PlacementReport.isAccelerator(candidate.peType()))
                        .filter(candidate -> candidate.reason().isEmpty())
                        .map(Candidate::peType)
                        .map(type -> labels.getOrDefault(type, type))
                        .collect(Collectors.joining(" or "))));
        List<LayerPlacement> cpuOnly = taken(byPlaces, "");
        List<String> parts = new ArrayList<>();
        sortedBySize(byPlaces)
                .forEach(places ->
                        parts.add(places.getValue().size() + total(parts) + " can run on " + places.getKey()));
        if (!cpuOnly.isEmpty()) {
            boolean all = parts.isEmpty();
            parts.add(
                    cpuOnly.size() + total(parts) + (all ? " can run on CPU only" : " on CPU only") + reasons(cpuOnly));
        }
        return String.join(", ", parts);
    }

    private static List<LayerPlacement> taken(Map<String, List<LayerPlacement>> byPlace, String place) {
        List<LayerPlacement> taken = byPlace.remove(place);
        return taken == null ? List.of() : taken;
    }

    private static List<Map.Entry<String, List<LayerPlacement>>> sortedBySize(
            Map<String, List<LayerPlacement>> byPlace) {
        return byPlace.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<String, List<LayerPlacement>> place) ->
                                -place.getValue().size())
                        .thenComparing(Map.Entry::getKey))
                .toList();
    }

    /** The first part says of how many. */
    private String total(List<String> before) {
        return before.isEmpty() ? " of " + layers.size() + (layers.size() == 1 ? " layer" : " layers") : "";
    }

    /** For instance {@code : 9 unsupported op, 3 cheaper there}; empty if there are none. */
    private static String reasons(List<LayerPlacement> there) {
        Map<Cause, Long> counts = there.stream()
                .flatMap(layer -> layer.reason().stream())
                .collect(Collectors.groupingBy(Reason::cause, Collectors.counting()));
        Function<Map.Entry<Cause, Long>, String> text = entry -> entry.getValue() + " "
                + (entry.getKey() == Cause.SLOWER
                        ? "cheaper there"
                        : entry.getKey().words());
        // Nothing to count where it is the same for all.
        if (counts.keySet().equals(Set.of(Cause.NO_ACCELERATOR))) {
            return ": " + Cause.NO_ACCELERATOR.words();
        }
        return counts.isEmpty()
                ? ""
                : counts.entrySet().stream()
                        .sorted(Comparator.comparing((Map.Entry<Cause, Long> entry) -> -entry.getValue())
                                .thenComparing(Map.Entry::getKey))
                        .map(text)
                        .collect(Collectors.joining(", ", ": ", ""));
    }
}
