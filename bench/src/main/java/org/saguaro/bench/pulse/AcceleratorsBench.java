// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.pulse;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.ProcessingElement;
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

/** {@code ./saguaro bench accelerators}: whether accelerators that are added make applications slower. */
@Command(
        name = "accelerators",
        description =
                "Pulse Doppler instances on CPU cores with emulated FFT accelerators beside them, over those without.",
        mixinStandardHelpOptions = true)
public final class AcceleratorsBench implements Callable<Integer> {

    private static final double BAR = 1.05;

    /** A service time that says: supports nothing. */
    private static final int USELESS = -1;

    /** What these do with an accelerator that is slower than a core is their rule: they do not ask what an execution takes. */
    private static final Set<String> WITHOUT_BAR = Set.of("rr", "random", "etf");

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private InstanceOptions options = new InstanceOptions();

    @Option(
            names = "--counts",
            split = ",",
            description = "Numbers of accelerators (default: ${DEFAULT-VALUE}).",
            defaultValue = "1,2,4,8")
    private List<Integer> counts = List.of();

    @Option(
            names = "--service-micros",
            split = ",",
            description = "What a transform takes on them; -1: they support none (default: ${DEFAULT-VALUE}).",
            defaultValue = "-1,0,20,100,1000")
    private List<Integer> services = List.of();

    @Option(
            names = "--rounds",
            description = "Measured rounds of each (default: ${DEFAULT-VALUE}).",
            defaultValue = "15")
    private int rounds = 15;

    @Option(
            names = "--warm-up",
            description = "Rounds of each before that (default: ${DEFAULT-VALUE}).",
            defaultValue = "4")
    private int warmUp = 4;

    /** Made by picocli. */
    public AcceleratorsBench() {}

    /** A runtime with so many accelerators, and what was measured on it by policy. */
    private static final class Platform implements AutoCloseable {
        final int accelerators;
        private final Engine engine;
        private final LayerRuntime layers;
        private final Instances applications;
        private final List<List<Double>> millis = new ArrayList<>();
        private final List<List<Double>> cpuMillis = new ArrayList<>();

        Platform(InstanceOptions options, int accelerators, int serviceMicros) {
            this.accelerators = accelerators;
            engine = new Engine(
                    new Settings(1 << 16, 1024, Duration.ofSeconds(30), Duration.ofSeconds(10), 8, Optional.empty()));
            List<? extends ProcessingElement> cores = CpuAccelerator.processingElements(options.pes(), 1, true);
            cores.forEach(engine::addPe);
            for (int i = 0; i < accelerators; i++) {
                engine.addPe(new EmulatedAccelerator(
                        i, cores.get(0), serviceMicros != USELESS, Math.max(0, serviceMicros) * 1_000L));
            }
            for (String policy : options.policies()) {
                engine.addPolicy(policy, "bench", AllPolicies.create(policy));
                millis.add(new ArrayList<>());
                cpuMillis.add(new ArrayList<>());
            }
            layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT);
            applications = new Instances(layers, options.instances());
        }

        void measure(int policy, String name, boolean counts) throws Exception {
            engine.configurePolicies(List.of(name));
            long cpu = ProcessTime.nanos();
            long start = System.nanoTime();
            applications.run();
            if (counts) {
                millis.get(policy).add((System.nanoTime() - start) / 1e6);
                cpuMillis.get(policy).add((ProcessTime.nanos() - cpu) / 1e6);
            }
        }

        double medianMillis(int policy) {
            return new Sample(millis.get(policy)).median();
        }

        double meanCpuMillis(int policy) {
            return cpuMillis.get(policy).stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElse(0);
        }

        @Override
        public void close() {
            applications.close();
            layers.close();
            engine.close();
        }
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        NativeLibraries.load(null, ProgressListener.SILENT);
        List<String> names = options.policies();
        for (int service : services) {
            List<Platform> platforms = new ArrayList<>();
            try {
                platforms.add(new Platform(options, 0, service));
                for (int count : counts) {
                    platforms.add(new Platform(options, count, service));
                }
                // One round after the other on another platform: what disturbs the machine disturbs all.
                for (int round = -warmUp; round < rounds; round++) {
                    for (int policy = 0; policy < names.size(); policy++) {
                        for (Platform platform : platforms) {
                            platform.measure(policy, names.get(policy), round >= 0);
                        }
                    }
                }
                print(service, platforms, out);
            } finally {
                platforms.forEach(Platform::close);
            }
        }
        return 0;
    }

    private void print(int service, List<Platform> platforms, PrintWriter out) {
        String kind = service == USELESS ? "useless" : service + "us";
        Platform without = platforms.get(0);
        List<String> names = options.policies();
        for (int policy = 0; policy < names.size(); policy++) {
            String prefix = "accelerators." + names.get(policy) + "." + kind + ".";
            double base = without.medianMillis(policy);
            new Figure(prefix + "none", base, "ms", null).print(out);
            // At 0 us the emulated ones are as many more threads that compute on the cores.
            Double bar = service == 0 || WITHOUT_BAR.contains(names.get(policy)) ? null : BAR;
            for (Platform platform : platforms.subList(1, platforms.size())) {
                String name = String.format(Locale.ROOT, "%sx%d", prefix, platform.accelerators);
                new Figure(name, platform.medianMillis(policy) / base, "ratio", bar).print(out);
                new Figure(name + ".cpu", platform.meanCpuMillis(policy) / without.meanCpuMillis(policy), "ratio", null)
                        .print(out);
            }
        }
    }
}
