// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.policies;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.saguaro.bench.Figure;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.heuristics.all.AllPolicies;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * What a decision costs: processor time of a round over the number of tasks that it places. Medians. A policy that binds late places few of many tasks in a round, and pays in it for having looked at all.
 */
@Command(
        name = "policies",
        description = "Scheduling policies: nanoseconds per placed task.",
        mixinStandardHelpOptions = true)
public final class PoliciesBench implements Callable<Integer> {

    private static final int[] READY = {1, 10, 100, 1_000, 10_000};
    private static final int[] PES = {4, 16, 64};
    private static final int BAR_READY = 100;
    private static final int BAR_PES = 8;

    /** Microseconds per task for 100 ready tasks on 8 PEs. */
    private static final Map<String, Double> BARS =
            Map.of("rr", 0.15, "met", 0.15, "eft", 0.15, "heft_rt", 0.25, "etf", 1.0, "minmin", 1.0);

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--only", paramLabel = "NAME", description = "Only this policy; may be repeated.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--quick", description = "Shorter measurements, and no more than 1,000 ready tasks.")
    private boolean quick;

    @Option(names = "--bars", description = "Only the figures at 100 ready tasks and 8 PEs; no table.")
    private boolean barsOnly;

    /** Made by picocli. */
    public PoliciesBench() {}

    @Override
    public Integer call() throws RunnerException {
        CommandSpec command = Objects.requireNonNull(spec);
        for (String name : only) {
            if (!AllPolicies.BY_NAME.containsKey(name)) {
                throw new ParameterException(
                        command.commandLine(),
                        "no policy '" + name + "'; there are: " + String.join(", ", AllPolicies.BY_NAME.keySet()));
            }
        }
        PrintWriter out = command.commandLine().getOut();
        for (String policy : AllPolicies.BY_NAME.keySet()) {
            if (only.isEmpty() || only.contains(policy)) {
                double nanos = nanosPerTask(policy, BAR_READY, BAR_PES, 9);
                Figure figure = new Figure("policies." + policy + ".100x8", nanos / 1_000, "us/task", BARS.get(policy));
                figure.print(out);
            }
        }
        if (!barsOnly) {
            table(out);
        }
        return 0;
    }

    private void table(PrintWriter out) throws RunnerException {
        out.println();
        out.println("Nanoseconds of processor time per placed task, by ready tasks and PEs:");
        out.printf("%-10s %4s", "policy", "PEs");
        for (int ready : READY) {
            if (isMeasured(ready)) {
                out.printf(Locale.ROOT, " %,9d", ready);
            }
        }
        out.println();
        for (String policy : AllPolicies.BY_NAME.keySet()) {
            if (!only.isEmpty() && !only.contains(policy)) {
                continue;
            }
            for (int pes : PES) {
                out.printf("%-10s %4d", policy, pes);
                for (int ready : READY) {
                    if (isMeasured(ready)) {
                        out.printf(Locale.ROOT, " %,9.0f", nanosPerTask(policy, ready, pes, 3));
                        out.flush();
                    }
                }
                out.println();
            }
        }
        out.flush();
    }

    private boolean isMeasured(int ready) {
        return !quick || ready <= 1_000;
    }

    private double nanosPerTask(String policy, int ready, int pes, int iterations) throws RunnerException {
        OptionsBuilder options = new OptionsBuilder();
        options.include("^" + RoundBenchmark.class.getName().replace(".", "\\.") + "\\.round$")
                .param("policy", policy)
                .param("ready", Integer.toString(ready))
                .param("pes", Integer.toString(pes))
                .forks(0)
                .warmupIterations(2)
                .warmupTime(TimeValue.milliseconds(quick ? 100 : 300))
                .measurementIterations(iterations)
                .measurementTime(TimeValue.milliseconds(quick ? 100 : 300))
                .verbosity(VerboseMode.SILENT);
        new Runner(options.build()).runSingle();
        double nanosPerRound = RoundBenchmark.medianOfLast(iterations);
        return nanosPerRound / placed(policy, ready, pes);
    }

    /** Tasks that one round places, which is the same in each: nothing is dispatched, so all see the same. */
    private static int placed(String name, int ready, int pes) {
        BenchRound round = new BenchRound(ready, pes);
        SchedulingPolicy policy = AllPolicies.create(name);
        round.begin();
        policy.schedule(round, round.pool, round, round);
        if (round.placed() == 0) {
            throw new IllegalStateException(name + " placed none of " + ready + " tasks on " + pes + " PEs");
        }
        return round.placed();
    }
}
