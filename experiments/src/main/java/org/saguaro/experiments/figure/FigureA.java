// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.saguaro.experiments.figure.Section.PageTable;
import org.saguaro.experiments.figure.Section.Picture;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.formats.plot.Plot;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;

/** Execution time of one object-detection instance by pool and heuristic. */
final class FigureA implements Figure {

    static final List<String> POOLS = List.of("C3+V0+Z0", "C3+V0+Z1", "C3+V1+Z0", "C3+V1+Z1");

    private static final String NONE = POOLS.get(0);
    private static final String ZIP = POOLS.get(1);
    private static final String CONVOLUTION = POOLS.get(2);
    private static final String BOTH = POOLS.get(3);
    private static final int SEEDS = 5;

    /** A share that nobody would call an effect. */
    private static final double NOTHING = 0.02;

    private static final double HELPS = 0.97;
    private static final double HURTS = 1.10;
    private static final double BOTH_AT_MOST = 0.87;

    /** Of one pool and heuristic. */
    private record Cell(String pool, Heuristic heuristic) {}

    /** Of the seeds. */
    private record Times(double meanSeconds, double deviationSeconds, double joules) {}

    @Override
    public String id() {
        return "fig-a";
    }

    @Override
    public int runs() {
        return POOLS.size() * Heuristic.values().length * SEEDS;
    }

    @Override
    public Section make(Platform platform, Runs runs, Path folder) throws IOException, PoolException {
        List<Cell> cells = new ArrayList<>();
        List<Runs.Run> planned = new ArrayList<>();
        for (String pool : POOLS) {
            Simulation simulation = platform.simulation(pool, List.of(Substitutes.objectDetection()));
            for (Heuristic heuristic : Heuristic.values()) {
                cells.add(new Cell(pool, heuristic));
                for (long seed = 1; seed <= SEEDS; seed++) {
                    planned.add(new Runs.Run(
                            simulation, heuristic.policy(), Injection.together(0, 1), seed, SimulationObserver.NONE));
                }
            }
        }
        List<Optional<SimulationResult>> results = runs.all(planned);
        Map<Cell, Times> times = new LinkedHashMap<>();
        for (int i = 0; i < cells.size(); i++) {
            List<SimulationResult> ofCell = results.subList(i * SEEDS, (i + 1) * SEEDS).stream()
                    .flatMap(Optional::stream)
                    .toList();
            if (ofCell.size() == SEEDS) {
                times.put(cells.get(i), times(ofCell));
            }
        }
        return section(times, folder);
    }

    private static Times times(List<SimulationResult> results) {
        double mean = results.stream()
                .mapToDouble(result -> result.endNanos() / 1e9)
                .average()
                .orElseThrow();
        double variance = results.stream()
                .mapToDouble(result -> Math.pow(result.endNanos() / 1e9 - mean, 2))
                .average()
                .orElseThrow();
        double joules =
                results.stream().mapToDouble(SimulationResult::joules).average().orElseThrow();
        return new Times(mean, Math.sqrt(variance), joules);
    }

    private static double published(String pool, Heuristic heuristic) {
        double[] seconds = switch (heuristic) {
            case RR -> new double[] {7.46, 7.46, 10.15, 10.08};
            case EFT -> new double[] {7.49, 7.48, 6.41, 6.24};
            case ETF -> new double[] {7.50, 7.48, 7.03, 6.37};
            case HEFT_RT -> new double[] {7.50, 7.49, 7.03, 6.37};
        };
        return seconds[POOLS.indexOf(pool)];
    }

    private Section section(Map<Cell, Times> times, Path folder) throws IOException {
        Sheet sheet = new Sheet(
                "fig-a.csv",
                "pool",
                "policy",
                "seeds",
                "mean_seconds",
                "deviation_seconds",
                "joules",
                "published_seconds");
        times.forEach((cell, of) -> sheet.row(
                cell.pool(),
                cell.heuristic().policy(),
                Integer.toString(SEEDS),
                Sheet.number(of.meanSeconds()),
                Sheet.precise(of.deviationSeconds()),
                Sheet.number(of.joules()),
                Sheet.published(published(cell.pool(), cell.heuristic()))));
        boolean complete = times.size() == POOLS.size() * Heuristic.values().length;
        if (complete) {
            draw(times, folder);
        }
        return new Section(
                id(),
                "A. One object detection, by pool and heuristic",
                "Mean execution time of one instance of object detection that has the platform to itself, over seeds 1 to "
                        + SEEDS + ". C, V and Z are CPU cores, Conv2D and ZIP accelerators.",
                complete,
                complete
                        ? List.of(
                                new Picture("fig-a-published.svg", "Published", ""),
                                new Picture("fig-a.svg", "Ours, simulated", ""))
                        : List.of(),
                List.of(table("Seconds; published below", times, complete), joules(times, complete)),
                complete ? criteria(times) : List.of(),
                List.of(
                        "ETF and HEFT_RT do as well as EFT with Conv2D alone; published they lose half of the gain"
                                + " (7.03 s against 6.41 s) and get it back when ZIP is added. All tasks that are ready at"
                                + " a time here are calls of one layer and cost the same, so the three rules choose the"
                                + " same PEs; nothing in CEDR's rules as published makes the difference, and we have not"
                                + " invented a cause.",
                        "ZIP beside Conv2D brings 0.2 to 0.3 %; published 1 to 9 %. In CEDR's API every call copies its operands"
                                + " to the device and back, so in our model the two accelerators do not profit from each"
                                + " other's data."),
                List.of(sheet));
    }

    private static void draw(Map<Cell, Times> times, Path folder) throws IOException {
        Plot ours = Plot.bars("Ours, simulated", POOLS, "execution time in s").yFrom(0);
        Plot theirs = Plot.bars("Published", POOLS, "execution time in s").yFrom(0);
        for (Heuristic heuristic : Heuristic.values()) {
            ours.series(
                    heuristic.name(),
                    POOLS.stream()
                            .mapToDouble(pool -> of(times, pool, heuristic).meanSeconds())
                            .toArray());
            theirs.series(
                    heuristic.name(),
                    POOLS.stream()
                            .mapToDouble(pool -> published(pool, heuristic))
                            .toArray());
        }
        ours.writeSvg(folder.resolve("fig-a.svg"));
        theirs.writeSvg(folder.resolve("fig-a-published.svg"));
        Plot.writeFacets(List.of(List.of(theirs, ours)), folder.resolve("fig-a.png"));
    }

    private static PageTable table(String caption, Map<Cell, Times> times, boolean complete) {
        List<List<String>> rows = new ArrayList<>();
        for (String pool : complete ? POOLS : List.<String>of()) {
            List<String> row = new ArrayList<>(List.of(pool));
            for (Heuristic heuristic : Heuristic.values()) {
                row.add(Sheet.number(of(times, pool, heuristic).meanSeconds()) + "\n"
                        + Sheet.published(published(pool, heuristic)));
            }
            rows.add(row);
        }
        return new PageTable(caption, columns(), rows);
    }

    private static PageTable joules(Map<Cell, Times> times, boolean complete) {
        List<List<String>> rows = new ArrayList<>();
        for (String pool : complete ? POOLS : List.<String>of()) {
            List<String> row = new ArrayList<>(List.of(pool));
            for (Heuristic heuristic : Heuristic.values()) {
                row.add(Sheet.number(of(times, pool, heuristic).joules()));
            }
            rows.add(row);
        }
        return new PageTable("Joules of all PEs (not published; the watts are assumed)", columns(), rows);
    }

    private static List<String> columns() {
        List<String> columns = new ArrayList<>(List.of("pool"));
        for (Heuristic heuristic : Heuristic.values()) {
            columns.add(heuristic.name());
        }
        return columns;
    }

    private static Times of(Map<Cell, Times> times, String pool, Heuristic heuristic) {
        Times of = times.get(new Cell(pool, heuristic));
        if (of == null) {
            throw new IllegalStateException("no run of " + heuristic + " on " + pool);
        }
        return of;
    }

    private static List<Criterion> criteria(Map<Cell, Times> times) {
        List<Heuristic> all = List.of(Heuristic.values());
        List<Heuristic> costAware = all.stream().filter(Heuristic::isCostAware).toList();
        double both = ratio(times, BOTH, Heuristic.EFT);
        return List.of(
                new Criterion(
                        "ZIP alone is useless: within 2 % of CPU only",
                        publishedRatios(ZIP, all),
                        ratios(times, ZIP, all),
                        all.stream().allMatch(each -> Math.abs(ratio(times, ZIP, each) - 1) <= NOTHING)),
                new Criterion(
                        "Conv2D helps cost-aware heuristics: at most 0.97 of CPU only",
                        publishedRatios(CONVOLUTION, costAware),
                        ratios(times, CONVOLUTION, costAware),
                        costAware.stream().allMatch(each -> ratio(times, CONVOLUTION, each) <= HELPS)),
                new Criterion(
                        "Conv2D hurts round robin: at least 1.10 of CPU only",
                        publishedRatios(CONVOLUTION, List.of(Heuristic.RR)),
                        ratios(times, CONVOLUTION, List.of(Heuristic.RR)),
                        ratio(times, CONVOLUTION, Heuristic.RR) >= HURTS),
                new Criterion(
                        "EFT with both: at most 0.87 of CPU only",
                        publishedRatios(BOTH, List.of(Heuristic.EFT)),
                        ratios(times, BOTH, List.of(Heuristic.EFT)),
                        both <= BOTH_AT_MOST));
    }

    /** To the same heuristic on cores alone. */
    private static double ratio(Map<Cell, Times> times, String pool, Heuristic heuristic) {
        return of(times, pool, heuristic).meanSeconds()
                / of(times, NONE, heuristic).meanSeconds();
    }

    private static String ratios(Map<Cell, Times> times, String pool, List<Heuristic> heuristics) {
        return heuristics.stream()
                .map(each -> each + " " + decimals(ratio(times, pool, each)))
                .collect(Collectors.joining(", "));
    }

    private static String publishedRatios(String pool, List<Heuristic> heuristics) {
        return heuristics.stream()
                .map(each -> each + " " + decimals(published(pool, each) / published(NONE, each)))
                .collect(Collectors.joining(", "));
    }

    private static String decimals(double ratio) {
        return String.format(Locale.ROOT, "%.3f", ratio);
    }
}
