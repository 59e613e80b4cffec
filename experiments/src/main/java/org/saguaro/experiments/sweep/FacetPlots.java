// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.saguaro.formats.plot.Plot;

/** The plots of a sweep: measures over rate or number of PEs, and time against energy. What they hold does not grow with the points. */
final class FacetPlots {

    /** Rates whose pools are drawn by time and energy. */
    private static final int PARETO_RATES = 6;
    /** Points of such a plot beside its front. */
    private static final int PARETO_POINTS = 1500;

    private static final int WIDTH = 400;
    private static final int HEIGHT = 270;
    /** An axis is logarithmic where its values differ by a larger factor. */
    private static final double WIDE = 12;

    private final SweepPlan plan;
    private final FacetLayout layout;
    private final List<Measure> measures;
    /** By measure, row, column and line: y by x. */
    private final List<List<List<List<Map<Double, Double>>>>> curves = new ArrayList<>();

    private final List<Integer> paretoRates;
    /** By rate drawn and policy: mean milliseconds and millijoules. */
    private final List<List<List<double[]>>> clouds = new ArrayList<>();

    private final int cloudStep;

    /** What is drawn. */
    enum Measure {
        LATENCY("latency", "Mean latency", "ms"),
        ENERGY("energy", "Energy per request", "mJ"),
        EDP("edp", "Energy-delay product", "uJs");

        final String file;
        final String title;
        final String unit;

        Measure(String file, String title, String unit) {
            this.file = file;
            this.title = title;
            this.unit = unit;
        }

        double of(Group group) {
            return switch (this) {
                case LATENCY -> group.meanMillis();
                case ENERGY -> group.joulesPerRequest() * 1e3;
                case EDP -> group.energyDelayJouleSeconds() * 1e6;
            };
        }
    }

    /** Plots beside and above each other. */
    record Grid(String file, String title, List<String> rows, List<String> columns, List<List<Plot>> plots) {}

    FacetPlots(SweepPlan plan, FacetLayout layout, Path results) throws IOException {
        this.plan = plan;
        this.layout = layout;
        this.measures = List.of(Measure.values());
        for (int i = 0; i < measures.size(); i++) {
            curves.add(filled(
                    layout.rows().size(),
                    () -> filled(
                            layout.columns().size(), () -> filled(layout.lines().size(), FacetPlots::line))));
        }
        List<Integer> rates = new ArrayList<>();
        for (int i = 0; i < plan.description().rates().size(); i++) {
            rates.add(i);
        }
        this.paretoRates = FacetLayout.spread(rates, PARETO_RATES);
        paretoRates.forEach(
                rate -> clouds.add(filled(plan.description().policies().size(), ArrayList<double[]>::new)));
        int perRate = plan.candidates().size() * plan.description().policies().size();
        this.cloudStep = Math.max(1, (perRate + PARETO_POINTS - 1) / PARETO_POINTS);
        Groups.forEach(results, plan, this::add);
    }

    private static Map<Double, Double> line() {
        return new TreeMap<>();
    }

    private static <T> List<T> filled(int size, java.util.function.Supplier<? extends T> element) {
        List<T> list = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            list.add(element.get());
        }
        return list;
    }

    private void add(Group group) {
        if (!group.isComparable()) {
            return;
        }
        FacetLayout.Place place = layout.place(group);
        if (place.isShown()) {
            for (int i = 0; i < measures.size(); i++) {
                curves.get(i)
                        .get(place.row())
                        .get(place.column())
                        .get(place.line())
                        .put(place.x(), measures.get(i).of(group));
            }
        }
        int rate = paretoRates.indexOf(group.rate());
        if (rate >= 0 && group.pool() % cloudStep == 0) {
            clouds.get(rate).get(group.policy()).add(new double[] {group.meanMillis(), group.joulesPerRequest() * 1e3});
        }
    }

    /** A grid per measure; each has the same axes all over. */
    List<Grid> grids() {
        List<Grid> grids = new ArrayList<>();
        for (int i = 0; i < measures.size(); i++) {
            grids.add(grid(measures.get(i), curves.get(i)));
        }
        return grids;
    }

    private Grid grid(Measure measure, List<List<List<Map<Double, Double>>>> rows) {
        Span x = new Span();
        Span y = new Span();
        rows.forEach(row -> row.forEach(column -> column.forEach(line -> line.forEach((atX, atY) -> {
            x.add(atX);
            y.add(atY);
        }))));
        List<List<Plot>> plots = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            List<Plot> inRow = new ArrayList<>();
            for (int column = 0; column < layout.columns().size(); column++) {
                String title = (layout.rows().get(row) + "  " + layout.columns().get(column)).strip();
                Plot plot = Plot.lines(title, layout.xLabel(), measure.unit)
                        .size(WIDTH, HEIGHT)
                        .withoutLegend();
                List<Map<Double, Double>> lines = rows.get(row).get(column);
                for (int line = 0; line < lines.size(); line++) {
                    plot.series(
                            layout.lines().get(line),
                            array(lines.get(line).keySet()),
                            array(lines.get(line).values()));
                }
                if (layout.isOverRate() && x.isWide()) {
                    plot.logX();
                }
                if (y.isWide()) {
                    plot.logY().yFrom(y.least()).yTo(y.most());
                } else if (y.isThere()) {
                    plot.yFrom(0).yTo(y.most() > 0 ? y.most() * 1.05 : 1);
                }
                inRow.add(plot);
            }
            plots.add(inRow);
        }
        return new Grid(
                measure.file, measure.title + " (" + measure.unit + ")", layout.rows(), layout.columns(), plots);
    }

    /** Time against energy: a plot per rate, a colour per policy, the front joined. */
    Grid pareto(SweepSummary summary) {
        List<Plot> plots = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < paretoRates.size(); i++) {
            int rate = paretoRates.get(i);
            String name = plan.description().rates().get(rate).toString();
            Plot plot = Plot.points(name, "mean latency (ms)", "energy per request (mJ)")
                    .size(WIDTH, HEIGHT)
                    .withoutLegend();
            Span x = new Span();
            Span y = new Span();
            for (int policy = 0; policy < plan.description().policies().size(); policy++) {
                List<double[]> cloud = clouds.get(i).get(policy);
                cloud.forEach(point -> {
                    x.add(point[0]);
                    y.add(point[1]);
                });
                plot.series(
                        plan.description().policies().get(policy),
                        cloud.stream().mapToDouble(point -> point[0]).toArray(),
                        cloud.stream().mapToDouble(point -> point[1]).toArray());
            }
            List<Group> front = summary.front(rate);
            plot.joined(
                    "Pareto front",
                    front.stream().mapToDouble(Group::meanMillis).toArray(),
                    front.stream()
                            .mapToDouble(group -> group.joulesPerRequest() * 1e3)
                            .toArray());
            if (x.isWide()) {
                plot.logX();
            }
            if (y.isWide()) {
                plot.logY();
            } else if (y.isThere()) {
                plot.yFrom(0);
            }
            plots.add(plot);
            names.add(name);
        }
        return new Grid("pareto", "Time against energy", List.of(""), names, List.of(plots));
    }

    private static double[] array(java.util.Collection<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    /** From the least to the largest of some values. */
    private static final class Span {
        private double least = Double.POSITIVE_INFINITY;
        private double most = Double.NEGATIVE_INFINITY;

        void add(double value) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }

        boolean isThere() {
            return least <= most;
        }

        boolean isWide() {
            return isThere() && least > 0 && most / least > WIDE;
        }

        double least() {
            return least;
        }

        double most() {
            return most;
        }
    }
}
