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
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;
import org.saguaro.runtime.core.simulation.SimulationResult.ApplicationResult;

/** Mean execution time by injection rate, for pools with and without accelerators. */
final class FigureC implements Figure {

    static final List<String> POOLS = List.of("C3+F1+V0+Z0", "C3+F1+V0+Z1", "C3+F1+V1+Z0", "C3+F1+V1+Z1");
    static final List<Double> RATES =
            List.of(0.25, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 10.0, 20.0, 100.0, 500.0, 2000.0);

    /** Of each application. */
    private static final int INSTANCES = 4;

    private static final String RICHEST = POOLS.get(POOLS.size() - 1);

    /** A low rate, of a range to 2000 Mbps. */
    private static final double LOW_MBPS = 100;

    private static final double PLATEAU_FROM_MBPS = 500;
    private static final double FLAT = 0.05;
    private static final double KNEE_RISE = 2;

    /** Of one curve. */
    private record Curve(String pool, Heuristic heuristic) {}

    private static List<ApplicationProfile> applications() {
        return List.of(
                Substitutes.objectDetection(),
                Substitutes.vgg(),
                Substitutes.speech(),
                Substitutes.wifiTx(),
                Substitutes.pulseDoppler());
    }

    @Override
    public String id() {
        return "fig-c";
    }

    @Override
    public int runs() {
        return POOLS.size() * Heuristic.values().length * RATES.size();
    }

    @Override
    public Section make(Platform platform, Runs runs, Path folder) throws IOException, PoolException {
        List<ApplicationProfile> applications = applications();
        List<Runs.Run> planned = new ArrayList<>();
        List<Curve> curves = new ArrayList<>();
        for (String pool : POOLS) {
            Simulation simulation = platform.simulation(pool, applications);
            for (Heuristic heuristic : Heuristic.values()) {
                curves.add(new Curve(pool, heuristic));
                for (double rate : RATES) {
                    planned.add(new Runs.Run(
                            simulation,
                            heuristic.policy(),
                            Injection.atRate(applications, INSTANCES, rate),
                            1,
                            SimulationObserver.NONE));
                }
            }
        }
        List<Optional<SimulationResult>> results = runs.all(planned);
        Sheet sheet = new Sheet(
                "fig-c.csv",
                "pool",
                "policy",
                "rate_mbps",
                "application",
                "requests",
                "mean_seconds",
                "p50_seconds",
                "max_seconds",
                "makespan_seconds",
                "joules");
        Map<Curve, double[]> means = new LinkedHashMap<>();
        for (int c = 0; c < curves.size(); c++) {
            double[] mean = new double[RATES.size()];
            for (int r = 0; r < mean.length; r++) {
                Optional<SimulationResult> result = results.get(c * mean.length + r);
                if (result.isPresent()) {
                    mean[r] = meanSeconds(result.get());
                    rows(sheet, curves.get(c), RATES.get(r), result.get());
                }
            }
            means.put(curves.get(c), mean);
        }
        return section(sheet, means, results.stream().allMatch(Optional::isPresent), folder);
    }

    private static double meanSeconds(SimulationResult result) {
        double sum = result.applications().stream()
                .mapToDouble(each -> each.meanNanos() * each.requests())
                .sum();
        return sum / result.requests() / 1e9;
    }

    private static void rows(Sheet sheet, Curve curve, double rate, SimulationResult result) {
        for (ApplicationResult each : result.applications()) {
            sheet.row(
                    curve.pool(),
                    curve.heuristic().policy(),
                    mbps(rate),
                    each.name(),
                    Long.toString(each.requests()),
                    Sheet.precise(each.meanNanos() / 1e9),
                    Sheet.precise(each.p50Nanos() / 1e9),
                    Sheet.precise(each.maxNanos() / 1e9),
                    Sheet.number(result.endNanos() / 1e9),
                    Sheet.number(result.joules()));
        }
    }

    private static String mbps(double rate) {
        return rate == Math.rint(rate) ? Long.toString((long) rate) : Double.toString(rate);
    }

    private Section section(Sheet sheet, Map<Curve, double[]> means, boolean complete, Path folder) throws IOException {
        List<Picture> pictures = new ArrayList<>();
        if (complete) {
            draw(means, folder, pictures);
        }
        return new Section(
                id(),
                "C. Mean execution time, by injection rate",
                INSTANCES
                        + " instances each of object detection, VGG, speech classification, WiFi-TX and Pulse Doppler,"
                        + " every application with a period of its own, so that together they bring so many bits of input per"
                        + " second (the published range ends at 2000 Mbps). Mean over all " + 5 * INSTANCES
                        + " requests; the sheet has each application. Seed 1.",
                complete,
                pictures,
                List.of(table(means, complete)),
                complete ? criteria(means) : List.of(),
                List.of(
                        "The rate axis is logarithmic, because the knee is where the networks ask for more than the pool"
                                + " has: some 2 Mbps for our substitutes, whose one object detection brings 9.8 Mbit and takes"
                                + " five to seven seconds. Beyond it the finite workload is there at once, whatever the rate, and"
                                + " that is the plateau.",
                        "Under round robin the pools with Conv2D are the worst, as in figure A; 'the richest saturates last' is"
                                + " asked of the cost-aware heuristics.",
                        "The publication gives no values of this figure, so only its shape is compared."),
                List.of(sheet, curves(means, complete), saturation(means, complete)));
    }

    /** What is drawn. */
    private static Sheet curves(Map<Curve, double[]> means, boolean complete) {
        Sheet sheet = new Sheet("fig-c-means.csv", "pool", "policy", "rate_mbps", "mean_seconds");
        if (complete) {
            means.forEach((curve, mean) -> {
                for (int r = 0; r < mean.length; r++) {
                    sheet.row(curve.pool(), curve.heuristic().policy(), mbps(RATES.get(r)), Sheet.number(mean[r]));
                }
            });
        }
        return sheet;
    }

    /** What the page's table says. */
    private static Sheet saturation(Map<Curve, double[]> means, boolean complete) {
        Sheet sheet = new Sheet(
                "fig-c-saturation.csv", "pool", "policy", "unloaded_seconds", "plateau_seconds", "saturated_mbps");
        if (complete) {
            means.forEach((curve, mean) -> sheet.row(
                    curve.pool(),
                    curve.heuristic().policy(),
                    Sheet.number(mean[0]),
                    Sheet.number(mean[mean.length - 1]),
                    Sheet.number(saturationMbps(means, curve.pool(), curve.heuristic()))));
        }
        return sheet;
    }

    private static void draw(Map<Curve, double[]> means, Path folder, List<Picture> pictures) throws IOException {
        double[] rates = RATES.stream().mapToDouble(Double::doubleValue).toArray();
        List<List<Plot>> facets = new ArrayList<>();
        for (Heuristic heuristic : Heuristic.values()) {
            Plot plot = Plot.lines(heuristic.name(), "injection rate in Mbps", "mean execution time in s")
                    .logX()
                    .yFrom(0);
            for (String pool : POOLS) {
                plot.series(pool, rates, mean(means, pool, heuristic));
            }
            String file = "fig-c-" + heuristic.policy() + ".svg";
            plot.writeSvg(folder.resolve(file));
            pictures.add(new Picture(file, heuristic.name(), ""));
            if (facets.isEmpty() || facets.get(facets.size() - 1).size() == 2) {
                facets.add(new ArrayList<>());
            }
            facets.get(facets.size() - 1).add(plot);
        }
        Plot.writeFacets(facets, folder.resolve("fig-c.png"));
    }

    private static double[] mean(Map<Curve, double[]> means, String pool, Heuristic heuristic) {
        double[] mean = means.get(new Curve(pool, heuristic));
        if (mean == null) {
            throw new IllegalStateException("no runs of " + heuristic + " on " + pool);
        }
        return mean;
    }

    private static PageTable table(Map<Curve, double[]> means, boolean complete) {
        List<List<String>> rows = new ArrayList<>();
        for (Heuristic heuristic : complete ? Heuristic.values() : new Heuristic[0]) {
            for (String pool : POOLS) {
                double[] mean = mean(means, pool, heuristic);
                rows.add(List.of(
                        heuristic.name(),
                        pool,
                        Sheet.number(mean[0]),
                        Sheet.number(mean[mean.length - 1]),
                        Sheet.number(saturationMbps(means, pool, heuristic))));
            }
        }
        return new PageTable(
                "Before the knee, on the plateau, and the rate in between at which the mean is twice that of C3+F1 without load",
                List.of(
                        "heuristic",
                        "pool",
                        "mean s at " + mbps(RATES.get(0)) + " Mbps",
                        "mean s at " + mbps(RATES.get(RATES.size() - 1)) + " Mbps",
                        "saturated at Mbps"),
                rows);
    }

    /**
     * The rate at which a pool is saturated: its mean reaches that time. The same time for all pools, because a pool that begins and ends
     * lower is not the sooner at the end of its rise for that.
     */
    static double saturationMbps(double[] mean, double limitSeconds) {
        for (int r = 0; r < mean.length; r++) {
            if (mean[r] >= limitSeconds) {
                if (r == 0) {
                    return RATES.get(0);
                }
                double part = (limitSeconds - mean[r - 1]) / (mean[r] - mean[r - 1]);
                // The axis is logarithmic.
                return Math.exp(Math.log(RATES.get(r - 1)) * (1 - part) + Math.log(RATES.get(r)) * part);
            }
        }
        return RATES.get(RATES.size() - 1);
    }

    /** Twice what the plainest pool takes when nobody waits. */
    private static double limitSeconds(Map<Curve, double[]> means, Heuristic heuristic) {
        return 2 * mean(means, POOLS.get(0), heuristic)[0];
    }

    private static double saturationMbps(Map<Curve, double[]> means, String pool, Heuristic heuristic) {
        return saturationMbps(mean(means, pool, heuristic), limitSeconds(means, heuristic));
    }

    private static List<Criterion> criteria(Map<Curve, double[]> means) {
        double latestKnee = means.keySet().stream()
                .mapToDouble(curve -> saturationMbps(means, curve.pool(), curve.heuristic()))
                .max()
                .orElseThrow();
        double leastRise = means.values().stream()
                .mapToDouble(mean -> mean[mean.length - 1] / mean[0])
                .min()
                .orElseThrow();
        int from = RATES.indexOf(PLATEAU_FROM_MBPS);
        double mostChange = means.values().stream()
                .mapToDouble(mean -> Math.abs(mean[mean.length - 1] / mean[from] - 1))
                .max()
                .orElseThrow();
        List<Heuristic> costAware = List.of(Heuristic.values()).stream()
                .filter(Heuristic::isCostAware)
                .toList();
        return List.of(
                new Criterion(
                        "a knee at a low rate: saturated below 100 Mbps, and the time rises at least twofold, on every pool",
                        "a sharp knee at a low rate",
                        String.format(
                                Locale.ROOT,
                                "saturated at %.2f Mbps or less, the rise at least %.2f times",
                                latestKnee,
                                leastRise),
                        latestKnee <= LOW_MBPS && leastRise >= KNEE_RISE),
                new Criterion(
                        "then a plateau: from 500 to 2000 Mbps within 5 %, on every pool",
                        "a plateau",
                        String.format(Locale.ROOT, "changes by %.2f %% at most", 100 * mostChange),
                        mostChange <= FLAT),
                new Criterion(
                        "the richest pool saturates last (cost-aware heuristics; Mbps in the pools' order)",
                        "the richest saturates last",
                        costAware.stream()
                                .map(each -> each + " " + saturation(means, each))
                                .collect(Collectors.joining("; ")),
                        costAware.stream().allMatch(each -> richestIsLast(means, each))));
    }

    private static boolean richestIsLast(Map<Curve, double[]> means, Heuristic heuristic) {
        double richest = saturationMbps(means, RICHEST, heuristic);
        return POOLS.stream()
                .filter(pool -> !pool.equals(RICHEST))
                .allMatch(pool -> saturationMbps(means, pool, heuristic) < richest);
    }

    private static String saturation(Map<Curve, double[]> means, Heuristic heuristic) {
        return POOLS.stream()
                .map(pool -> String.format(Locale.ROOT, "%.3f", saturationMbps(means, pool, heuristic)))
                .collect(Collectors.joining(" / "));
    }
}
