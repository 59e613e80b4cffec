// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.saguaro.experiments.figure.Section.PageTable;
import org.saguaro.experiments.figure.Section.Picture;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.formats.plot.Plot;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;

/** Time per instance by the number of instances that begin together. */
final class FigureB implements Figure {

    static final int MOST = 10;
    private static final String POOL = "C3+V1+Z1";
    private static final int SETTLED = 5;

    /** Ends of the range that was published for one instance, and what it falls to. */
    private static final double PUBLISHED_ONE = 6.3;

    private static final double PUBLISHED_SETTLED = 4.8;
    private static final double FALLS = 0.9;
    private static final double FLAT = 0.05;

    @Override
    public String id() {
        return "fig-b";
    }

    @Override
    public int runs() {
        return Heuristic.values().length * MOST;
    }

    @Override
    public Section make(Platform platform, Runs runs, Path folder) throws IOException, PoolException {
        Simulation simulation = platform.simulation(POOL, List.of(Substitutes.objectDetection()));
        List<Runs.Run> planned = new ArrayList<>();
        for (Heuristic heuristic : Heuristic.values()) {
            for (int instances = 1; instances <= MOST; instances++) {
                planned.add(new Runs.Run(
                        simulation, heuristic.policy(), Injection.together(0, instances), 1, SimulationObserver.NONE));
            }
        }
        List<Optional<SimulationResult>> results = runs.all(planned);
        Sheet sheet = new Sheet(
                "fig-b.csv", "policy", "instances", "seconds_per_instance", "makespan_seconds", "joules_per_instance");
        Map<Heuristic, double[]> seconds = new EnumMap<>(Heuristic.class);
        int run = 0;
        for (Heuristic heuristic : Heuristic.values()) {
            double[] ofHeuristic = new double[MOST];
            for (int instances = 1; instances <= MOST; instances++) {
                Optional<SimulationResult> result = results.get(run++);
                if (result.isPresent()) {
                    double makespan = result.get().endNanos() / 1e9;
                    ofHeuristic[instances - 1] = makespan / instances;
                    sheet.row(
                            heuristic.policy(),
                            Integer.toString(instances),
                            Sheet.number(makespan / instances),
                            Sheet.number(makespan),
                            Sheet.number(result.get().joules() / instances));
                }
            }
            seconds.put(heuristic, ofHeuristic);
        }
        return section(sheet, seconds, results.stream().allMatch(Optional::isPresent), folder);
    }

    private Section section(Sheet sheet, Map<Heuristic, double[]> seconds, boolean complete, Path folder)
            throws IOException {
        if (complete) {
            draw(seconds, folder);
        }
        return new Section(
                id(),
                "B. Time per instance, by how many there are",
                "1 to " + MOST + " instances of object detection begin together on " + POOL
                        + "; the time until the last one has ended, divided by how many they are. Seed 1.",
                complete,
                complete ? List.of(new Picture("fig-b.svg", "Ours, simulated, and what was published", "")) : List.of(),
                List.of(table(seconds, complete)),
                complete ? criteria(seconds) : List.of(),
                List.of(
                        "An instance alone leaves PEs at rest in two ways: its dense layers run on one core, and at the end"
                                + " of every channel's fan of calls the fastest wait for the slowest. Several instances fill"
                                + " both gaps; about three are enough.",
                        "It falls by less than published: where our model has no idle time left, theirs gains a little more."
                                + " Round robin hardly gains: its slowest PE, Conv2D, is busy all the time with one instance"
                                + " already."),
                List.of(sheet));
    }

    private static void draw(Map<Heuristic, double[]> seconds, Path folder) throws IOException {
        double[] instances = IntStream.rangeClosed(1, MOST).asDoubleStream().toArray();
        Plot plot = Plot.lines("Object detection on " + POOL, "simultaneous instances", "time per instance in s")
                .yFrom(0);
        seconds.forEach((heuristic, ofHeuristic) -> plot.series(heuristic.name(), instances, ofHeuristic));
        plot.series("published (as described)", new double[] {1, SETTLED, MOST}, new double[] {
            PUBLISHED_ONE, PUBLISHED_SETTLED, PUBLISHED_SETTLED
        });
        plot.writeSvg(folder.resolve("fig-b.svg"));
        plot.writePng(folder.resolve("fig-b.png"));
    }

    private static PageTable table(Map<Heuristic, double[]> seconds, boolean complete) {
        List<String> columns = new ArrayList<>(List.of("instances"));
        seconds.keySet().forEach(heuristic -> columns.add(heuristic.name()));
        columns.add("published");
        List<List<String>> rows = new ArrayList<>();
        for (int instances = 1; complete && instances <= MOST; instances++) {
            int n = instances;
            List<String> row = new ArrayList<>(List.of(Integer.toString(n)));
            seconds.values().forEach(ofHeuristic -> row.add(Sheet.number(ofHeuristic[n - 1])));
            row.add(n == 1 ? "6.2 to 6.4" : n < SETTLED ? "falls" : "about 4.8");
            rows.add(row);
        }
        return new PageTable("Seconds per instance", columns, rows);
    }

    private static List<Criterion> criteria(Map<Heuristic, double[]> seconds) {
        ToDoubleFunction<double[]> fall = of -> of[SETTLED - 1] / of[0];
        ToDoubleFunction<double[]> rest = of -> of[MOST - 1] / of[SETTLED - 1];
        return List.of(
                new Criterion(
                        "falls until n = 5: at most 0.90 of one instance (cost-aware heuristics)",
                        String.format(Locale.ROOT, "%.3f", PUBLISHED_SETTLED / PUBLISHED_ONE),
                        ratios(seconds, fall),
                        costAware(seconds).stream().allMatch(of -> fall.applyAsDouble(of) <= FALLS)),
                new Criterion(
                        "then is flat: n = 10 within 5 % of n = 5",
                        "stays",
                        ratios(seconds, rest),
                        costAware(seconds).stream().allMatch(of -> Math.abs(rest.applyAsDouble(of) - 1) <= FLAT)));
    }

    private static List<double[]> costAware(Map<Heuristic, double[]> seconds) {
        return seconds.entrySet().stream()
                .filter(entry -> entry.getKey().isCostAware())
                .map(Map.Entry::getValue)
                .toList();
    }

    private static String ratios(Map<Heuristic, double[]> seconds, ToDoubleFunction<double[]> ratio) {
        return seconds.entrySet().stream()
                .filter(entry -> entry.getKey().isCostAware())
                .map(entry ->
                        entry.getKey() + String.format(Locale.ROOT, " %.3f", ratio.applyAsDouble(entry.getValue())))
                .collect(Collectors.joining(", "));
    }
}
