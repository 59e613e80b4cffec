// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import java.util.List;
import java.util.Random;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaBuffer;
import org.saguaro.accel.zynq.device.DmaPool;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.FpgaDevice;
import org.saguaro.accel.zynq.device.Overlay;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.device.Overlay.EngineKind;

/** An opened device with one engine of each kind, and commands from end to end: buffers, packing, cache maintenance, engine. */
final class Rig implements AutoCloseable {

    static final Overlay OVERLAY = new Overlay(
            "all",
            "one engine of each kind",
            250_000_000,
            true,
            null,
            null,
            0,
            List.of(
                    new EngineDescription("conv0", EngineKind.CONV, 0xA000_0000L),
                    new EngineDescription("fft0", EngineKind.FFT, 0xA000_1000L),
                    new EngineDescription("zip0", EngineKind.ZIP, 0xA000_2000L)));

    final FpgaDevice device;
    final DmaPool pool;
    final ConvEngine conv;
    final FftEngine fft;
    final ZipEngine zip;
    long lastCycles;

    Rig(FpgaDevice device, EngineSettings settings) throws DeviceException {
        this.device = device;
        this.pool = new DmaPool(device.name(), device.memory());
        List<EnginePort> ports = device.load(OVERLAY);
        conv = new ConvEngine(ports.get(0), device.memory(), settings);
        fft = new FftEngine(ports.get(1), device.memory(), settings);
        zip = new ZipEngine(ports.get(2), device.memory(), settings);
    }

    /** What one layer is computed from. */
    static final class Data {
        final byte[] image;
        final byte[] weights;
        final int[] biases;
        final int[] scales;

        private Data(byte[] image, byte[] weights, int[] biases, int[] scales) {
            this.image = image;
            this.weights = weights;
            this.biases = biases;
            this.scales = scales;
        }

        static Data random(ConvShape shape, ConvFormat format, long seed) {
            Random random = new Random(seed);
            byte[] image = new byte[shape.inputChannels() * shape.inputHeight() * shape.inputWidth()];
            byte[] weights = new byte[shape.maxPool() ? 0 : shape.outputChannels() * shape.weightsPerOutput()];
            random.nextBytes(image);
            random.nextBytes(weights);
            int[] biases =
                    random.ints(shape.outputChannels(), -100_000, 100_000).toArray();
            double typical = 74 * 74 * Math.sqrt(shape.weightsPerOutput());
            int[] scales = random.doubles(shape.outputChannels(), 20 / typical, 60 / typical)
                    .mapToInt(scale -> format.kind() == ConvFormat.Kind.INT8
                            ? ConvFormat.requantise(scale)
                            : Float.floatToRawIntBits((float) scale))
                    .toArray();
            return new Data(image, weights, biases, scales);
        }
    }

    int[] run(ConvPlan plan, Data data) throws AccelException {
        try (DmaBuffer input = pool.allocate(plan.inputBytes());
                DmaBuffer weights = pool.allocate(plan.weightBytes());
                DmaBuffer output = pool.allocate(plan.outputBytes())) {
            plan.packInput(data.image, input.bytes());
            plan.packWeights(data.weights, data.biases, data.scales, weights.bytes());
            input.syncForDevice(0, plan.inputBytes());
            weights.syncForDevice(0, plan.weightBytes());
            lastCycles = conv.run(plan, input.physicalAddress(), weights.physicalAddress(), output.physicalAddress());
            output.syncForCpu(0, plan.outputBytes());
            return plan.unpackOutput(output.bytes());
        }
    }

    float[] fft(int points, boolean inverse, boolean scaled, int transforms, float[] data) throws AccelException {
        long bytes = 8L * points * transforms;
        try (DmaBuffer input = pool.allocate(bytes);
                DmaBuffer output = pool.allocate(bytes)) {
            put(data, input);
            lastCycles =
                    fft.run(points, inverse, scaled, transforms, input.physicalAddress(), output.physicalAddress());
            return get(output, data.length);
        }
    }

    float[] zip(ZipEngine.Operation operation, float[] a, float[] b) throws AccelException {
        try (DmaBuffer left = pool.allocate(4L * a.length);
                DmaBuffer right = pool.allocate(4L * a.length);
                DmaBuffer result = pool.allocate(4L * a.length)) {
            put(a, left);
            put(b, right);
            lastCycles = zip.run(
                    operation, a.length / 2, left.physicalAddress(), right.physicalAddress(), result.physicalAddress());
            return get(result, a.length);
        }
    }

    private static void put(float[] values, DmaBuffer buffer) throws AccelException {
        buffer.bytes().asFloatBuffer().put(0, values);
        buffer.syncForDevice(0, 4L * values.length);
    }

    private static float[] get(DmaBuffer buffer, int length) throws AccelException {
        float[] values = new float[length];
        buffer.syncForCpu(0, 4L * length);
        buffer.bytes().asFloatBuffer().get(0, values);
        return values;
    }

    @Override
    public void close() {
        device.close();
    }
}
