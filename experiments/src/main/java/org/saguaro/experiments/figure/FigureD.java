// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.saguaro.experiments.figure.Section.PageTable;
import org.saguaro.experiments.figure.Section.Picture;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.formats.plot.Plot;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.trace.GanttChart;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationResult;

/** What ran where in the first ten seconds. */
final class FigureD implements Figure {

    private static final String POOL = "C3+F1+V1+Z1";
    private static final Heuristic HEURISTIC = Heuristic.EFT;
    private static final double SECONDS = 10;

    /** Periods of the applications, in seconds, in their order. */
    private static final List<Double> PERIODS = List.of(5.0, 2.0, 1.0, 0.5, 0.5);

    @Override
    public String id() {
        return "fig-d";
    }

    @Override
    public int runs() {
        return 1;
    }

    @Override
    public Section make(Platform platform, Runs runs, Path folder) throws IOException, PoolException {
        List<ApplicationProfile> applications = List.of(
                Substitutes.objectDetection(),
                Substitutes.vgg(),
                Substitutes.speech(),
                Substitutes.wifiTx(),
                Substitutes.pulseDoppler());
        Simulation simulation = platform.simulation(POOL, applications);
        List<Injection> injections = new ArrayList<>();
        for (int i = 0; i < applications.size(); i++) {
            injections.addAll(Injection.periodic(i, PERIODS.get(i), SECONDS));
        }
        Bars bars = new Bars(simulation, Math.round(SECONDS * 1e9));
        Optional<SimulationResult> result = runs.all(
                        List.of(new Runs.Run(simulation, HEURISTIC.policy(), Injection.sorted(injections), 1, bars)))
                .get(0);
        Sheet sheet = new Sheet(
                "fig-d.csv", "pe", "application", "request", "layer", "tasks", "start_seconds", "end_seconds");
        if (result.isEmpty()) {
            return section(sheet, false, List.of(), List.of(), List.of());
        }
        bars.bars()
                .forEach(bar -> sheet.row(
                        bar.pe,
                        bar.application,
                        Long.toString(bar.request),
                        bar.layer,
                        Integer.toString(bar.tasks),
                        Sheet.precise(bar.startedNanos / 1e9),
                        Sheet.precise(bar.finishedNanos / 1e9)));
        draw(simulation, bars, folder);
        return section(
                sheet,
                true,
                List.of(new Picture("fig-d.png", "The first ten seconds, simulated", "fig-d.html")),
                List.of(table(simulation, bars)),
                criteria(simulation, bars));
    }

    private Section section(
            Sheet sheet, boolean complete, List<Picture> pictures, List<PageTable> tables, List<Criterion> criteria) {
        return new Section(
                id(),
                "D. What ran where",
                "The first ten seconds of a mixed workload on " + POOL + " under " + HEURISTIC
                        + ". Periods: object detection 5 s, VGG 2 s, speech classification 1 s, WiFi-TX 0.5 s,"
                        + " Pulse Doppler 0.5 s. Seed 1.",
                complete,
                pictures,
                tables,
                criteria,
                List.of(
                        "The publication names neither the workload nor the heuristic of its chart. Calls of one layer that"
                                + " follow each other on a PE are drawn as one bar."),
                List.of(sheet));
    }

    private static void draw(Simulation simulation, Bars bars, Path folder) throws IOException {
        try (Writer out = Files.newBufferedWriter(folder.resolve("fig-d.html"))) {
            GanttChart.write(
                    "Figure D: the first ten seconds, simulated (a bar is one or more tasks of a layer)",
                    "bars",
                    bars.records(),
                    out);
        }
        Plot plot = Plot.rows("The first ten seconds on " + POOL + " under " + HEURISTIC, "seconds", simulation.pes())
                .xUntil(SECONDS);
        for (ApplicationProfile application : simulation.applications()) {
            List<Bars.Bar> ofApplication = bars.bars().stream()
                    .filter(bar -> bar.application.equals(application.name()))
                    .toList();
            plot.spans(
                    application.name(),
                    ofApplication.stream()
                            .mapToDouble(bar -> bar.startedNanos / 1e9)
                            .toArray(),
                    ofApplication.stream().mapToDouble(FigureD::drawnUntil).toArray(),
                    ofApplication.stream()
                            .mapToInt(bar -> simulation.pes().indexOf(bar.pe))
                            .toArray());
        }
        plot.writePng(folder.resolve("fig-d.png"));
        plot.writeSvg(folder.resolve("fig-d.svg"));
    }

    private static double drawnUntil(Bars.Bar bar) {
        return Math.min(SECONDS, bar.finishedNanos / 1e9);
    }

    private static PageTable table(Simulation simulation, Bars bars) {
        List<List<String>> rows = new ArrayList<>();
        for (String pe : simulation.pes()) {
            List<Bars.Bar> ofPe =
                    bars.bars().stream().filter(bar -> bar.pe.equals(pe)).toList();
            double seconds = ofPe.stream()
                            .mapToLong(bar -> Math.min(bar.finishedNanos, Math.round(SECONDS * 1e9)) - bar.startedNanos)
                            .sum()
                    / 1e9;
            rows.add(List.of(
                    pe,
                    Integer.toString(ofPe.stream().mapToInt(bar -> bar.tasks).sum()),
                    Figures.percent(seconds / SECONDS)));
        }
        return new PageTable("The first ten seconds by PE", List.of("PE", "tasks", "drawn as busy"), rows);
    }

    private static List<Criterion> criteria(Simulation simulation, Bars bars) {
        long pes = bars.bars().stream().map(bar -> bar.pe).distinct().count();
        long applications =
                bars.bars().stream().map(bar -> bar.application).distinct().count();
        return List.of(new Criterion(
                "PEs as rows, tasks coloured by application: every PE and every application is in the chart",
                "a Gantt chart of the first 10 s",
                pes + " of " + simulation.pes().size() + " PEs, " + applications + " of "
                        + simulation.applications().size() + " applications",
                pes == simulation.pes().size()
                        && applications == simulation.applications().size()));
    }
}
