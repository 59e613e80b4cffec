// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.cpu;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.saguaro.bench.Figure;
import org.saguaro.bench.Npy;
import org.saguaro.bench.Sample;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.model.api.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Our kernels against {@code JitModule.forward} and ONNX Runtime: one thread, one process, the contenders in turn round by round,
 * so that whatever else the machine does hits all of them. Medians.
 */
@Command(
        name = "cpu",
        description = "One CPU core: our kernels against TorchScript and ONNX Runtime.",
        mixinStandardHelpOptions = true)
public final class CpuBench implements Callable<Integer> {

    private static final double TOLERANCE = 1e-4;
    private static final int WARM_UP_ROUNDS = 5;

    /** The networks and their bars: our median over TorchScript's. */
    private static final List<Network> NETWORKS = List.of(
            new Network("resnet18", 0.65),
            new Network("vgg11", 0.70),
            new Network("squeezenet1_1", 0.50),
            new Network("mobilenet_v3_small", 0.70));

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--models",
            paramLabel = "DIR",
            description = "Folder that bench/models/export.py wrote (default: ${DEFAULT-VALUE}).")
    private Path models = Path.of(System.getProperty("saguaro.bench", "bench"), "models", "out");

    @Option(names = "--only", paramLabel = "NAME", description = "Only this network; may be repeated.")
    private List<String> only = new ArrayList<>();

    @Option(
            names = "--seconds",
            defaultValue = "10",
            description = "Time to measure each network for (default: ${DEFAULT-VALUE}).")
    private double seconds = 10;

    private record Network(String name, double bar) {}

    /** Made by picocli. */
    public CpuBench() {}

    @Override
    public Integer call() throws Exception {
        CommandSpec command = Objects.requireNonNull(spec);
        if (!Files.isDirectory(models)) {
            throw new ParameterException(
                    command.commandLine(),
                    "no folder " + models + ": export the bench models first, as bench/models/README.md says");
        }
        PrintWriter out = command.commandLine().getOut();
        NativeLibraries.load(null, ProgressListener.SILENT);
        boolean measured = true;
        for (Network network : NETWORKS) {
            if (only.isEmpty() || only.contains(network.name())) {
                measured &= measure(network, out, command.commandLine().getErr());
            }
        }
        return measured ? 0 : 1;
    }

    private boolean measure(Network network, PrintWriter out, PrintWriter err) throws Exception {
        Path folder = models.resolve(network.name());
        Tensor input = Npy.read(folder.resolve("input.npy"));
        float[] expected = Npy.read(folder.resolve("output.npy")).toFloats();
        try (SaguaroContender ours = new SaguaroContender(folder.resolve("model.pt2"), input);
                TorchScriptContender torchScript = new TorchScriptContender(folder.resolve("model.pt"), input);
                OnnxRuntimeContender onnx = new OnnxRuntimeContender(folder.resolve("model.onnx"), input)) {
            double[][] millis = race(List.of(ours, torchScript, onnx));
            double error = relativeError(ours.output(), expected);
            double our = new Sample(millis[0]).median();
            String prefix = "cpu." + network.name() + ".";
            new Figure(prefix + "ratio", our / new Sample(millis[1]).median(), "x", network.bar()).print(out);
            new Figure(prefix + "saguaro", our, "ms", null).print(out);
            new Figure(prefix + "torchscript", new Sample(millis[1]).median(), "ms", null).print(out);
            new Figure(prefix + "onnxruntime", new Sample(millis[2]).median(), "ms", null).print(out);
            new Figure(prefix + "error", error * 1e6, "ppm", TOLERANCE * 1e6).print(out);
            new Figure(prefix + "prepare", ours.prepareNanos() / 1e6, "ms", null).print(out);
            if (!(error <= TOLERANCE)) {
                err.printf(
                        "%s: the result differs from PyTorch's by %.1e of its largest element%n",
                        network.name(), error);
                return false;
            }
        }
        return true;
    }

    /** Milliseconds per run, by contender. */
    private double[][] race(List<Contender> contenders) throws Exception {
        for (int i = 0; i < WARM_UP_ROUNDS; i++) {
            for (Contender contender : contenders) {
                contender.run();
            }
        }
        List<double[]> rounds = new ArrayList<>();
        long deadline = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < deadline) {
            double[] round = new double[contenders.size()];
            for (int c = 0; c < round.length; c++) {
                long start = System.nanoTime();
                contenders.get(c).run();
                round[c] = (System.nanoTime() - start) / 1e6;
            }
            rounds.add(round);
        }
        double[][] byContender = new double[contenders.size()][rounds.size()];
        for (int r = 0; r < rounds.size(); r++) {
            for (int c = 0; c < byContender.length; c++) {
                byContender[c][r] = rounds.get(r)[c];
            }
        }
        return byContender;
    }

    /** Largest difference, relative to the largest element. */
    private static double relativeError(float[] actual, float[] expected) {
        if (actual.length != expected.length) {
            return Double.POSITIVE_INFINITY;
        }
        double largest = 0;
        double difference = 0;
        for (int i = 0; i < actual.length; i++) {
            largest = Math.max(largest, Math.abs(expected[i]));
            difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
        }
        return difference / largest;
    }
}
