// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.pulse;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.bench.Figure;
import org.saguaro.bench.ProcessTime;
import org.saguaro.bench.Sample;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.runtime.core.calls.LayerRuntime;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.scheduler.heuristics.all.AllPolicies;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./saguaro bench pulse-doppler}: many tiny calls of several applications, under each policy. */
@Command(
        name = "pulse-doppler",
        description = "Simultaneous Pulse Doppler instances on CPU cores, under each scheduling policy in turn.",
        mixinStandardHelpOptions = true)
public final class PulseDopplerBench implements Callable<Integer> {

    private static final double BAR_MILLIS = 40;

    /** They ask nothing about costs: peers. */
    private static final Set<String> BLIND = Set.of("rr", "random");

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private InstanceOptions options = new InstanceOptions();

    @Option(
            names = "--rounds",
            description = "Measured rounds per policy (default: ${DEFAULT-VALUE}).",
            defaultValue = "40")
    private int rounds = 40;

    @Option(
            names = "--warm-up",
            description = "Rounds per policy before that (default: ${DEFAULT-VALUE}).",
            defaultValue = "10")
    private int warmUp = 10;

    /** Made by picocli. */
    public PulseDopplerBench() {}

    /** A policy and what was measured of it. */
    private static final class Contender {
        final String name;
        final MeteredPolicy policy;
        final List<Double> millis = new ArrayList<>();
        long cpuNanos;
        long policyNanos;

        Contender(String name) {
            this.name = name;
            policy = new MeteredPolicy(AllPolicies.create(name));
        }
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        NativeLibraries.load(null, ProgressListener.SILENT);
        List<Contender> contenders =
                options.policies().stream().map(Contender::new).toList();
        Settings settings =
                new Settings(1 << 16, 1024, Duration.ofSeconds(30), Duration.ofSeconds(10), 8, Optional.empty());
        try (Engine engine = new Engine(settings);
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT)) {
            CpuAccelerator.processingElements(options.pes(), 1, true).forEach(engine::addPe);
            for (Contender contender : contenders) {
                engine.addPolicy(contender.name, "bench", contender.policy);
            }
            try (Instances applications = new Instances(layers, options.instances())) {
                // One round after the other under another policy: what disturbs the machine disturbs all.
                for (int round = -warmUp; round < rounds; round++) {
                    for (Contender contender : contenders) {
                        engine.configurePolicies(List.of(contender.name));
                        measure(contender, applications, round >= 0);
                    }
                }
            }
        }
        contenders.forEach(contender -> print(contender, out));
        return 0;
    }

    private static void measure(Contender contender, Instances applications, boolean counts) throws Exception {
        long policyBefore = contender.policy.nanos();
        long cpuBefore = ProcessTime.nanos();
        long start = System.nanoTime();
        applications.run();
        long taken = System.nanoTime() - start;
        if (counts) {
            contender.millis.add(taken / 1e6);
            contender.cpuNanos += ProcessTime.nanos() - cpuBefore;
            contender.policyNanos += contender.policy.nanos() - policyBefore;
        }
    }

    private void print(Contender contender, PrintWriter out) {
        String prefix = "pulsedoppler." + contender.name + ".";
        Sample millis = new Sample(contender.millis);
        Double bar = BLIND.contains(contender.name) ? null : BAR_MILLIS;
        new Figure(prefix + "median", millis.median(), "ms", bar).print(out);
        new Figure(prefix + "best", millis.least(), "ms", null).print(out);
        double calls = (double) rounds * options.instances() * PulseDoppler.CALLS;
        new Figure(prefix + "cpu", contender.cpuNanos / 1e3 / calls, "us/call", null).print(out);
        new Figure(prefix + "policy", contender.policyNanos / 1e3 / calls, "us/call", null).print(out);
    }
}
