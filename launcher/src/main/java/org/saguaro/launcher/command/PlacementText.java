// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.saguaro.launcher.text.Figures;
import org.saguaro.launcher.text.Json;
import org.saguaro.launcher.text.Table;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;

/** A placement report as text and JSON. */
public final class PlacementText {

    private PlacementText() {}

    /** A row per layer. */
    public static String text(PlacementReport report) {
        Table table = new Table()
                .column("layer")
                .column("operator")
                .figures("task")
                .figures("time")
                .column("ran on")
                .column("why not elsewhere");
        for (LayerPlacement layer : report.layers()) {
            table.row(
                    layer.path(),
                    layer.op().replaceFirst("^aten\\.", "").replaceFirst("\\.default$", ""),
                    layer.task() < 0 ? "-" : layer.task(),
                    layer.task() < 0 ? "" : Figures.percent(layer.timeShare()),
                    layer.lowered().isEmpty() ? runs(layer) : layer.lowered(),
                    causes(layer));
        }
        return report.deployment() + ": " + report.summary() + "\n\n" + table;
    }

    private static String runs(LayerPlacement layer) {
        if (layer.runsByPe().isEmpty()) {
            return "(not run yet)";
        }
        return new TreeMap<>(layer.runsByPe())
                .entrySet().stream()
                        .map(entry -> entry.getKey() + " x" + entry.getValue())
                        .collect(Collectors.joining(", "));
    }

    private static String causes(LayerPlacement layer) {
        return new TreeMap<>(layer.causes())
                .entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + entry.getValue())
                        .collect(Collectors.joining("; "));
    }

    /** The whole report. */
    public static Object json(PlacementReport report) {
        List<Object> layers = report.layers().stream()
                .map(layer -> (Object) Json.object(
                        "path", layer.path(),
                        "operator", layer.op(),
                        "task", layer.task(),
                        "lowered", layer.lowered(),
                        "supportedBy", layer.supportedBy(),
                        "causes", sorted(layer.causes()),
                        "runsByPe", sorted(layer.runsByPe()),
                        "timeShare", layer.timeShare()))
                .toList();
        return Json.object("deployment", report.deployment(), "summary", report.summary(), "layers", layers);
    }

    private static <T> Map<String, T> sorted(Map<String, T> map) {
        return new TreeMap<>(map);
    }
}
