// SPDX-License-Identifier: Apache-2.0
package org.saguaro.bench.rtl;

import java.util.List;
import java.util.Random;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaBuffer;
import org.saguaro.accel.zynq.device.DmaPool;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.device.Overlay.EngineKind;
import org.saguaro.accel.zynq.engine.ConvArray;
import org.saguaro.accel.zynq.engine.ConvEngine;
import org.saguaro.accel.zynq.engine.ConvFormat;
import org.saguaro.accel.zynq.engine.ConvModel;
import org.saguaro.accel.zynq.engine.ConvPlan;
import org.saguaro.accel.zynq.engine.ConvShape;
import org.saguaro.accel.zynq.engine.EngineSettings;
import org.saguaro.accel.zynq.engine.FftEngine;
import org.saguaro.accel.zynq.engine.FftModel;
import org.saguaro.accel.zynq.engine.ZipEngine;
import org.saguaro.accel.zynq.engine.ZipModel;
import org.saguaro.accel.zynq.rtl.RtlDevice;

/** The driver on one engine of each kind; random data, all results compared. */
final class Simulated {

    private static final long CLOCK_HZ = 250_000_000;
    private static final Overlay OVERLAY = new Overlay(
            "bench",
            "one engine of each kind",
            CLOCK_HZ,
            true,
            null,
            null,
            0,
            List.of(
                    new EngineDescription("conv0", EngineKind.CONV, 0xA000_0000L),
                    new EngineDescription("fft0", EngineKind.FFT, 0xA000_1000L),
                    new EngineDescription("zip0", EngineKind.ZIP, 0xA000_2000L)));
    private static final int BEAT_BYTES = 16;

    private final DmaPool pool;
    private final ConvEngine conv;
    private final FftEngine fft;
    private final ZipEngine zip;
    private final Random random = new Random(1);

    Simulated(RtlDevice device) throws DeviceException {
        pool = new DmaPool(device.name(), device.memory());
        List<EnginePort> ports = device.load(OVERLAY);
        conv = new ConvEngine(ports.get(0), device.memory(), EngineSettings.DEFAULT);
        fft = new FftEngine(ports.get(1), device.memory(), EngineSettings.DEFAULT);
        zip = new ZipEngine(ports.get(2), device.memory(), EngineSettings.DEFAULT);
    }

    /**
     * What became of a command.
     *
     * @param cycles by the engine's register
     * @param expectedCycles by the driver's plan
     * @param weightBeats of 16 bytes that the engine had to read
     * @param wrong elements that differ from the golden model
     */
    record Run(long cycles, long expectedCycles, long weightBeats, long wrong) {}

    int macsPerCycle() throws AccelException {
        return conv.array().macsPerCycle();
    }

    Run layer(ConvShape shape, ConvFormat format) throws AccelException {
        ConvPlan plan = ConvPlan.of(shape, format, ConvArray.OVERLAY);
        byte[] image = new byte[shape.inputChannels() * shape.inputHeight() * shape.inputWidth()];
        byte[] weights = new byte[shape.outputChannels() * shape.weightsPerOutput()];
        random.nextBytes(image);
        random.nextBytes(weights);
        int[] biases = random.ints(shape.outputChannels(), -10_000, 10_000).toArray();
        double typical = 40 / (74 * 74 * Math.sqrt(shape.weightsPerOutput()));
        int[] scales = new int[shape.outputChannels()];
        for (int i = 0; i < scales.length; i++) {
            double scale = typical * (1 + random.nextDouble());
            scales[i] = plan.format().kind() == ConvFormat.Kind.INT8
                    ? ConvFormat.requantise(scale)
                    : Float.floatToRawIntBits((float) scale);
        }
        try (DmaBuffer input = pool.allocate(plan.inputBytes());
                DmaBuffer parameters = pool.allocate(plan.weightBytes());
                DmaBuffer output = pool.allocate(plan.outputBytes())) {
            plan.packInput(image, input.bytes());
            plan.packWeights(weights, biases, scales, parameters.bytes());
            input.syncForDevice(0, plan.inputBytes());
            parameters.syncForDevice(0, plan.weightBytes());
            long cycles =
                    conv.run(plan, input.physicalAddress(), parameters.physicalAddress(), output.physicalAddress());
            output.syncForCpu(0, plan.outputBytes());
            int[] found = plan.unpackOutput(output.bytes());
            int[] expected = ConvModel.compute(shape, plan.format(), image, weights, biases, scales);
            long wrong = 0;
            for (int i = 0; i < expected.length; i++) {
                wrong += found[i] == expected[i] ? 0 : 1;
            }
            return new Run(cycles, plan.expectedCycles(), plan.weightBytes() / BEAT_BYTES, wrong);
        }
    }

    Run transform(int points) throws AccelException {
        float[] signal = signal(points);
        try (DmaBuffer input = buffer(signal);
                DmaBuffer output = pool.allocate(input.sizeBytes())) {
            long cycles = fft.run(points, false, false, 1, input.physicalAddress(), output.physicalAddress());
            return new Run(
                    cycles,
                    FftEngine.expectedCycles(points, 1),
                    0,
                    differences(output, FftModel.compute(signal, false, false)));
        }
    }

    Run products(int elements) throws AccelException {
        ZipEngine.Operation operation = ZipEngine.Operation.MULTIPLY_CONJUGATE;
        float[] left = signal(elements);
        float[] right = signal(elements);
        try (DmaBuffer a = buffer(left);
                DmaBuffer b = buffer(right);
                DmaBuffer result = pool.allocate(a.sizeBytes())) {
            long cycles =
                    zip.run(operation, elements, a.physicalAddress(), b.physicalAddress(), result.physicalAddress());
            return new Run(
                    cycles,
                    ZipEngine.expectedCycles(elements),
                    0,
                    differences(result, ZipModel.compute(operation, left, right)));
        }
    }

    private float[] signal(int elements) {
        float[] values = new float[2 * elements];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return values;
    }

    private DmaBuffer buffer(float[] values) throws AccelException {
        DmaBuffer buffer = pool.allocate((long) Float.BYTES * values.length);
        buffer.bytes().asFloatBuffer().put(0, values);
        buffer.syncForDevice(0, buffer.sizeBytes());
        return buffer;
    }

    private static long differences(DmaBuffer buffer, float[] expected) throws AccelException {
        buffer.syncForCpu(0, buffer.sizeBytes());
        long wrong = 0;
        for (int i = 0; i < expected.length; i++) {
            wrong += buffer.bytes().getInt(Float.BYTES * i) == Float.floatToRawIntBits(expected[i]) ? 0 : 1;
        }
        return wrong;
    }
}
