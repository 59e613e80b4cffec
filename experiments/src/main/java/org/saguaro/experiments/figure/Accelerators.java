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
import org.saguaro.experiments.figure.Section.PageTable;
import org.saguaro.experiments.figure.Section.Picture;
import org.saguaro.experiments.pool.PoolException;
import org.saguaro.formats.plot.Plot;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;

/**
 * Execution time by number of accelerators. In CEDR's published runs more of them made applications slower; a policy that knows what
 * tasks take has no reason to use an accelerator that does not help.
 */
final class Accelerators implements Figure {

    static final int MOST = 8;

    private static final String BLIND = "rr";

    /** All that go by what tasks take. */
    static final List<String> COST_AWARE = List.of(
            "met",
            "eft",
            "etf",
            "etf_cedr",
            "heft_rt",
            "heft",
            "peft",
            "minmin",
            "maxmin",
            "sufferage",
            "dmda",
            "dmdas",
            "edp");

    private static final int SEEDS = 2;
    private static final int INSTANCES = 10;
    private static final double MBPS = 40;

    /** Slower by more than this is slower; less is the seeds' doing. */
    private static final double NOTHING = 0.02;

    /** What arrives, and the letter of the accelerators. */
    private enum Load {
        TOGETHER("F", "FFT", "ten Pulse Doppler at once"),
        STREAMS("F", "FFT", "Pulse Doppler and WiFi-TX at " + Math.round(MBPS) + " Mbps"),
        SLOW("V", "Conv2D", "one VGG, whose small planes a core computes sooner");

        final String letter;
        final String type;
        final String label;

        Load(String letter, String type, String label) {
            this.letter = letter;
            this.type = type;
            this.label = label;
        }

        List<ApplicationProfile> applications() {
            return switch (this) {
                case TOGETHER -> List.of(Substitutes.pulseDoppler());
                case STREAMS -> List.of(Substitutes.pulseDoppler(), Substitutes.wifiTx());
                case SLOW -> List.of(Substitutes.vgg());
            };
        }

        List<Injection> injections() {
            return switch (this) {
                case TOGETHER -> Injection.together(0, INSTANCES);
                case STREAMS -> Injection.atRate(applications(), 2 * INSTANCES, MBPS);
                case SLOW -> Injection.together(0, 1);
            };
        }
    }

    /** Of one load and policy. */
    private record Line(Load load, String policy) {}

    @Override
    public String id() {
        return "accelerators";
    }

    private static List<String> policies() {
        List<String> policies = new ArrayList<>(List.of(BLIND));
        policies.addAll(COST_AWARE);
        return policies;
    }

    private static boolean isCostAware(String policy) {
        return !policy.equals(BLIND);
    }

    @Override
    public int runs() {
        return Load.values().length * policies().size() * (MOST + 1) * SEEDS;
    }

    @Override
    public Section make(Platform platform, Runs runs, Path folder) throws IOException, PoolException {
        List<String> policies = policies().stream().filter(runs::has).toList();
        List<Runs.Run> planned = new ArrayList<>();
        for (Load load : Load.values()) {
            List<Simulation> simulations = new ArrayList<>();
            for (int count = 0; count <= MOST; count++) {
                simulations.add(platform.simulation("C3+" + load.letter + count, load.applications()));
            }
            for (String policy : policies) {
                for (Simulation simulation : simulations) {
                    for (long seed = 1; seed <= SEEDS; seed++) {
                        planned.add(new Runs.Run(simulation, policy, load.injections(), seed, SimulationObserver.NONE));
                    }
                }
            }
        }
        List<Optional<SimulationResult>> results = runs.all(planned);
        boolean complete = results.stream().allMatch(Optional::isPresent);
        Map<Line, double[]> millis = new LinkedHashMap<>();
        if (complete) {
            int next = 0;
            for (Load load : Load.values()) {
                for (String policy : policies) {
                    double[] means = new double[MOST + 1];
                    for (int count = 0; count <= MOST; count++) {
                        for (int seed = 0; seed < SEEDS; seed++) {
                            means[count] += meanMillis(results.get(next++).orElseThrow()) / SEEDS;
                        }
                    }
                    millis.put(new Line(load, policy), means);
                }
            }
            draw(millis, folder);
        }
        return section(millis, policies, complete);
    }

    /** Of all requests of all applications. */
    private static double meanMillis(SimulationResult result) {
        double sum = 0;
        for (SimulationResult.ApplicationResult application : result.applications()) {
            sum += application.meanNanos() * application.requests();
        }
        return sum / result.requests() / 1e6;
    }

    private Section section(Map<Line, double[]> millis, List<String> policies, boolean complete) {
        Sheet sheet = new Sheet("accelerators.csv", "load", "accelerators", "policy", "count", "seeds", "mean_millis");
        millis.forEach((line, means) -> {
            for (int count = 0; count <= MOST; count++) {
                sheet.row(
                        line.load().label,
                        line.load().type,
                        line.policy(),
                        Integer.toString(count),
                        Integer.toString(SEEDS),
                        Sheet.number(means[count]));
            }
        });
        List<PageTable> tables = new ArrayList<>();
        List<Picture> pictures = new ArrayList<>();
        if (complete) {
            for (Load load : Load.values()) {
                tables.add(table(load, millis));
                pictures.add(new Picture(file(load) + ".svg", capitalised(load.label), ""));
            }
        }
        return new Section(
                id(),
                "Adding accelerators",
                "Mean execution time of an instance on three cores and 0 to " + MOST
                        + " accelerators, over seeds 1 to " + SEEDS
                        + ", under every policy that goes by what tasks take, and under round robin. Beside FFT accelerators: "
                        + Load.TOGETHER.label + ", and " + Load.STREAMS.label
                        + " (fixed periods); for a transform of 512 points an accelerator takes about as long as a core (107.91 against"
                        + " 118.62 us in CEDR's table). Beside Conv2D accelerators: " + Load.SLOW.label + ".",
                complete,
                pictures,
                tables,
                complete ? criteria(millis, policies) : List.of(),
                complete ? notes(millis, policies) : List.of(),
                List.of(sheet));
    }

    private static String file(Load load) {
        return "accelerators-" + load.name().toLowerCase(Locale.ROOT);
    }

    private static String capitalised(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    private static PageTable table(Load load, Map<Line, double[]> millis) {
        List<String> columns = new ArrayList<>(List.of("policy"));
        for (int count = 0; count <= MOST; count++) {
            columns.add(load.letter + count);
        }
        List<List<String>> rows = new ArrayList<>();
        millis.forEach((line, means) -> {
            if (line.load() == load) {
                List<String> row = new ArrayList<>(List.of(line.policy()));
                for (double mean : means) {
                    row.add(Sheet.number(mean));
                }
                rows.add(row);
            }
        });
        return new PageTable(capitalised(load.label) + ": mean execution time in ms", columns, rows);
    }

    private static void draw(Map<Line, double[]> millis, Path folder) throws IOException {
        double[] counts = new double[MOST + 1];
        for (int count = 0; count <= MOST; count++) {
            counts[count] = count;
        }
        List<Plot> plots = new ArrayList<>();
        for (Load load : Load.values()) {
            Plot plot = Plot.lines(capitalised(load.label), load.type + " accelerators", "mean execution time in ms")
                    .yFrom(0);
            millis.forEach((line, means) -> {
                if (line.load() == load) {
                    plot.series(line.policy(), counts, means);
                }
            });
            plot.writeSvg(folder.resolve(file(load) + ".svg"));
            plots.add(plot);
        }
        Plot.writeFacets(List.of(plots), folder.resolve("accelerators.png"));
    }

    private static List<Criterion> criteria(Map<Line, double[]> millis, List<String> policies) {
        List<Criterion> criteria = new ArrayList<>();
        for (String policy : policies.stream().filter(Accelerators::isCostAware).toList()) {
            double worst = 1;
            List<String> ours = new ArrayList<>();
            for (Load load : Load.values()) {
                double[] means = of(millis, load, policy);
                worst = Math.max(worst, slowdown(means));
                ours.add(String.format(
                        Locale.ROOT, "%s0 %.2f, %s%d %.2f ms", load.letter, means[0], load.letter, MOST, means[MOST]));
            }
            criteria.add(new Criterion(
                    policy + ": no number of accelerators is slower than a smaller one",
                    "CEDR: slower",
                    String.join("; ", ours) + String.format(Locale.ROOT, "; worst step %+.1f %%", (worst - 1) * 100),
                    worst <= 1 + NOTHING));
        }
        return criteria;
    }

    private static double[] of(Map<Line, double[]> millis, Load load, String policy) {
        double[] means = millis.get(new Line(load, policy));
        if (means == null) {
            throw new IllegalStateException("no run of " + policy + " with " + load.label);
        }
        return means;
    }

    /** The largest ratio of a time to the best with fewer accelerators. */
    static double slowdown(double[] means) {
        double best = means[0];
        double worst = 1;
        for (double mean : means) {
            worst = Math.max(worst, mean / best);
            best = Math.min(best, mean);
        }
        return worst;
    }

    private static List<String> notes(Map<Line, double[]> millis, List<String> policies) {
        List<String> notes = new ArrayList<>();
        notes.add("A step counts as slower from " + Math.round(NOTHING * 100)
                + " % on: execution times vary by 2 % from task to task. The same experiment on the real runtime, with emulated"
                + " accelerators, is ./saguaro bench accelerators.");
        for (Load load : Load.values()) {
            for (String policy : policies) {
                double[] means = of(millis, load, policy);
                if (slowdown(means) > 1 + NOTHING) {
                    notes.add(note(load, policy, means));
                }
            }
        }
        return notes;
    }

    private static String note(Load load, String policy, double[] means) {
        int best = 0;
        int worst = 0;
        double ratio = 1;
        for (int count = 1; count <= MOST; count++) {
            for (int fewer = 0; fewer < count; fewer++) {
                if (means[count] / means[fewer] > ratio) {
                    ratio = means[count] / means[fewer];
                    best = fewer;
                    worst = count;
                }
            }
        }
        return String.format(
                        Locale.ROOT,
                        "%s gets slower with more accelerators (%s): %.2f ms with %d, %.2f ms with %d. ",
                        policy,
                        load.label,
                        means[best],
                        best,
                        means[worst],
                        worst)
                + reason(policy);
    }

    private static String reason(String policy) {
        return switch (policy) {
            case BLIND ->
                "It is blind to what tasks take: every processing element gets its turn, also one that is slower for the task, or still"
                        + " busy while another one idles.";
            case "met" ->
                "It takes the type of processing element that is fastest for a task and never looks at queues, so that tasks wait for"
                        + " accelerators while cores idle.";
            case "etf" ->
                "Its rule, as published in 1989, compares when a task could start and not when it would end: an idle accelerator comes"
                        + " before a core that is busy for a moment, however long it takes. CEDR's ETF (etf_cedr) compares ends.";
            default -> "This is not intended; see docs/experiments.md.";
        };
    }
}
