// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.monitor;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Npy;
import org.saguaro.bench.runtime.TinyElement;
import org.saguaro.bench.runtime.TinyGraphs;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.ExportedProgramReader;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.monitor.LoadMonitor;
import org.saguaro.runtime.core.monitor.RailPower;
import org.saguaro.runtime.core.sensors.HostProbe;
import org.saguaro.runtime.core.sensors.SensorBank;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What monitoring and tracing cost: throughput with both on over throughput with both off. One process, one deployment; short slices on and
 * off take turns (on, off, off, on), so that whatever else the machine does hits both alike. A slice is a fixed number of requests; the figure is
 * the median over all such quadruples of time off over time on.
 */
@Command(
        name = "monitor",
        description = "Throughput with monitoring and tracing on over throughput with both off.",
        mixinStandardHelpOptions = true)
public final class MonitorBench implements Callable<Integer> {

    private static final double BAR = 0.99;
    private static final int LAYERS = 256;
    private static final int TRACE_CAPACITY = Settings.DEFAULT.traceCapacity();
    private static final long PERIOD_MILLIS = 1000;
    private static final double WARM_UP_SECONDS = 4;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--examples",
            paramLabel = "DIR",
            description = "Folder of the example networks (default: ${DEFAULT-VALUE}).")
    private Path examples = Path.of(System.getProperty("saguaro.bench", "bench"), "..", "examples");

    @Option(
            names = "--seconds",
            defaultValue = "30",
            description = "Time to measure each workload for (default: ${DEFAULT-VALUE}).")
    private double seconds = 30;

    @Option(
            names = "--slice",
            paramLabel = "MILLIS",
            defaultValue = "8",
            description = "About how long a slice takes (default: ${DEFAULT-VALUE}).")
    private double sliceMillis = 8;

    @Option(names = "--only", paramLabel = "NAME", description = "Only this workload; may be repeated.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--toggle",
            paramLabel = "WHAT",
            defaultValue = "BOTH",
            description = "What is turned on and off: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Toggled toggled = Toggled.BOTH;

    /** What a task computes. */
    private enum Kernels {
        /** About what the smallest kernel of use takes (an FFT of 128 points). */
        SHORT("short", 2_000, BAR),
        /** Nothing: shows what a task costs, and what watching it adds. */
        EMPTY("empty", 0, null);

        private final String name;
        private final long nanos;
        private final @Nullable Double bar;

        Kernels(String name, long nanos, @Nullable Double bar) {
            this.name = name;
            this.nanos = nanos;
            this.bar = bar;
        }
    }

    private enum Toggled {
        MONITOR,
        TRACE,
        BOTH
    }

    /** Made by picocli. */
    public MonitorBench() {}

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        Tensor one = Tensor.of(new float[] {1}, 1);
        for (Kernels kernels : List.of(Kernels.SHORT, Kernels.EMPTY)) {
            String chain = "chain-" + kernels.name;
            if (wanted(chain)) {
                measure(
                        chain,
                        TinyGraphs.chain("chain", LAYERS, "relu"),
                        one,
                        LAYERS,
                        kernels.bar,
                        out,
                        tiny(1, kernels));
            }
            String fanOut = "fan-out-" + kernels.name;
            if (wanted(fanOut)) {
                measure(
                        fanOut,
                        TinyGraphs.fanOut("fan-out", LAYERS, "relu"),
                        one,
                        LAYERS,
                        kernels.bar,
                        out,
                        tiny(2, kernels));
            }
        }
        Path network = examples.resolve("digits-vgg");
        if (wanted("digits-vgg") && !Files.exists(network.resolve("model.pt2"))) {
            command.commandLine().getErr().println("no " + network + "/model.pt2: give its folder with --examples");
            return 1;
        }
        if (wanted("digits-vgg")) {
            NativeLibraries.load(null, ProgressListener.SILENT);
            LayerGraph model = new ExportedProgramReader().read(network.resolve("model.pt2"));
            List<ProcessingElement> cpus = List.copyOf(
                    CpuAccelerator.processingElements(Runtime.getRuntime().availableProcessors(), 1, false));
            measure("digits-vgg", model, Npy.read(network.resolve("input.npy")), 0, BAR, out, cpus);
        }
        return 0;
    }

    private boolean wanted(String name) {
        return only.isEmpty() || only.contains(name);
    }

    private static List<ProcessingElement> tiny(int count, Kernels kernels) {
        List<ProcessingElement> pes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pes.add(new TinyElement("tiny" + i, "tiny", layer -> true, kernels.nanos));
        }
        return pes;
    }

    private void measure(
            String name,
            LayerGraph model,
            Tensor input,
            int tasks,
            @Nullable Double bar,
            PrintWriter out,
            List<ProcessingElement> pes)
            throws Exception {
        Settings settings =
                new Settings(TRACE_CAPACITY, 1024, Duration.ofSeconds(30), Duration.ofSeconds(10), 0, Optional.empty());
        try (Engine engine = new Engine(settings);
                LoadMonitor monitor = new LoadMonitor(
                        engine,
                        new SensorBank(Path.of("/")),
                        new HostProbe(Path.of("/")),
                        RailPower.of(List.of()),
                        Clock.systemUTC(),
                        System::nanoTime)) {
            engine.addPolicy("eft", "bench", new EarliestFinishTime());
            engine.configurePolicies(List.of("eft"));
            pes.forEach(engine::addPe);
            monitor.start(PERIOD_MILLIS);
            Deployment deployment = engine.deploy(model, new DeployOptions(name, Granularity.LAYER));
            PairedSlices slices = new PairedSlices(new RequestStream(deployment, input, 2 * pes.size()), on -> {
                monitor.on(on && toggled != Toggled.TRACE);
                engine.traceCapacity(on && toggled != Toggled.MONITOR ? TRACE_CAPACITY : 0);
            });
            slices.warmUp(WARM_UP_SECONDS, sliceMillis);
            PairedSlices.Result result = slices.measure(seconds);
            double ratio = result.ratios().median();
            String prefix = "monitor." + name + ".";
            new Figure(prefix + "ratio", ratio, "x", bar, true).print(out);
            new Figure(prefix + "quartile1", result.ratios().quantile(0.25), "x", null).print(out);
            new Figure(prefix + "quartile3", result.ratios().quantile(0.75), "x", null).print(out);
            new Figure(prefix + "quadruples", result.quadruples(), "-", null).print(out);
            new Figure(prefix + "requests", result.requestsPerSecond(), "1/s", null).print(out);
            if (tasks > 0) {
                double nanos = 1e9 / result.requestsPerSecond() / tasks;
                new Figure(prefix + "task", nanos, "ns", null).print(out);
                new Figure(prefix + "cost", nanos * (1 / ratio - 1), "ns", null).print(out);
            }
        }
    }
}
