// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.fidelity;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Sample;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.experiments.trace.WhatIf;
import org.saguaro.scheduler.heuristics.all.AllPolicies;

/** Runs of the same arrivals under several policies, and what the simulator makes of each. Used by one thread. */
final class Comparison {

    private static final double BAR_PERCENT = 10;

    /** A figure of a run. */
    private interface Measure {
        double of(WhatIf.Run run);
    }

    private record Replayed(WhatIf whatIf, WhatIf.Run real, WhatIf.Run replayed, WhatIf.Run drawn) {}

    private final Map<String, List<Replayed>> runs = new LinkedHashMap<>();

    Comparison(List<String> policies) {
        policies.forEach(policy -> runs.put(policy, new ArrayList<>()));
    }

    /** The next run under a policy. */
    void add(String policy, RunTrace trace) {
        WhatIf whatIf = new WhatIf(trace);
        runs.getOrDefault(policy, new ArrayList<>())
                .add(new Replayed(
                        whatIf,
                        whatIf.recorded(),
                        whatIf.replayed(policy, AllPolicies.create(policy), Optional.empty()),
                        whatIf.drawn(policy, AllPolicies.create(policy))));
    }

    void print(String bench, String load, PrintWriter out) {
        runs.forEach((policy, all) -> {
            String prefix = bench + "." + policy + "." + load + ".";
            print(prefix + "mean", all, WhatIf.Run::meanNanos, out);
            print(prefix + "makespan", all, WhatIf.Run::makespanNanos, out);
            noteIfAny(prefix + "without-result", all, WhatIf::leftOut, out);
            noteIfAny(prefix + "without-times", all, WhatIf::drawnRequests, out);
        });
        if (runs.size() > 1) {
            printOthers(bench + ".other-policy." + load + ".", out);
        }
    }

    private static void print(String name, List<Replayed> all, Measure measure, PrintWriter out) {
        new Figure(name + ".real", median(all, run -> measure.of(run.real()) / 1e6), "ms", null).print(out);
        new Figure(name + ".simulated", median(all, run -> measure.of(run.replayed()) / 1e6), "ms", null).print(out);
        double ratio = median(all, run -> measure.of(run.replayed()) / measure.of(run.real()));
        new Figure(name + ".ratio", ratio, "x", null).print(out);
        new Figure(name + ".off", 100 * Math.abs(ratio - 1), "%", BAR_PERCENT).print(out);
        double drawn = median(all, run -> measure.of(run.drawn()) / measure.of(run.real()));
        new Figure(name + ".drawn.off", 100 * Math.abs(drawn - 1), "%", null).print(out);
    }

    private static double median(List<Replayed> all, ToDoubleFunction<Replayed> figure) {
        return new Sample(all.stream().mapToDouble(figure).toArray()).median();
    }

    private static void noteIfAny(String name, List<Replayed> all, ToLongFunction<WhatIf> count, PrintWriter out) {
        long sum =
                all.stream().mapToLong(run -> count.applyAsLong(run.whatIf())).sum();
        if (sum > 0) {
            new Figure(name, (double) sum, "requests", null).print(out);
        }
    }

    /** What a run under one policy says of another one, against the run that was made under that one. */
    private void printOthers(String prefix, PrintWriter out) {
        List<Double> means = new ArrayList<>();
        List<Double> makespans = new ArrayList<>();
        runs.forEach((policy, from) -> runs.forEach((other, to) -> {
            for (int round = 0; round < from.size() && !other.equals(policy); round++) {
                WhatIf.Run real = to.get(round).real();
                WhatIf.Run told = from.get(round).whatIf().replayed(other, AllPolicies.create(other), Optional.empty());
                means.add(100 * Math.abs(told.meanNanos() / real.meanNanos() - 1));
                makespans.add(100 * Math.abs((double) told.makespanNanos() / real.makespanNanos() - 1));
            }
        }));
        new Figure(prefix + "mean.off", new Sample(means).median(), "%", null).print(out);
        new Figure(prefix + "makespan.off", new Sample(makespans).median(), "%", null).print(out);
    }
}
