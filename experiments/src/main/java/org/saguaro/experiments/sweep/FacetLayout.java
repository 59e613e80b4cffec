// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.saguaro.experiments.sweep.SweepDescription.Facets;

/**
 * Which dimension of a sweep is where in its plots. Dimensions are the rate, and each type of PE whose count varies. One goes along the
 * horizontal axis, one has a line for each of its values, the others make a row of plots for each combination. Policies are columns, or
 * the lines where no dimension is left for these. Immutable.
 */
final class FacetLayout {

    /** More rows, or lines in a plot, nobody reads; those shown are spread evenly over all. */
    static final int MAX_ROWS = 8;

    static final int MAX_LINES = 8;

    private final SweepPlan plan;
    private final String x;
    private final String lines;
    private final List<String> rowDimensions;
    private final List<String> rows;
    private final List<String> lineNames;
    private final int allRows;
    private final int allLines;

    /** Where a group is drawn; a row or line that is not shown has a negative number. */
    record Place(int row, int column, int line, double x) {

        boolean isShown() {
            return row >= 0 && line >= 0;
        }
    }

    FacetLayout(SweepPlan plan) {
        this.plan = plan;
        Map<String, Set<Integer>> counts = new LinkedHashMap<>();
        plan.candidates()
                .forEach(candidate -> candidate
                        .composition()
                        .counts()
                        .keySet()
                        .forEach(letter -> counts.put(letter, new TreeSet<>())));
        counts.forEach((letter, values) -> plan.candidates()
                .forEach(candidate -> values.add(candidate.composition().count(letter))));
        List<String> varying = new ArrayList<>();
        counts.forEach((letter, values) -> {
            if (values.size() > 1) {
                varying.add(letter);
            }
        });
        if (plan.description().rates().size() > 1) {
            varying.add(Facets.RATE);
        }
        this.x = x(plan.description().facets(), varying, counts);
        varying.remove(x);
        String wanted = plan.description().facets().lines().orElse("");
        this.lines = varying.contains(wanted) ? wanted : varying.isEmpty() ? "" : varying.get(0);
        varying.remove(lines);
        this.rowDimensions = List.copyOf(varying);
        Set<String> rowNames = new LinkedHashSet<>();
        Set<String> names = new LinkedHashSet<>();
        if (lines.isEmpty()) {
            names.addAll(plan.description().policies());
        }
        for (SweepPlan.Candidate candidate : plan.candidates()) {
            for (Rate rate : plan.description().rates()) {
                rowNames.add(rowName(candidate.composition(), rate));
                if (!lines.isEmpty()) {
                    names.add(valueName(lines, candidate.composition(), rate));
                }
            }
        }
        this.allRows = rowNames.size();
        this.allLines = names.size();
        this.rows = spread(List.copyOf(rowNames), MAX_ROWS);
        this.lineNames = spread(List.copyOf(names), MAX_LINES);
    }

    private static String x(Facets facets, List<String> varying, Map<String, Set<Integer>> counts) {
        String wanted = facets.x().orElse(Facets.RATE);
        if (varying.contains(wanted)) {
            return wanted;
        }
        String most = "";
        for (String dimension : varying) {
            if (!dimension.equals(Facets.RATE)
                    && (most.isEmpty()
                            || counts.getOrDefault(dimension, Set.of()).size()
                                    > counts.getOrDefault(most, Set.of()).size())) {
                most = dimension;
            }
        }
        return most.isEmpty() ? Facets.RATE : most;
    }

    /** At most so many, the first and the last among them. */
    static <T> List<T> spread(List<T> all, int most) {
        if (all.size() <= most) {
            return all;
        }
        List<T> some = new ArrayList<>();
        for (int i = 0; i < most; i++) {
            some.add(all.get((int) Math.round(i * (all.size() - 1.0) / (most - 1))));
        }
        return some;
    }

    private String rowName(Composition composition, Rate rate) {
        List<String> parts = new ArrayList<>();
        for (String dimension : rowDimensions) {
            parts.add(valueName(dimension, composition, rate));
        }
        return String.join(" ", parts);
    }

    private static String valueName(String dimension, Composition composition, Rate rate) {
        return dimension.equals(Facets.RATE) ? rate.toString() : dimension + composition.count(dimension);
    }

    /** Rows of plots that are shown; a single nameless one if there is nothing to tell apart. */
    List<String> rows() {
        return rows;
    }

    /** Columns of plots. */
    List<String> columns() {
        return lines.isEmpty() ? List.of("all policies") : plan.description().policies();
    }

    /** Lines of each plot that are shown. */
    List<String> lines() {
        return lineNames;
    }

    /** How many rows there are, shown or not. */
    int allRows() {
        return allRows;
    }

    /** How many lines there are, shown or not. */
    int allLines() {
        return allLines;
    }

    /** Whether the horizontal axis has rates. */
    boolean isOverRate() {
        return x.equals(Facets.RATE);
    }

    /** What the horizontal axis has. */
    String xLabel() {
        return isOverRate() ? plan.description().rates().get(0).unit().label() : "number of " + x;
    }

    Place place(Group group) {
        Composition composition = plan.candidates().get(group.pool()).composition();
        Rate rate = plan.description().rates().get(group.rate());
        String line = lines.isEmpty()
                ? plan.description().policies().get(group.policy())
                : valueName(lines, composition, rate);
        return new Place(
                rows.indexOf(rowName(composition, rate)),
                lines.isEmpty() ? 0 : group.policy(),
                lineNames.indexOf(line),
                isOverRate() ? rate.value() : composition.count(x));
    }
}
