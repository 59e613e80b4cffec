// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.runtime;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Sample;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.scheduler.heuristics.all.AllPolicies;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./saguaro bench dispatch}: from the end of a task to the start of its successor, on the same PE and on another one. */
@Command(
        name = "dispatch",
        description = "From the end of an empty task to the start of its successor.",
        mixinStandardHelpOptions = true)
public final class DispatchBench implements Callable<Integer> {

    private static final double SAME_PE_BAR_MICROS = 3;
    private static final double OTHER_PE_BAR_MICROS = 15;
    private static final int CHAIN = 1_000;
    private static final int WARM_UP_REQUESTS = 60;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--policies",
            split = ",",
            defaultValue = "rr,eft,heft_rt,etf",
            description = "Scheduling policies to measure under (default: ${DEFAULT-VALUE}).")
    private List<String> policies = List.of();

    @Option(
            names = "--requests",
            defaultValue = "200",
            description = "Chains of " + CHAIN + " tasks to measure with each (default: ${DEFAULT-VALUE}).")
    private int requests = 200;

    /** Made by picocli. */
    public DispatchBench() {}

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        for (String policy : policies) {
            TinyElement both = new TinyElement("pe0", "both", layer -> true, 0);
            print(out, "dispatch." + policy + ".same-pe", measure(policy, List.of(both)), SAME_PE_BAR_MICROS);
            TinyElement relu =
                    new TinyElement("pe0", "relu", layer -> layer.op().isAten("relu"), 0);
            TinyElement sigmoid =
                    new TinyElement("pe1", "sigmoid", layer -> layer.op().isAten("sigmoid"), 0);
            print(
                    out,
                    "dispatch." + policy + ".other-pe",
                    measure(policy, List.of(relu, sigmoid)),
                    OTHER_PE_BAR_MICROS);
        }
        return 0;
    }

    private static void print(PrintWriter out, String name, Sample micros, double bar) {
        new Figure(name, micros.median(), "us", bar).print(out);
        new Figure(name + ".p90", micros.quantile(0.9), "us", null).print(out);
        new Figure(name + ".p99", micros.quantile(0.99), "us", null).print(out);
    }

    private Sample measure(String policy, List<TinyElement> elements) throws Exception {
        Settings settings =
                new Settings(2 * CHAIN, 16, Duration.ofSeconds(30), Duration.ofSeconds(5), 0, Optional.empty());
        try (Engine engine = new Engine(settings)) {
            engine.addPolicy(policy, "bench", AllPolicies.create(policy));
            engine.configurePolicies(List.of(policy));
            elements.forEach(engine::addPe);
            LayerGraph chain = TinyGraphs.chain("chain", CHAIN, "relu", "sigmoid");
            Deployment deployment = engine.deploy(chain, new DeployOptions("chain", Granularity.LAYER));
            double[] gaps = new double[requests * CHAIN];
            int count = 0;
            for (int request = -WARM_UP_REQUESTS; request < requests; request++) {
                engine.clearTrace();
                float answer = deployment
                        .infer(List.of(Tensor.of(new float[] {0}, 1)))
                        .outputs()
                        .get(0)
                        .toFloats()[0];
                if (answer != CHAIN) {
                    throw new IllegalStateException("the chain answered " + answer + ", expected " + CHAIN);
                }
                if (request >= 0) {
                    count = addGaps(engine.trace(), gaps, count);
                }
            }
            return new Sample(Arrays.copyOf(gaps, count));
        }
    }

    private static int addGaps(List<TaskRecord> records, double[] gaps, int before) {
        int count = before;
        List<TaskRecord> inOrder = records.stream()
                .sorted(Comparator.comparingInt(TaskRecord::task))
                .toList();
        for (int i = 1; i < inOrder.size(); i++) {
            gaps[count++] = (inOrder.get(i).startedNanos() - inOrder.get(i - 1).finishedNanos()) / 1e3;
        }
        return count;
    }
}
