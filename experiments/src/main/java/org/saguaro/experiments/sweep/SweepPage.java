// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.saguaro.experiments.sweep.FacetPlots.Grid;
import org.saguaro.experiments.sweep.SweepDescription.Objective;
import org.saguaro.formats.plot.Plot;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.HtmlTemplate;

/** One page of a sweep with all its plots in it, and the plots beside it as files. */
final class SweepPage {

    private static final Pattern NO_FILE_NAME = Pattern.compile("[^A-Za-z0-9.]+");

    private final SweepPlan plan;
    private final SweepSummary summary;

    SweepPage(SweepPlan plan, SweepSummary summary) {
        this.plan = plan;
        this.summary = summary;
    }

    /** Writes {@code index.html}, a PNG per measure, and an SVG and a PNG per plot. */
    void write(SweepFolder folder) throws IOException {
        FacetLayout layout = new FacetLayout(plan);
        FacetPlots plots = new FacetPlots(plan, layout, folder.results());
        List<Grid> grids = new ArrayList<>(plots.grids());
        grids.add(plots.pareto(summary));
        Files.createDirectories(folder.plots());
        for (Grid grid : grids) {
            Plot.writeFacets(grid.plots(), folder.plots().resolve(grid.file() + ".png"));
        }
        try (Writer out = Files.newBufferedWriter(folder.file("index.html"), StandardCharsets.UTF_8)) {
            HtmlTemplate.of(SweepPage.class, "sweep.html")
                    .write((name, to) -> section(name, to, layout, grids, folder), out);
        }
    }

    private void section(String name, Writer out, FacetLayout layout, List<Grid> grids, SweepFolder folder)
            throws IOException {
        switch (name) {
            case "name" -> out.write(HtmlTemplate.escape(plan.description().name()));
            case "description" ->
                out.write(HtmlTemplate.escape(plan.description().description()));
            case "headline" -> out.write(HtmlTemplate.escape(summary.headline()));
            case "cards" -> {
                for (Objective objective : Objective.values()) {
                    card(objective, out);
                }
            }
            case "grids" -> {
                for (Grid grid : grids) {
                    grid(grid, layout, out, folder);
                }
            }
            case "best" -> best(out);
            case "leftOut" -> leftOut(out);
            default -> throw new IllegalStateException("the page has no section " + name);
        }
    }

    /** How often a pool with a policy is best, and how good it is where it is. */
    private void card(Objective objective, Writer out) throws IOException {
        boolean chosen = objective == plan.description().objective();
        out.write("<section class=\"card" + (chosen ? " chosen" : "") + "\"><h2>Best by "
                + HtmlTemplate.escape(objective.label()) + (chosen ? " <b>objective</b>" : "") + "</h2>\n<table>");
        List<Integer> rates = new ArrayList<>();
        for (int rate = 0; rate < plan.description().rates().size(); rate++) {
            rates.add(rate);
        }
        for (int rate : FacetLayout.spread(rates, 5)) {
            Optional<Group> best = summary.best(rate, objective);
            String at = HtmlTemplate.escape(plan.description().rates().get(rate).toString());
            out.write("<tr><th>" + at + "</th>");
            out.write(
                    best.isEmpty()
                            ? "<td colspan=\"3\">none keeps the constraints</td>"
                            : "<td><b>" + pool(best.get()) + "</b></td><td>" + policy(best.get())
                                    + "</td><td class=\"figure\">" + figure(best.get(), objective) + "</td>");
            out.write("</tr>\n");
        }
        out.write("</table></section>\n");
    }

    private static String figure(Group group, Objective objective) {
        return switch (objective) {
            case TIME -> Figures.threeDigits(group.meanMillis()) + " ms";
            case ENERGY -> Figures.threeDigits(group.joulesPerRequest() * 1e3) + " mJ";
            case EDP -> Figures.threeDigits(group.energyDelayJouleSeconds() * 1e6) + " uJs";
        };
    }

    private String pool(Group group) {
        return HtmlTemplate.escape(
                plan.candidates().get(group.pool()).composition().toString());
    }

    private String policy(Group group) {
        return HtmlTemplate.escape(plan.description().policies().get(group.policy()));
    }

    private void grid(Grid grid, FacetLayout layout, Writer out, SweepFolder folder) throws IOException {
        boolean pareto = grid.file().equals("pareto");
        out.write("<section class=\"grid\"><h2>" + HtmlTemplate.escape(grid.title()) + "</h2>\n<div class=\"legend\">");
        List<String> keys = new ArrayList<>(pareto ? plan.description().policies() : layout.lines());
        if (pareto) {
            keys.add("Pareto front");
        }
        for (int i = 0; i < keys.size(); i++) {
            out.write("<span><i style=\"background:" + HtmlTemplate.colour(i) + "\"></i>"
                    + HtmlTemplate.escape(keys.get(i)) + "</span>");
        }
        out.write("</div>\n");
        if (!pareto
                && (layout.allRows() > layout.rows().size()
                        || layout.allLines() > layout.lines().size())) {
            out.write("<p class=\"note\">Shown: " + layout.rows().size() + " of " + layout.allRows() + " rows, "
                    + layout.lines().size() + " of " + layout.allLines()
                    + " lines, spread evenly over all; results.csv has the others.</p>\n");
        }
        out.write("<div class=\"plots" + (pareto ? " wrapped" : "") + "\" style=\"--columns:"
                + grid.columns().size() + "\">\n");
        for (int row = 0; row < grid.rows().size(); row++) {
            for (int column = 0; column < grid.columns().size(); column++) {
                String title = (grid.rows().get(row) + " " + grid.columns().get(column)).strip();
                Plot plot = grid.plots().get(row).get(column);
                String file = grid.file() + "-" + fileName(title);
                Path png = folder.plots().resolve(file + ".png");
                plot.writeSvg(folder.plots().resolve(file + ".svg"));
                plot.writePng(png);
                // The image is a quarter of the vector graphic's size, and there may be hundreds.
                out.write("<a href=\"plots/" + file + ".svg\"><img alt=\""
                        + HtmlTemplate.escape(grid.title() + ": " + title) + "\" src=\"data:image/png;base64,"
                        + Base64.getEncoder().encodeToString(Files.readAllBytes(png)) + "\"></a>\n");
            }
        }
        out.write("</div></section>\n");
    }

    private static String fileName(String title) {
        return NO_FILE_NAME.matcher(title).replaceAll("-");
    }

    private void best(Writer out) throws IOException {
        Objective objective = plan.description().objective();
        for (int rate = 0; rate < plan.description().rates().size(); rate++) {
            Optional<Group> best = summary.best(rate, objective);
            if (best.isPresent()) {
                row(best.get(), "best by " + objective.label(), out);
            }
            for (Group group : summary.front(rate)) {
                if (best.isEmpty() || !group.equals(best.get())) {
                    row(group, "Pareto front", out);
                }
            }
        }
    }

    private void row(Group group, String why, Writer out) throws IOException {
        Rate rate = plan.description().rates().get(group.rate());
        out.write("<tr><td>" + HtmlTemplate.escape(rate.toString()) + "</td><td>" + why + "</td><td><b>" + pool(group)
                + "</b></td><td>" + policy(group) + "</td>");
        for (String figure : List.of(
                Figures.threeDigits(group.meanMillis()) + " &#177; " + Figures.threeDigits(group.meanMillisDeviation()),
                Figures.threeDigits(group.p99Millis()),
                Figures.threeDigits(group.throughputPerSecond()),
                Figures.threeDigits(group.joulesPerRequest() * 1e3),
                Figures.threeDigits(group.energyDelayJouleSeconds() * 1e6),
                Figures.threeDigits(group.meanWatts()),
                Figures.percent(group.missShare()))) {
            out.write("<td class=\"figure\">" + figure + "</td>");
        }
        out.write("</tr>\n");
    }

    private void leftOut(Writer out) throws IOException {
        if (plan.leftOut().isEmpty()) {
            return;
        }
        out.write("<h2>Left out</h2><ul>\n");
        for (SweepPlan.LeftOut one : FacetLayout.spread(plan.leftOut(), 20)) {
            out.write("<li><b>" + HtmlTemplate.escape(one.composition().toString()) + "</b>: "
                    + HtmlTemplate.escape(one.reason()) + "</li>\n");
        }
        out.write("</ul>\n");
        if (plan.leftOut().size() > 20) {
            out.write("<p class=\"note\">20 of " + plan.leftOut().size() + "; summary.json names all.</p>\n");
        }
    }
}
