// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.reshape;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Npy;
import org.saguaro.bench.Sample;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.ExportedProgramReader;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.Provisioning;
import org.saguaro.runtime.core.ProvisioningStatus;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.provisioning.Provisioner;
import org.saguaro.runtime.core.provisioning.ProvisioningSettings;
import org.saguaro.scheduler.heuristics.EarliestFinishTime;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The provisioning against the cores in one shape: the same engine is narrow, wide and left to the controller in turn, round by round, each
 * time first under low load, then saturated. Medians over the rounds; the changes between the two loads are part of what is measured.
 */
@Command(
        name = "reshape",
        description = "Cores that are re-shaped under load, against cores in one shape.",
        mixinStandardHelpOptions = true)
public final class ReshapeBench implements Callable<Integer> {

    private static final double MOST_LATENCY_RATIO = 1.05;
    private static final double MOST_THROUGHPUT_LOST_PERCENT = 5;

    private static final PeShape NARROW = new PeShape("cpu", "narrow");
    private static final PeShape WIDE = new PeShape("cpu", "wide");

    private static final int WARM_UP_REQUESTS = 50;

    /** Share of the time that one request alone would keep the narrow shape's PE busy. */
    private static final double LOW_LOAD = 0.25;

    private static final int CLIENTS_PER_CORE = 4;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            description =
                    "Folder with model.pt2 and input.npy; may be repeated (default: the shapes detector of the examples, and"
                            + " ResNet-18 where bench/models/export.py has written it).")
    private List<Path> folders = new ArrayList<>();

    @Option(names = "--rounds", defaultValue = "7", description = "Rounds per model (default: ${DEFAULT-VALUE}).")
    private int rounds = 7;

    @Option(
            names = "--seconds",
            defaultValue = "2",
            description = "Time of each load in each round (default: ${DEFAULT-VALUE}).")
    private double seconds = 2;

    @Option(names = "--actions", description = "Print what the controller did, and why, to the standard error.")
    private boolean actions;

    /** How the cores are used. */
    private enum Mode {
        NARROW,
        WIDE,
        CONTROLLED
    }

    /** Made by picocli. */
    public ReshapeBench() {}

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        PrintWriter out = command.commandLine().getOut();
        NativeLibraries.load(null, ProgressListener.SILENT);
        List<Path> all = folders.isEmpty() ? defaults() : folders;
        for (Path folder : all) {
            measure(folder, out);
        }
        return 0;
    }

    private static List<Path> defaults() {
        Path bench = Path.of(System.getProperty("saguaro.bench", "bench"));
        List<Path> folders = new ArrayList<>();
        folders.add(bench.resolveSibling("examples").resolve("shapes-detector"));
        Path resnet = bench.resolve("models").resolve("out").resolve("resnet18");
        if (Files.exists(resnet.resolve("model.pt2"))) {
            folders.add(resnet);
        }
        return folders;
    }

    private void measure(Path folder, PrintWriter out) throws Exception {
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        String prefix = "reshape." + name + ".";
        List<Tensor> input = List.of(Npy.read(folder.resolve("input.npy")));
        try (Engine engine = new Engine(
                new Settings(0, 1024, Duration.ofSeconds(30), Duration.ofSeconds(10), 8, Optional.empty()))) {
            engine.addPolicy("eft", "bench", new EarliestFinishTime());
            engine.configurePolicies(List.of("eft"));
            List<? extends ProcessingElement> pes = CpuAccelerator.processingElementsOfAllShapes(true);
            pes.forEach(engine::addPe);
            int cores = pes.size() - 1;
            if (cores < 2) {
                out.println("# " + name + ": one core has one shape; there is nothing to measure");
                return;
            }
            Deployment deployment = engine.deploy(
                    new ExportedProgramReader().read(folder.resolve("model.pt2")), DeployOptions.named(name));
            try (Provisioner provisioner =
                    new Provisioner(engine, ProvisioningSettings.DEFAULT, InstantSource.system())) {
                double narrowMillis = warmUp(provisioner, deployment, input);
                Map<Mode, List<Double>> latencies = series();
                Map<Mode, List<Double>> throughputs = series();
                long changesBefore = changes(provisioner);
                for (int round = 0; round < rounds; round++) {
                    List<Mode> modes = new ArrayList<>(List.of(Mode.values()));
                    Collections.rotate(modes, round);
                    for (Mode mode : modes) {
                        use(provisioner, mode);
                        Arrivals arrivals = new Arrivals(new Random(round), LOW_LOAD / narrowMillis * 1e3, seconds);
                        latencies(latencies, mode).add(Load.meanLatencyMillis(deployment, input, arrivals));
                        latencies(throughputs, mode)
                                .add(Load.requestsPerSecond(deployment, input, CLIENTS_PER_CORE * cores, seconds));
                    }
                }
                if (actions) {
                    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
                    provisioner.status().actions().forEach(err::println);
                    err.println(provisioner.status().groups());
                    err.println("low " + latencies);
                    err.println("saturated " + throughputs);
                    err.flush();
                }
                report(prefix, latencies, throughputs, out);
                new Figure(
                                prefix + "changes",
                                (changes(provisioner) - changesBefore) / (double) rounds,
                                "per_round",
                                null)
                        .print(out);
                new Figure(
                                prefix + "reaction",
                                reactionMillis(engine, provisioner, deployment, input, CLIENTS_PER_CORE * cores),
                                "ms",
                                null)
                        .print(out);
            }
        }
    }

    private static Map<Mode, List<Double>> series() {
        Map<Mode, List<Double>> series = new EnumMap<>(Mode.class);
        for (Mode mode : Mode.values()) {
            series.put(mode, new ArrayList<>());
        }
        return series;
    }

    private static List<Double> latencies(Map<Mode, List<Double>> series, Mode mode) {
        return Objects.requireNonNull(series.get(mode));
    }

    /** Runs the model in both shapes; returns what a request takes in the narrow one. */
    private static double warmUp(Provisioning provisioning, Deployment deployment, List<Tensor> input)
            throws Exception {
        provisioning.reshape(WIDE);
        for (int i = 0; i < WARM_UP_REQUESTS; i++) {
            deployment.infer(input);
        }
        provisioning.reshape(NARROW);
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < WARM_UP_REQUESTS; i++) {
            millis.add(deployment.infer(input).latency().toNanos() / 1e6);
        }
        return new Sample(millis).median();
    }

    private static void use(Provisioning provisioning, Mode mode) {
        switch (mode) {
            case NARROW -> provisioning.reshape(NARROW);
            case WIDE -> provisioning.reshape(WIDE);
            case CONTROLLED -> provisioning.unfreeze();
        }
    }

    private static long changes(Provisioning provisioning) {
        return provisioning.status().actions().stream()
                .filter(action -> action.kind() == ProvisioningStatus.Kind.RESHAPE
                        && !action.reason().endsWith("by hand"))
                .count();
    }

    private static void report(
            String prefix, Map<Mode, List<Double>> latencies, Map<Mode, List<Double>> throughputs, PrintWriter out) {
        double latency = new Sample(latencies(latencies, Mode.CONTROLLED)).median();
        double narrowLatency = new Sample(latencies(latencies, Mode.NARROW)).median();
        double wideLatency = new Sample(latencies(latencies, Mode.WIDE)).median();
        double throughput = new Sample(latencies(throughputs, Mode.CONTROLLED)).median();
        double narrowThroughput = new Sample(latencies(throughputs, Mode.NARROW)).median();
        double wideThroughput = new Sample(latencies(throughputs, Mode.WIDE)).median();
        new Figure(prefix + "low.ratio", latency / Math.min(narrowLatency, wideLatency), "x", MOST_LATENCY_RATIO)
                .print(out);
        new Figure(prefix + "low.controlled", latency, "ms", null).print(out);
        new Figure(prefix + "low.narrow", narrowLatency, "ms", null).print(out);
        new Figure(prefix + "low.wide", wideLatency, "ms", null).print(out);
        new Figure(
                        prefix + "saturated.lost",
                        100 * (1 - throughput / Math.max(narrowThroughput, wideThroughput)),
                        "%",
                        MOST_THROUGHPUT_LOST_PERCENT)
                .print(out);
        new Figure(prefix + "saturated.controlled", throughput, "1/s", null).print(out);
        new Figure(prefix + "saturated.narrow", narrowThroughput, "1/s", null).print(out);
        new Figure(prefix + "saturated.wide", wideThroughput, "1/s", null).print(out);
    }

    /** From the first request of a burst, while the cores are wide, to the change; the median of several bursts. */
    private static double reactionMillis(
            Engine engine, Provisioning provisioning, Deployment deployment, List<Tensor> input, int burst)
            throws Exception {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            provisioning.reshape(WIDE);
            provisioning.unfreeze();
            // A request that comes out of the blue: the last change is long ago.
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(1));
            long begin = System.nanoTime();
            Load.Burst requests = Load.burst(deployment, input, burst);
            while (!engine.dispatcher().shapes().get(0).active().equals(NARROW.name()) && !requests.isOver()) {
                Thread.onSpinWait();
            }
            millis.add((System.nanoTime() - begin) / 1e6);
            requests.await();
        }
        return new Sample(millis).median();
    }
}
