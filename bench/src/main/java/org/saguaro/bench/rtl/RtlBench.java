// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.rtl;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.engine.ConvFormat;
import org.saguaro.accel.zynq.engine.ConvShape;
import org.saguaro.accel.zynq.rtl.RtlDevice;
import org.saguaro.accel.zynq.rtl.RtlLibrary;
import org.saguaro.bench.Figure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Cycles of the engines, by their own registers: the driver runs each layer on the RTL, whose memory answers after 40 cycles and then delivers a beat per
 * cycle, and every element is held against the golden model. Then what yosys says of their size. No clock is measured: nobody has a board.
 */
@Command(
        name = "rtl",
        description = "The FPGA's engines: cycles and utilisation of the simulated hardware, and its size.",
        mixinStandardHelpOptions = true)
public final class RtlBench implements Callable<Integer> {

    private static final long MEMORY_BYTES = 128 << 20;
    private static final double CLOCK_HZ = 250e6;
    private static final double BAR_LARGE = 95;
    private static final double BAR_DEEP = 60;
    private static final double BAR_FIRST = 40;
    private static final double BAR_LINEAR = 80;
    private static final double BAR_FFT = 7_000;
    private static final double PERCENT = 100;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--library",
            paramLabel = "FILE",
            description =
                    "A libsaguaro_rtl.so to use; built out of accel.zynq/rtl with the machine's Verilator by default.")
    private @Nullable Path library;

    @Option(names = "--bars", description = "Only what has a bar, without ResNet-18.")
    private boolean barsOnly;

    private long wrong;

    /** Made by picocli. */
    public RtlBench() {}

    @Override
    public Integer call() throws AccelException, DeviceException, IOException {
        CommandSpec command = Objects.requireNonNull(spec, "set by picocli");
        PrintWriter out = command.commandLine().getOut();
        PrintWriter err = command.commandLine().getErr();
        Path bench = Path.of(System.getProperty("saguaro.bench", "."));
        String why = library == null ? RtlLibrary.whyNot() : null;
        if (why != null) {
            err.println("bench rtl: " + why);
            err.flush();
            return 1;
        }
        Path built = library != null
                ? library
                : new RtlLibrary(bench.resolve("target").resolve("rtl-library"), line -> {
                            err.println(line);
                            err.flush();
                        })
                        .get();
        try (RtlDevice device = RtlDevice.open(built, MEMORY_BYTES, 1)) {
            Simulated engines = new Simulated(device);
            layers(engines, out);
            signals(engines, out);
            if (!barsOnly) {
                resnet(engines, out);
            }
        }
        new Figure("rtl.wrong_elements", wrong, "elements", 0.0).print(out);
        for (Figure figure :
                Resources.of(bench.resolveSibling("accel.zynq").resolve("rtl").resolve("resources.md"))) {
            figure.print(out);
        }
        return 0;
    }

    private void layers(Simulated engines, PrintWriter out) throws AccelException {
        ConvFormat int8 = ConvFormat.int8(-128, 127, 0);
        ConvFormat float32 = ConvFormat.float32(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
        ConvShape large = ConvShape.square(64, 56, 56, 64, 3, 1, 1);
        ConvShape product = ConvShape.product(512, 512, 512);
        utilisation(engines, out, "conv_56x56x64_k3.int8", large, int8, BAR_LARGE);
        utilisation(engines, out, "conv_56x56x64_k3.float32", large, float32, BAR_LARGE);
        utilisation(engines, out, "gemm_512.int8", product, int8, BAR_LARGE);
        utilisation(engines, out, "gemm_512.float32", product, float32, BAR_LARGE);
        utilisation(engines, out, "conv_7x7x512_k3.int8", ConvShape.square(512, 7, 7, 512, 3, 1, 1), int8, BAR_DEEP);
        utilisation(
                engines,
                out,
                "first_224x224x3_k7_s2.int8",
                ConvShape.square(3, 224, 224, 64, 7, 2, 3),
                int8,
                BAR_FIRST);
        utilisation(
                engines, out, "first_224x224x3_k3.int8", ConvShape.square(3, 224, 224, 64, 3, 1, 1), int8, BAR_FIRST);
        bandwidth(engines, out, "linear_4096x1024", ConvShape.product(1, 4096, 1024), float32);
        bandwidth(engines, out, "linear_9216x256", ConvShape.product(1, 9216, 256), float32);
    }

    private void utilisation(
            Simulated engines, PrintWriter out, String name, ConvShape shape, ConvFormat format, double bar)
            throws AccelException {
        Simulated.Run run = engines.layer(shape, format);
        wrong += run.wrong();
        new Figure("rtl." + name + ".cycles", run.cycles(), "cycles", null).print(out);
        new Figure(
                        "rtl." + name + ".utilisation",
                        PERCENT * shape.macs() / ((double) run.cycles() * engines.macsPerCycle()),
                        "%",
                        bar,
                        true)
                .print(out);
    }

    /** A layer that uses each weight once is as fast as its weights come. */
    private void bandwidth(Simulated engines, PrintWriter out, String name, ConvShape shape, ConvFormat format)
            throws AccelException {
        Simulated.Run run = engines.layer(shape, format);
        wrong += run.wrong();
        new Figure("rtl." + name + ".cycles", run.cycles(), "cycles", null).print(out);
        new Figure("rtl." + name + ".beats", PERCENT * run.weightBeats() / run.cycles(), "%", BAR_LINEAR, true)
                .print(out);
    }

    private void signals(Simulated engines, PrintWriter out) throws AccelException {
        Simulated.Run fft = engines.transform(1024);
        wrong += fft.wrong();
        new Figure("rtl.fft_1024.cycles", fft.cycles(), "cycles", BAR_FFT).print(out);
        int elements = 4096;
        Simulated.Run zip = engines.products(elements);
        wrong += zip.wrong();
        new Figure("rtl.zip_4096.elements", PERCENT * elements / zip.cycles(), "%", null).print(out);
    }

    /** The convolutions and the last layer of ResNet-18, one image, INT8. */
    private void resnet(Simulated engines, PrintWriter out) throws AccelException {
        record Layers(int count, ConvShape shape) {}
        List<Layers> network = List.of(
                new Layers(1, ConvShape.square(3, 224, 224, 64, 7, 2, 3)),
                new Layers(4, ConvShape.square(64, 56, 56, 64, 3, 1, 1)),
                new Layers(1, ConvShape.square(64, 56, 56, 128, 3, 2, 1)),
                new Layers(1, ConvShape.square(64, 56, 56, 128, 1, 2, 0)),
                new Layers(3, ConvShape.square(128, 28, 28, 128, 3, 1, 1)),
                new Layers(1, ConvShape.square(128, 28, 28, 256, 3, 2, 1)),
                new Layers(1, ConvShape.square(128, 28, 28, 256, 1, 2, 0)),
                new Layers(3, ConvShape.square(256, 14, 14, 256, 3, 1, 1)),
                new Layers(1, ConvShape.square(256, 14, 14, 512, 3, 2, 1)),
                new Layers(1, ConvShape.square(256, 14, 14, 512, 1, 2, 0)),
                new Layers(3, ConvShape.square(512, 7, 7, 512, 3, 1, 1)),
                new Layers(1, ConvShape.product(1, 512, 1000)));
        long cycles = 0;
        long expected = 0;
        long macs = 0;
        for (Layers layers : network) {
            Simulated.Run run = engines.layer(layers.shape(), ConvFormat.int8(0, 127, 0));
            wrong += run.wrong();
            cycles += layers.count() * run.cycles();
            expected += layers.count() * run.expectedCycles();
            macs += layers.count() * layers.shape().macs();
        }
        new Figure("rtl.resnet18.cycles", cycles, "cycles", null).print(out);
        new Figure("rtl.resnet18.expected", (double) expected / cycles, "of_cycles", null).print(out);
        new Figure("rtl.resnet18.utilisation", PERCENT * macs / ((double) cycles * engines.macsPerCycle()), "%", null)
                .print(out);
        new Figure("rtl.resnet18.at_assumed_250MHz", cycles / CLOCK_HZ * 1e3, "ms", null).print(out);
    }
}
