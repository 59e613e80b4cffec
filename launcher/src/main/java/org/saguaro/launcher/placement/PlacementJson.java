// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.placement;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.saguaro.formats.text.Json;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Body;
import org.saguaro.runtime.core.PlacementReport.Candidate;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.PeType;
import org.saguaro.runtime.core.PlacementReport.Reason;

/** A placement report as JSON; {@code docs/command-line.md} says what its members mean. */
public final class PlacementJson {

    private PlacementJson() {}

    /** The whole report, for {@link Json#text}. */
    public static Object json(PlacementReport report) {
        return Json.object(
                "deployment", report.deployment(),
                "summary", report.summary(),
                "tasks", report.tasks(),
                "peTypes", report.peTypes().stream().map(PlacementJson::peType).toList(),
                "layers", layers(report.layers()));
    }

    private static Object peType(PeType type) {
        return Json.object(
                "type", type.type(),
                "accelerator", PlacementReport.isAccelerator(type.type()),
                "peIds", type.peIds(),
                "quarantined", sorted(type.quarantined()),
                "layers", type.layers(),
                "timeShare", type.timeShare());
    }

    private static List<Object> layers(List<LayerPlacement> layers) {
        return layers.stream().map(PlacementJson::layer).toList();
    }

    private static Object layer(LayerPlacement layer) {
        return Json.objectWithNulls(
                "name", layer.name(),
                "path", layer.path(),
                "operator", layer.op(),
                "outputs", layer.outputs(),
                "task", layer.task() < 0 ? null : layer.task(),
                "lowered", layer.lowered(),
                "supportedBy", layer.supportedBy(),
                "ranOn", layer.ranOn().orElse(null),
                "runs", layer.runs(),
                "runsByPe", layer.runsByPe(),
                "timeNanos", layer.busyNanos(),
                "timeShare", layer.timeShare(),
                "timeEstimated", layer.timeEstimated(),
                "reason", reason(layer.reason().orElse(null)),
                "causes", causes(layer),
                "candidates",
                        layer.candidates().stream()
                                .map(PlacementJson::candidate)
                                .toList(),
                "bodies", layer.bodies().stream().map(PlacementJson::body).toList());
    }

    private static Object causes(LayerPlacement layer) {
        Map<String, String> causes = new TreeMap<>();
        layer.causes().forEach((type, reason) -> causes.put(type, PlacementWords.inFull(reason)));
        return causes;
    }

    private static Object candidate(Candidate candidate) {
        return Json.objectWithNulls(
                "peType", candidate.peType(),
                "supported", candidate.supported(),
                "runs", candidate.runs(),
                "timeNanos", candidate.busyNanos(),
                "taskNanos", candidate.estimateNanos() == 0 ? null : candidate.estimateNanos(),
                "measured", candidate.measured(),
                "precision", candidate.precision().wireName(),
                "error", candidate.error().map(PlacementWords::errorJson).orElse(null),
                "reason", reason(candidate.reason().orElse(null)));
    }

    private static Object body(Body body) {
        return Json.object("name", body.name(), "runs", body.runs(), "layers", layers(body.layers()));
    }

    private static @Nullable Object reason(@Nullable Reason reason) {
        return reason == null
                ? null
                : Json.object(
                        "cause", reason.cause().name(), "words", reason.cause().words(), "detail", reason.detail());
    }

    private static <T> Map<String, T> sorted(Map<String, T> map) {
        return new TreeMap<>(map);
    }
}
