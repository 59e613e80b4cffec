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
import org.saguaro.bench.Npy;
import org.saguaro.bench.Sample;
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
 * recorded in that run; as {@code ./saguaro whatif} replays a trace.
 */
@Command(
        name = "fidelity",
        description = "The simulator against the real processing elements: mean execution time and makespan.",
        mixinStandardHelpOptions = true)
public final class FidelityBench implements Callable<Integer> {

    private static final int WARM_UP = 60;

    /** What is refused cannot be compared: a machine that stalls for a second lets thousands of requests wait. */
    private static final int MOST_IN_FLIGHT = 1 << 16;

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
        networks(out);
        radar(out);
        return 0;
    }

    private Engine engine() {
        Engine engine = new Engine(new Settings(
                1 << 19, MOST_IN_FLIGHT, Duration.ofSeconds(30), Duration.ofSeconds(10), 8, Optional.empty()));
        engine.configureTenants(List.of(), MOST_IN_FLIGHT);
        policies.forEach(policy -> engine.addPolicy(policy, "bench", AllPolicies.create(policy)));
        engine.configurePolicies(policies);
        CpuAccelerator.processingElements(pes, 1, true).forEach(engine::addPe);
        return engine;
    }

    private void networks(PrintWriter out) throws Exception {
        Path examples = Path.of(System.getProperty("saguaro.bench", "bench")).resolveSibling("examples");
        try (Engine engine = engine()) {
            List<Network> networks = new ArrayList<>();
            for (String name : List.of("digits-vgg", "speech-commands", "shapes-detector")) {
                LayerGraph graph =
                        new ExportedProgramReader().read(examples.resolve(name).resolve("model.pt2"));
                Tensor input = Npy.read(examples.resolve(name).resolve("input.npy"));
                Deployment deployment = engine.deploy(graph, DeployOptions.named(name));
                networks.add(new Network(deployment, input, medianNanos(() -> deployment.infer(List.of(input)))));
            }
            measure("networks", new Traffic(engine, networks), out, () -> {
                List<ApplicationProfile> profiles = new ArrayList<>();
                networks.forEach(network -> profiles.add(network.deployment().profile()));
                return profiles;
            });
        }
    }

    private void radar(PrintWriter out) throws Exception {
        try (Engine engine = engine();
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT);
                Radar radar = new Radar(layers)) {
            // Alone an instance has all PEs to itself.
            radar.workNanos(medianNanos(radar::run) * pes);
            radar.record();
            measure("radar", new Traffic(engine, List.of(radar)), out, () -> List.of(radar.profile()));
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

    private void measure(String name, Traffic traffic, PrintWriter out, Traffic.Profiles profiles) throws Exception {
        // The JVM and the cost model have seen load before.
        for (String policy : policies) {
            traffic.serve(policy, 0.6, Math.min(2, seconds), 99, profiles);
        }
        for (int load : loads) {
            Comparison comparison = new Comparison(policies);
            for (int round = 0; round < rounds; round++) {
                for (String policy : policies) {
                    // The same arrivals under each.
                    comparison.add(policy, traffic.serve(policy, load / 100.0, seconds, round, profiles));
                }
            }
            comparison.print("fidelity", name + "." + load, out);
        }
    }
}
