// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.fidelity;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Npy;
import org.saguaro.bench.Sample;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.experiments.trace.WhatIf;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.ExportedProgramReader;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.calls.LayerRuntime;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.scheduler.heuristics.all.AllPolicies;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code ./saguaro bench fidelity}: the same arrivals on the real CPU processing elements and in the simulator, which goes by what was
 * measured in that run; as {@code ./saguaro whatif} replays a trace under its own policy.
 */
@Command(
        name = "fidelity",
        description = "The simulator against the real processing elements: mean execution time and makespan.",
        mixinStandardHelpOptions = true)
public final class FidelityBench implements Callable<Integer> {

    private static final double BAR_PERCENT = 10;
    private static final int WARM_UP = 60;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--policies",
            split = ",",
            defaultValue = "rr,eft,heft_rt",
            description = "Scheduling policies (default: ${DEFAULT-VALUE}).")
    private List<String> policies = List.of();

    @Option(
            names = "--loads",
            split = ",",
            defaultValue = "30,60,90",
            description = "Parts of the PEs' time that requests take, in percent (default: ${DEFAULT-VALUE}).")
    private List<Integer> loads = List.of();

    @Option(names = "--seconds", defaultValue = "4", description = "Of arrivals (default: ${DEFAULT-VALUE}).")
    private double seconds = 4;

    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "Of which the median counts (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(names = "--pes", defaultValue = "2", description = "Narrow CPU PEs (default: ${DEFAULT-VALUE}).")
    private int pes = 2;

    /** Made by picocli. */
    public FidelityBench() {}

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        NativeLibraries.load(null, ProgressListener.SILENT);
        for (String policy : policies) {
            networks(policy, out);
            radar(policy, out);
        }
        return 0;
    }

    private Engine engine(String policy) {
        Engine engine = new Engine(
                new Settings(1 << 19, 4096, Duration.ofSeconds(30), Duration.ofSeconds(10), 8, Optional.empty()));
        engine.addPolicy(policy, "bench", AllPolicies.create(policy));
        engine.configurePolicies(List.of(policy));
        CpuAccelerator.processingElements(pes, 1, true).forEach(engine::addPe);
        return engine;
    }

    private void networks(String policy, PrintWriter out) throws Exception {
        Path examples = Path.of(System.getProperty("saguaro.bench", "bench")).resolveSibling("examples");
        try (Engine engine = engine(policy)) {
            List<Network> networks = new ArrayList<>();
            for (String name : List.of("digits-vgg", "speech-commands", "shapes-detector")) {
                LayerGraph graph =
                        new ExportedProgramReader().read(examples.resolve(name).resolve("model.pt2"));
                Tensor input = Npy.read(examples.resolve(name).resolve("input.npy"));
                Deployment deployment = engine.deploy(graph, DeployOptions.named(name));
                networks.add(new Network(deployment, input, medianNanos(() -> deployment.infer(List.of(input)))));
            }
            measure(policy + ".networks", new Traffic(engine, policy, networks), policy, out, () -> {
                List<ApplicationProfile> profiles = new ArrayList<>();
                networks.forEach(network -> profiles.add(network.deployment().profile()));
                return profiles;
            });
        }
    }

    private void radar(String policy, PrintWriter out) throws Exception {
        try (Engine engine = engine(policy);
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT);
                Radar radar = new Radar(layers)) {
            // Alone an instance has all PEs to itself.
            radar.workNanos(medianNanos(radar::run) * pes);
            ApplicationProfile profile = radar.profile();
            measure(
                    policy + ".radar",
                    new Traffic(engine, policy, List.of(radar)),
                    policy,
                    out,
                    () -> List.of(profile));
        }
    }

    /** Something to be timed. */
    private interface Work {
        void run() throws Exception;
    }

    private static long medianNanos(Work work) throws Exception {
        double[] nanos = new double[WARM_UP];
        for (int i = -WARM_UP; i < WARM_UP; i++) {
            long begin = System.nanoTime();
            work.run();
            if (i >= 0) {
                nanos[i] = System.nanoTime() - begin;
            }
        }
        return (long) new Sample(nanos).median();
    }

    private void measure(String name, Traffic traffic, String policy, PrintWriter out, Traffic.Profiles profiles)
            throws Exception {
        // The JVM and the cost model have seen load before.
        traffic.serve(0.6, Math.min(2, seconds), 99, profiles);
        for (int load : loads) {
            List<WhatIf.Run> real = new ArrayList<>();
            List<WhatIf.Run> simulated = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                RunTrace trace = traffic.serve(load / 100.0, seconds, round, profiles);
                WhatIf whatIf = new WhatIf(trace);
                real.add(whatIf.recorded());
                simulated.add(whatIf.replayed(policy, AllPolicies.create(policy), Optional.empty()));
            }
            String prefix = "fidelity." + name + "." + load + ".";
            figures(prefix + "mean", real, simulated, WhatIf.Run::meanNanos, out);
            figures(prefix + "makespan", real, simulated, WhatIf.Run::makespanNanos, out);
        }
    }

    /** A figure of a run. */
    private interface Measure {
        double of(WhatIf.Run run);
    }

    private static void figures(
            String name, List<WhatIf.Run> real, List<WhatIf.Run> simulated, Measure measure, PrintWriter out) {
        double[] realMillis = new double[real.size()];
        double[] simulatedMillis = new double[real.size()];
        double[] ratios = new double[real.size()];
        for (int i = 0; i < ratios.length; i++) {
            realMillis[i] = measure.of(real.get(i)) / 1e6;
            simulatedMillis[i] = measure.of(simulated.get(i)) / 1e6;
            ratios[i] = simulatedMillis[i] / realMillis[i];
        }
        double ratio = new Sample(ratios).median();
        new Figure(name + ".real", new Sample(realMillis).median(), "ms", null).print(out);
        new Figure(name + ".simulated", new Sample(simulatedMillis).median(), "ms", null).print(out);
        new Figure(name + ".ratio", ratio, "x", null).print(out);
        new Figure(name + ".off", 100 * Math.abs(ratio - 1), "%", BAR_PERCENT).print(out);
    }
}
