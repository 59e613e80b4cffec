// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.placement;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Table;
import org.saguaro.runtime.core.MeasuredError;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Body;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.PeType;
import org.saguaro.runtime.core.PlacementReport.Reason;

/** A placement report for a terminal: the summary, a row per layer, then the reasons in full. */
public final class PlacementText {

    private static final int WIDTH = 100;
    private static final String INDENT = "  ";

    private final PlacementReport report;
    private final PlacementWords words;
    private final boolean wide;
    private final boolean errors;
    private final StringBuilder text = new StringBuilder();

    private PlacementText(PlacementReport report, boolean wide) {
        this.report = report;
        this.words = new PlacementWords(report);
        this.wide = wide;
        this.errors = report.allLayers().stream()
                .anyMatch(layer -> PlacementWords.errorOf(layer).isPresent());
    }

    /**
     * The text, every line ended.
     *
     * @param wide every column in full; otherwise lines have at most {@value #WIDTH} characters
     */
    public static String text(PlacementReport report, boolean wide) {
        PlacementText text = new PlacementText(report, wide);
        text.wrap(INDENT, report.deployment() + ": " + report.summary());
        text.peTypes();
        text.layers();
        text.reasons();
        return text.text.toString();
    }

    // --- who is there ---

    private void peTypes() {
        text.append('\n');
        Table table = new Table()
                .column("type")
                .column("processing elements")
                .figures("layers")
                .figures("time");
        for (PeType type : report.peTypes()) {
            table.row(type.type(), String.join(", ", type.peIds()), type.layers(), Figures.percent(type.timeShare()));
        }
        text.append(wide ? table : table.limit(WIDTH));
        for (PeType type : report.peTypes()) {
            type.quarantined().forEach((pe, reason) -> wrap("  ", pe + " is quarantined: " + reason));
        }
    }

    // --- layers ---

    private void layers() {
        if (report.layers().isEmpty()) {
            return;
        }
        Table table = new Table().shrinkable("layer", 22).shrinkable("operator", 14);
        if (wide) {
            table.column("output").figures("task").figures("per run");
        }
        table.figures("time").shrinkable("ran on", 16);
        if (words.hasAccelerators()) {
            table.shrinkable(wide ? "can run on" : "fits", 8);
        }
        if (errors) {
            table.figures("error");
        }
        table.shrinkable(words.hasAccelerators() ? "cause" : "", 22);
        report.layers().forEach(layer -> row(table, layer, ""));
        text.append('\n').append(wide ? table : table.limit(WIDTH));
        if (PlacementReport.allLayers(report.layers()).stream()
                .anyMatch(layer -> layer.timeEstimated() && layer.runs() > 0)) {
            text.append("~ a part of the time measured for its task, by the cost model's prior\n");
        }
        if (errors) {
            wrap(INDENT, errorsInWords());
        }
    }

    private String errorsInWords() {
        String inputs = report.allLayers().stream()
                .flatMap(layer -> PlacementWords.errorOf(layer).stream())
                .map(MeasuredError::inputs)
                .distinct()
                .collect(Collectors.joining(", "));
        return "error: of the layer's task against the CPU's answers to the same inputs, relative, root mean square; on "
                + inputs;
    }

    private void row(Table table, LayerPlacement layer, String indent) {
        boolean timed = layer.runs() > 0 && layer.lowered().isEmpty();
        List<Object> cells = new ArrayList<>();
        cells.add(indent + layer.path());
        cells.add(PlacementWords.operator(layer));
        if (wide) {
            cells.add(String.join(", ", layer.outputs()));
            cells.add(layer.task() < 0 ? "" : layer.task());
            cells.add(timed ? Figures.duration(layer.busyNanos() / layer.runs()) : "");
        }
        cells.add(timed ? (layer.timeEstimated() ? "~" : "") + Figures.percent(layer.timeShare()) : "");
        cells.add(wide && !PlacementWords.isTheCores(layer) ? everyPe(layer) : words.ranOn(layer));
        if (words.hasAccelerators()) {
            cells.add(layer.supportedBy().stream()
                    .filter(type -> wide || PlacementReport.isAccelerator(type))
                    .collect(Collectors.joining(", ")));
        }
        if (errors) {
            cells.add(PlacementWords.errorOf(layer).map(PlacementWords::error).orElse(""));
        }
        cells.add(PlacementWords.cause(layer));
        table.row(cells.toArray());
        for (Body body : layer.bodies()) {
            List<Object> heading = new ArrayList<>(cells);
            heading.replaceAll(cell -> "");
            heading.set(0, indent + INDENT + body.name() + ", " + PlacementWords.times(body) + ":");
            table.row(heading.toArray());
            body.layers().forEach(inner -> row(table, inner, indent + INDENT + INDENT));
        }
    }

    private static String everyPe(LayerPlacement layer) {
        return layer.runsByPe().entrySet().stream()
                .map(entry -> entry.getKey() + " x" + entry.getValue())
                .collect(Collectors.joining(", "));
    }

    // --- reasons ---

    private record Heading(Cause cause, String accelerators) {}

    /** Reasons that many layers share are told once, with the first detail as an example. */
    private void reasons() {
        Map<Heading, List<LayerPlacement>> groups = new LinkedHashMap<>();
        for (LayerPlacement layer : report.allLayers()) {
            layer.reason()
                    .filter(reason -> !reason.detail().isEmpty() && reason.cause() != Cause.HOST)
                    .ifPresent(reason -> groups.computeIfAbsent(
                                    new Heading(reason.cause(), PlacementWords.accelerators(layer)),
                                    heading -> new ArrayList<>())
                            .add(layer));
        }
        if (groups.isEmpty()) {
            return;
        }
        text.append('\n');
        groups.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Heading, List<LayerPlacement>> group) ->
                        -group.getValue().size()))
                .forEach(group -> reason(group.getKey(), group.getValue()));
    }

    private void reason(Heading heading, List<LayerPlacement> layers) {
        List<String> details = layers.stream()
                .map(layer -> layer.reason().map(Reason::detail).orElse(""))
                .distinct()
                .toList();
        String example =
                details.size() == 1 ? "" : "for instance " + layers.get(0).path() + ": ";
        wrap(
                INDENT,
                layers.size() + (layers.size() == 1 ? " layer, " : " layers, ")
                        + heading.cause().words()
                        + (heading.accelerators().isEmpty() ? "" : " (" + heading.accelerators() + ")") + ": " + example
                        + details.get(0));
    }

    /** A line, broken between words where it would be too long; what follows the first break is indented. */
    private void wrap(String indent, String line) {
        int column = 0;
        for (String word : line.split(" ", -1)) {
            if (column > 0 && !wide && column + 1 + word.length() > WIDTH) {
                text.append('\n').append(indent).append(word);
                column = indent.length() + word.length();
            } else {
                text.append(column == 0 ? "" : " ").append(word);
                column += (column == 0 ? 0 : 1) + word.length();
            }
        }
        text.append('\n');
    }
}
