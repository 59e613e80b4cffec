// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.sweep.SweepDescription.Constraints;
import org.saguaro.experiments.sweep.SweepDescription.Objective;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;

/** The best of a sweep: for each rate those with least time, energy and energy-delay product, and the Pareto front. Immutable. */
public final class SweepSummary {

    /** Rates whose Pareto front the text shows; the JSON shows all. */
    private static final int FRONTS_IN_TEXT = 12;

    private final SweepPlan plan;
    private final boolean complete;
    private final List<AtRate> rates;

    /** What is best at one rate. */
    private static final class AtRate {
        private final Map<Objective, Group> best = new EnumMap<>(Objective.class);
        private final ParetoFront<Group> front = new ParetoFront<>();

        void add(Group group, Constraints constraints) {
            if (!group.isComparable()) {
                return;
            }
            front.add(group.meanMillis(), group.joulesPerRequest(), group);
            if (group.p99Millis() > constraints.maxP99Millis() || group.missShare() > constraints.maxMissShare()) {
                return;
            }
            for (Objective objective : Objective.values()) {
                Group other = best.get(objective);
                if (other == null || group.cost(objective) < other.cost(objective)) {
                    best.put(objective, group);
                }
            }
        }
    }

    private SweepSummary(SweepPlan plan, boolean complete) {
        this.plan = plan;
        this.complete = complete;
        this.rates =
                plan.description().rates().stream().map(rate -> new AtRate()).toList();
    }

    /** Of the ordered rows of a file. */
    static SweepSummary of(Path results, SweepPlan plan, boolean complete) throws IOException {
        SweepSummary summary = new SweepSummary(plan, complete);
        Groups.forEach(
                results,
                plan,
                group -> summary.rates
                        .get(group.rate())
                        .add(group, plan.description().constraints()));
        return summary;
    }

    /** Whether all points are in it. */
    boolean isComplete() {
        return complete;
    }

    /** Of those that keep the constraints; empty if none does. */
    Optional<Group> best(int rate, Objective objective) {
        return Optional.ofNullable(rates.get(rate).best.get(objective));
    }

    /** By time, rising. */
    List<Group> front(int rate) {
        return rates.get(rate).front.values();
    }

    /** All that are best in something. */
    List<Group> notable() {
        List<Group> notable = new ArrayList<>();
        for (AtRate rate : rates) {
            notable.addAll(rate.best.values());
            notable.addAll(rate.front.values());
        }
        return notable;
    }

    void write(SweepFolder folder) throws IOException {
        Files.writeString(folder.file("summary.txt"), text());
        Files.writeString(folder.file("summary.json"), Json.text(json()) + "\n");
    }

    // --- for people ---

    /** As the command prints it. */
    public String text() {
        StringBuilder text = new StringBuilder();
        text.append("Sweep ").append(headline()).append('\n');
        if (!plan.leftOut().isEmpty()) {
            SweepPlan.LeftOut first = plan.leftOut().get(0);
            text.append(plan.leftOut().size())
                    .append(" compositions are left out, the first of them ")
                    .append(first.composition())
                    .append(": ")
                    .append(first.reason())
                    .append('\n');
        }
        List<Objective> objectives = new ArrayList<>(List.of(plan.description().objective()));
        for (Objective objective : Objective.values()) {
            if (objective != plan.description().objective()) {
                objectives.add(objective);
            }
        }
        for (Objective objective : objectives) {
            text.append("\nBest by ").append(objective.label()).append('\n');
            Table table = table();
            for (int rate = 0; rate < rates.size(); rate++) {
                Group group = rates.get(rate).best.get(objective);
                if (group != null) {
                    row(table, group);
                }
            }
            text.append(table.isEmpty() ? "none that keeps the constraints\n" : table.toString());
        }
        text.append("\nPareto front of mean latency and energy per request\n");
        Table table = table();
        for (int rate = 0; rate < Math.min(FRONTS_IN_TEXT, rates.size()); rate++) {
            rates.get(rate).front.values().forEach(group -> row(table, group));
        }
        text.append(table);
        if (rates.size() > FRONTS_IN_TEXT) {
            text.append("(the first ").append(FRONTS_IN_TEXT).append(" rates; all are in summary.json)\n");
        }
        return text.toString();
    }

    /** What the sweep was, in a line. */
    String headline() {
        SweepDescription description = plan.description();
        return description.name() + ": " + counted(plan.candidates().size(), "pool") + " x "
                + counted(description.policies(), "policy", "policies") + " x "
                + counted(description.rates().size(), "rate")
                + " x " + counted(description.seeds().size(), "seed") + " = " + counted(plan.size(), "point")
                + (complete ? "" : ", not all of them simulated");
    }

    private static String counted(int count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }

    private static String counted(Collection<?> things, String one, String many) {
        return things.size() + " " + (things.size() == 1 ? one : many);
    }

    private static Table table() {
        return new Table()
                .figures("rate")
                .column("pool")
                .column("policy")
                .figures("mean ms")
                .figures("+-")
                .figures("p99 ms")
                .figures("per second")
                .figures("mJ/request")
                .figures("EDP uJs")
                .figures("W")
                .figures("missed");
    }

    private void row(Table table, Group group) {
        table.row(
                rate(group),
                pool(group),
                policy(group),
                Figures.threeDigits(group.meanMillis()),
                Figures.threeDigits(group.meanMillisDeviation()),
                Figures.threeDigits(group.p99Millis()),
                Figures.threeDigits(group.throughputPerSecond()),
                Figures.threeDigits(group.joulesPerRequest() * 1e3),
                Figures.threeDigits(group.energyDelayJouleSeconds() * 1e6),
                Figures.threeDigits(group.meanWatts()),
                Figures.percent(group.missShare()));
    }

    private Rate rate(Group group) {
        return plan.description().rates().get(group.rate());
    }

    private String pool(Group group) {
        return plan.candidates().get(group.pool()).composition().toString();
    }

    private String policy(Group group) {
        return plan.description().policies().get(group.policy());
    }

    // --- for programs ---

    private Object json() {
        List<Object> atRates = new ArrayList<>();
        for (int i = 0; i < rates.size(); i++) {
            AtRate at = rates.get(i);
            Rate rate = plan.description().rates().get(i);
            atRates.add(Json.objectWithNulls(
                    "rateMbps", rate.unit() == Rate.Unit.MBPS ? rate.value() : null,
                    "ratePerSecond", rate.unit() == Rate.Unit.REQUESTS_PER_SECOND ? rate.value() : null,
                    "bestByTime", json(at.best.get(Objective.TIME)),
                    "bestByEnergy", json(at.best.get(Objective.ENERGY)),
                    "bestByEnergyDelay", json(at.best.get(Objective.EDP)),
                    "paretoFront", at.front.values().stream().map(this::json).toList()));
        }
        return Json.object(
                "sweep", plan.description().name(),
                "complete", complete,
                "points", plan.size(),
                "leftOut",
                        plan.leftOut().stream()
                                .map(one ->
                                        Json.object("pool", one.composition().toString(), "reason", one.reason()))
                                .toList(),
                "rates", atRates);
    }

    private @Nullable Object json(@Nullable Group group) {
        return group == null
                ? null
                : Json.object(
                        "pool", pool(group),
                        "policy", policy(group),
                        "seeds", group.seeds(),
                        "meanMillis", group.meanMillis(),
                        "meanMillisDeviation", group.meanMillisDeviation(),
                        "p99Millis", group.p99Millis(),
                        "throughputPerSecond", group.throughputPerSecond(),
                        "missShare", group.missShare(),
                        "joulesPerRequest", group.joulesPerRequest(),
                        "energyDelayJouleSeconds", group.energyDelayJouleSeconds(),
                        "meanWatts", group.meanWatts());
    }
}
