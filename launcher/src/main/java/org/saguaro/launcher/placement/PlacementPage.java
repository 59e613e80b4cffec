// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.placement;

import static org.saguaro.formats.text.HtmlTemplate.escape;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.HtmlTemplate;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Body;
import org.saguaro.runtime.core.PlacementReport.Candidate;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.PeType;
import org.saguaro.runtime.core.PlacementReport.Reason;

/**
 * Writes a placement report as one HTML file without references to others: shares per type of PE on top, a table of layers
 * that sorts and filters below. Without JavaScript everything is shown in the model's order.
 */
public final class PlacementPage {

    private static final String TEMPLATE = "placement.html";
    private static final String NO_PE = "color-mix(in srgb, CanvasText 30%, Canvas)";
    private static final String THE_CORE = "the core";
    private static final String NOT_RUN = "not run";
    private static final String REMOVED = "removed";

    private final PlacementReport report;
    private final PlacementWords words;
    private final List<LayerPlacement> all;
    private int number;

    private PlacementPage(PlacementReport report) {
        this.report = report;
        this.words = new PlacementWords(report);
        this.all = report.allLayers();
    }

    /** Writes the page; {@code out} is not closed. */
    public static void write(PlacementReport report, Writer out) throws IOException {
        PlacementPage page = new PlacementPage(report);
        HtmlTemplate.of(PlacementPage.class, TEMPLATE).write(page::section, out);
    }

    /** Writes the page to a file. */
    public static void write(PlacementReport report, Path file) throws IOException {
        try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            write(report, out);
        }
    }

    private void section(String name, Writer out) throws IOException {
        switch (name) {
            case "title" -> out.write(escape(report.deployment()));
            case "summary" -> out.write(escape(report.summary()));
            case "timeBar" -> timeBar(out);
            case "timeKeys" -> timeKeys(out);
            case "layerBar" -> layerBar(out);
            case "layerKeys" -> layerKeys(out);
            case "causeKeys" -> causeKeys(out);
            case "filters" -> filters(out);
            case "rows" -> {
                for (LayerPlacement layer : report.layers()) {
                    row(layer, 0, out);
                }
            }
            case "notes" -> notes(out);
            default -> throw new IllegalStateException("the template asks for " + name);
        }
    }

    // --- the cards ---

    private void timeBar(Writer out) throws IOException {
        for (PeType type : report.peTypes()) {
            if (type.timeShare() > 0) {
                part(colour(type.type()), type.timeShare(), words.label(type.type()), out);
            }
        }
    }

    private void timeKeys(Writer out) throws IOException {
        for (PeType type : report.peTypes()) {
            key(
                    colour(type.type()),
                    escape(String.join(", ", type.peIds())) + quarantine(type),
                    Figures.percent(type.timeShare()),
                    out);
        }
    }

    private static String quarantine(PeType type) {
        return type.quarantined().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> "<br><small class=\"bad\">" + escape(entry.getKey() + " quarantined: " + entry.getValue())
                        + "</small>")
                .collect(Collectors.joining());
    }

    private void layerBar(Writer out) throws IOException {
        for (Map.Entry<String, Long> place : places().entrySet()) {
            part(placeColour(place.getKey()), (double) place.getValue() / all.size(), words.label(place.getKey()), out);
        }
    }

    private void layerKeys(Writer out) throws IOException {
        for (Map.Entry<String, Long> place : places().entrySet()) {
            key(
                    placeColour(place.getKey()),
                    escape(words.label(place.getKey())),
                    place.getValue() + " of " + all.size(),
                    out);
        }
    }

    private void causeKeys(Writer out) throws IOException {
        Map<Cause, List<Reason>> byCause = all.stream()
                .flatMap(layer -> layer.reason().stream())
                .filter(reason -> reason.cause() != Cause.HOST && reason.cause() != Cause.REMOVED)
                .collect(Collectors.groupingBy(Reason::cause));
        List<Map.Entry<Cause, List<Reason>>> sorted = byCause.entrySet().stream()
                .sorted(Comparator.comparing(entry -> -entry.getValue().size()))
                .toList();
        for (Map.Entry<Cause, List<Reason>> entry : sorted) {
            key(
                    "transparent",
                    escape(entry.getKey().words()),
                    entry.getValue().size() + (entry.getValue().size() == 1 ? " layer" : " layers"),
                    out);
        }
        if (sorted.isEmpty()) {
            key("transparent", "every layer may run on one", "", out);
        }
    }

    /** Where layers are, with how many: types of PEs, and what else there is. */
    private Map<String, Long> places() {
        Map<String, Long> places = new LinkedHashMap<>();
        report.peTypes().forEach(type -> places.put(type.type(), 0L));
        List.of(THE_CORE, NOT_RUN, REMOVED).forEach(place -> places.put(place, 0L));
        all.forEach(layer -> places.merge(place(layer), 1L, Long::sum));
        places.values().removeIf(count -> count == 0);
        return places;
    }

    private static String place(LayerPlacement layer) {
        if (PlacementWords.isTheCores(layer)) {
            return THE_CORE;
        }
        return PlacementWords.isRemoved(layer) ? REMOVED : layer.ranOn().orElse(NOT_RUN);
    }

    private static void part(String colour, double share, String label, Writer out) throws IOException {
        out.write("<i style=\"flex:" + number(share) + ";background:" + colour + "\" title=\"" + escape(label) + " "
                + Figures.percent(share) + "\"></i>");
    }

    private static void key(String colour, String html, String figure, Writer out) throws IOException {
        out.write("<span><i style=\"background:" + colour + "\"></i></span><span>" + html + "</span><span>"
                + escape(figure) + "</span>\n");
    }

    private void filters(Writer out) throws IOException {
        for (String place : places().keySet()) {
            out.write("<button type=\"button\" aria-pressed=\"false\" data-place=\"" + escape(place) + "\">"
                    + escape(words.label(place)) + "</button>");
        }
    }

    // --- the table ---

    private void row(LayerPlacement layer, int depth, Writer out) throws IOException {
        boolean idle = PlacementWords.isRemoved(layer) || !layer.lowered().isEmpty();
        out.write("<tr data-place=\"" + escape(place(layer)) + "\"" + (idle ? " class=\"gone\"" : "") + ">");
        figure(number++, Integer.toString(number), out);
        out.write("<td class=\"layer\" style=\"--depth:" + depth + "\"><b>" + escape(layer.path()) + "</b><small>"
                + escape(PlacementWords.operator(layer)) + "</small></td>");
        out.write("<td class=\"type\">"
                + layer.outputs().stream().map(HtmlTemplate::escape).collect(Collectors.joining("<br>")) + "</td>");
        figure(layer.task(), layer.task() < 0 ? "" : Integer.toString(layer.task()), out);
        out.write("<td>" + ranOn(layer) + "</td><td>" + canRunOn(layer) + "</td>");
        long perRun = layer.runs() == 0 ? 0 : layer.busyNanos() / layer.runs();
        figure(perRun, perRun == 0 ? "" : (layer.timeEstimated() ? "~" : "") + Figures.duration(perRun), out);
        share(layer, out);
        out.write("<td class=\"why\">" + why(layer) + "</td></tr>\n");
        for (Body body : layer.bodies()) {
            out.write("<tr class=\"body\"><td></td><td class=\"layer\" colspan=\"8\" style=\"--depth:" + (depth + 1)
                    + "\">"
                    + escape(body.name() + ", " + PlacementWords.times(body))
                    + "</td></tr>\n");
            for (LayerPlacement inner : body.layers()) {
                row(inner, depth + 2, out);
            }
        }
    }

    private static void figure(long value, String text, Writer out) throws IOException {
        out.write("<td class=\"figure\" data-value=\"" + value + "\">" + escape(text) + "</td>");
    }

    private String ranOn(LayerPlacement layer) {
        if (PlacementWords.isTheCores(layer)) {
            return on(NO_PE, THE_CORE);
        }
        return layer.candidates().stream()
                .flatMap(candidate -> candidate.runsByPe().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry -> on(
                                colour(candidate.peType()),
                                entry.getKey() + PlacementWords.precision(candidate) + " \u00d7 " + entry.getValue())))
                .collect(Collectors.joining());
    }

    private static String on(String colour, String text) {
        return "<span class=\"on\"><i style=\"background:" + colour + "\"></i>" + escape(text) + "</span>";
    }

    private String canRunOn(LayerPlacement layer) {
        return layer.candidates().stream()
                .filter(Candidate::supported)
                .map(candidate -> "<span class=\"pill\" style=\"--pill:" + colour(candidate.peType()) + "\" title=\""
                        + escape(expected(candidate)) + "\">" + escape(candidate.peType()) + "</span>")
                .collect(Collectors.joining());
    }

    private static String expected(Candidate candidate) {
        if (candidate.estimateNanos() == 0) {
            return "not prepared there";
        }
        return "its task takes " + Figures.duration(candidate.estimateNanos())
                + (candidate.measured() ? " there (measured)" : " there (estimated)")
                + PlacementWords.precision(candidate)
                + candidate
                        .error()
                        .map(error -> "; relative error " + PlacementWords.error(error) + " on " + error.inputs())
                        .orElse("");
    }

    private void share(LayerPlacement layer, Writer out) throws IOException {
        out.write("<td class=\"share\" data-value=\"" + number(layer.timeShare()) + "\">");
        if (layer.runs() > 0 && layer.timeShare() > 0) {
            double largest =
                    all.stream().mapToDouble(LayerPlacement::timeShare).max().orElse(1);
            out.write("<span>" + (layer.timeEstimated() ? "~" : "") + Figures.percent(layer.timeShare())
                    + "</span><div style=\"background:" + colour(layer.ranOn().orElse("")) + ";width:"
                    + number(60 * layer.timeShare() / largest) + "%\"></div>");
        }
        out.write("</td>");
    }

    private static String why(LayerPlacement layer) {
        StringBuilder html = new StringBuilder(escape(PlacementWords.cause(layer)));
        for (Candidate candidate : layer.candidates()) {
            // A layer that was folded into another shares its reasons, which stand there.
            if (PlacementReport.isAccelerator(candidate.peType())
                    && layer.lowered().isEmpty()) {
                candidate
                        .reason()
                        .ifPresent(reason -> html.append("<small>")
                                .append(escape(candidate.peType() + ": "
                                        + (reason.detail().isEmpty()
                                                ? reason.cause().words()
                                                : reason.detail())))
                                .append("</small>"));
            }
        }
        if (PlacementWords.isTheCores(layer) || PlacementWords.isRemoved(layer)) {
            html.append("<small>")
                    .append(escape(layer.reason().map(Reason::detail).orElse("")))
                    .append("</small>");
        }
        return html.toString();
    }

    private void notes(Writer out) throws IOException {
        if (all.stream().anyMatch(layer -> layer.timeEstimated() && layer.runs() > 0)) {
            out.write(
                    "~ Kernels run tasks. Where a task has several layers, each gets the part of the time measured for the"
                            + " task that the cost model's prior gives it, by arithmetic and memory traffic. ");
        }
        out.write(report.tasks() + (report.tasks() == 1 ? " task." : " tasks."));
    }

    // --- small things ---

    private String placeColour(String place) {
        return report.peTypes().stream().anyMatch(type -> type.type().equals(place)) ? colour(place) : NO_PE;
    }

    private String colour(String peType) {
        List<String> types = report.peTypes().stream().map(PeType::type).toList();
        // The CPU is always the first colour, whoever else is there.
        if (!PlacementReport.isAccelerator(peType)) {
            return HtmlTemplate.colour(0);
        }
        List<String> accelerators =
                types.stream().filter(PlacementReport::isAccelerator).toList();
        return HtmlTemplate.colour(1 + Math.max(0, accelerators.indexOf(peType)));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }
}
