// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.data.Offset.offset;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AdjustablePrecision;
import org.saguaro.accel.api.CalibratedKernel;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.zynq.Layers.Convolution;
import org.saguaro.accel.zynq.model.ModelDevice;
import org.saguaro.model.api.DType;

/** The error bounds of decision 16, against exact arithmetic. */
class PrecisionTest {

    private static final int LAYERS = 60;

    private Fpga fpga;
    private AdjustablePrecision pe;

    @BeforeEach
    void open() throws AccelException {
        fpga = Boards.open(new ModelDevice(32 << 20), Boards.NETWORKS);
        pe = (AdjustablePrecision) Boards.pe(fpga, "conv0");
    }

    @AfterEach
    void close() {
        fpga.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"INT8", "INT16", "FLOAT32"})
    void everyElementIsWithinTheBound(Precision precision) throws AccelException {
        double worst = 0;
        for (int seed = 0; seed < LAYERS; seed++) {
            Random random = new Random(seed);
            Convolution layer = layer(random);
            float[] weights = values(random, layer.weightCount());
            float[] inputs = values(random, layer.inputCount());
            float[] found = run(layer, weights, inputs, precision);
            for (int i = 0; i < found.length; i++) {
                Element element = new Element(layer, weights, inputs, i);
                double error = Math.abs(found[i] - element.exact);
                double bound = element.bound(layer, weights, inputs, i, precision);
                if (!(error <= bound)) {
                    fail(
                            "seed %d, %s, %s, element %d: should be %s within %s, found %s",
                            seed, precision, layer, i, element.exact, bound, found[i]);
                }
                worst = Math.max(worst, bound == 0 ? 0 : error / bound);
            }
        }
        // A bound that nothing comes near would show nothing.
        assertThat(worst).as("largest error of %s, of its bound", precision).isGreaterThan(0.05);
    }

    /** Exact sums of one element. */
    private static final class Element {
        double exact;
        double weights;
        double inputs;

        Element(Convolution layer, float[] w, float[] x, int index) {
            layer.forEachProduct(index, (output, input, weight) -> {
                exact += (double) x[input] * w[weight];
                weights += Math.abs(w[weight]);
                inputs += Math.abs(x[input]);
            });
        }

        double bound(Convolution layer, float[] w, float[] x, int index, Precision precision) {
            int channel = index / (layer.outputHeight() * layer.outputWidth());
            double largestWeight = 0;
            for (int i = 0; i < layer.depth(); i++) {
                largestWeight = Math.max(largestWeight, Math.abs(w[channel * layer.depth() + i]));
            }
            double largestInput = 0;
            boolean negative = false;
            for (float value : x) {
                largestInput = Math.max(largestInput, Math.abs(value));
                negative |= value < 0 || 1 / value < 0;
            }
            double limit;
            double leftOut;
            switch (precision) {
                case INT8 -> {
                    limit = 127;
                    leftOut = 0;
                }
                case INT16 -> {
                    limit = 32385;
                    leftOut = 127 * 127;
                }
                default -> {
                    limit = 8258175;
                    leftOut = 511 * 127 * 127;
                }
            }
            double unitX = largestInput / (precision == Precision.INT8 && !negative ? 255 : limit);
            double unitW = largestWeight / limit;
            double bound = weights * unitX / 2
                    + unitW / 2 * (inputs + layer.depth() * unitX / 2)
                    + leftOut * layer.depth() * unitX * unitW;
            // Double arithmetic on the way, then one rounding to float32.
            return bound * (1 + 1e-6) + Math.abs(exact) * 0x1p-23 + Float.MIN_VALUE;
        }
    }

    private static Convolution layer(Random random) {
        int kernel = 1 + random.nextInt(3);
        int groups = random.nextInt(4) == 0 ? 2 : 1;
        int inputs = groups * (1 + random.nextInt(20));
        int outputs = groups * (1 + random.nextInt(12));
        int padding = random.nextInt(kernel);
        return new Convolution(
                inputs,
                3 + random.nextInt(6),
                3 + random.nextInt(6),
                outputs,
                kernel,
                1 + random.nextInt(2),
                padding,
                1,
                groups);
    }

    /** Of many kinds: even, without signs, with outliers, tiny, huge, mostly zero, all zero. */
    private static float[] values(Random random, int count) {
        float[] values = new float[count];
        int kind = random.nextInt(8);
        float scale = (float) Math.pow(10, random.nextInt(9) - 4);
        for (int i = 0; i < count; i++) {
            values[i] = switch (kind) {
                case 0 -> scale * (2 * random.nextFloat() - 1);
                case 1 -> scale * random.nextFloat();
                case 2 -> scale * (float) (random.nextGaussian() * Math.exp(2 * random.nextGaussian()));
                case 3 -> 0x1p-136f * (random.nextInt(2001) - 1000);
                case 4 -> 0x1p60f * (2 * random.nextFloat() - 1);
                case 5 -> random.nextInt(10) == 0 ? scale : 0;
                case 6 -> random.nextBoolean() ? scale : -scale;
                default -> 0;
            };
        }
        return values;
    }

    // --- what is not finite ---

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"INT8", "INT16", "FLOAT32"})
    void inputsThatAreNotFiniteGoToAnotherPe(Precision precision) throws AccelException {
        Convolution layer = new Convolution(3, 5, 5, 4, 3, 1, 1, 1, 1);
        float[] weights = values(new Random(1), layer.weightCount());
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] inputs = new float[layer.inputCount()];
            inputs[17] = bad;
            assertThatThrownBy(() -> run(layer, weights, inputs, precision))
                    .isInstanceOfSatisfying(AccelException.class, e -> {
                        assertThat(e.category()).isEqualTo(AccelException.Category.UNSUPPORTED);
                        assertThat(e).hasMessageContaining("infinities or NaN");
                    });
        }
    }

    @Test
    void weightsThatAreNotFiniteAreNotPrepared() {
        Convolution layer = new Convolution(3, 5, 5, 4, 3, 1, 1, 1, 1);
        float[] weights = new float[layer.weightCount()];
        weights[5] = Float.NaN;
        long before = fpga.pool().usage().usedBytes();
        assertThatThrownBy(() -> pe.prepare(layer.graph(weights), Precision.INT8))
                .isInstanceOfSatisfying(
                        AccelException.class,
                        e -> assertThat(e.category()).isEqualTo(AccelException.Category.UNSUPPORTED));
        assertThat(fpga.pool().usage().usedBytes())
                .as("bytes in use after the refusal")
                .isEqualTo(before);
    }

    // --- calibration ---

    @Test
    void calibratedScalesStayAndSaturate() throws AccelException {
        Convolution layer = new Convolution(1, 4, 4, 1, 1, 1, 0, 1, 1);
        float[] sample = new float[layer.inputCount()];
        sample[0] = 1;
        float[] beyond = new float[layer.inputCount()];
        beyond[0] = 3;
        beyond[1] = -2;
        beyond[2] = 0.5f;
        try (Kernel kernel = pe.prepare(layer.graph(new float[] {1}), Precision.INT8);
                TensorBuffer input = new TensorBuffer(DType.FLOAT32, HostMemory.get());
                TensorBuffer output = new TensorBuffer(DType.FLOAT32, HostMemory.get())) {
            TensorBuffer[] inputs = {input};
            fill(input, layer, sample);
            ((CalibratedKernel) kernel).calibrate(inputs);
            fill(input, layer, beyond);
            kernel.execute(inputs, new TensorBuffer[] {output});
            float[] found = read(output);
            assertThat(found[0]).as("beyond the calibrated range").isEqualTo(1f);
            assertThat(found[1])
                    .as("below the calibrated range, which begins at 0")
                    .isEqualTo(0f);
            assertThat(found[2]).as("inside").isCloseTo(0.5f, offset(1f / 255));
        }
    }

    // --- what it costs ---

    @Test
    void passesAreAsDocumented() throws AccelException {
        Convolution layer = new Convolution(16, 8, 8, 16, 3, 1, 1, 1, 1);
        float[] weights = values(new Random(2), layer.weightCount());
        float[] inputs = new float[layer.inputCount()];
        for (var expected : Map.of(Precision.INT8, 1, Precision.INT16, 3, Precision.FLOAT32, 6)
                .entrySet()) {
            EnginePe fresh = Boards.pe(fpga, "conv0");
            pe = (AdjustablePrecision) fresh;
            run(layer, weights, inputs, expected.getKey());
            assertThat(fresh.cycleCount().commands())
                    .as("commands of %s", expected.getKey())
                    .isEqualTo((long) expected.getValue());
        }
    }

    private float[] run(Convolution layer, float[] weights, float[] inputs, Precision precision) throws AccelException {
        try (Kernel kernel = pe.prepare(layer.graph(weights), precision);
                TensorBuffer input = new TensorBuffer(DType.FLOAT32, HostMemory.get());
                TensorBuffer output = new TensorBuffer(DType.FLOAT32, HostMemory.get())) {
            fill(input, layer, inputs);
            kernel.execute(new TensorBuffer[] {input}, new TensorBuffer[] {output});
            return read(output);
        }
    }

    private static void fill(TensorBuffer input, Convolution layer, float[] values) throws AccelException {
        input.resize(1, layer.inputs(), layer.height(), layer.width());
        for (int i = 0; i < values.length; i++) {
            input.host().bytes().putFloat(Float.BYTES * i, values[i]);
        }
    }

    private static float[] read(TensorBuffer output) {
        float[] values = new float[(int) output.elementCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = output.host().bytes().getFloat(Float.BYTES * i);
        }
        return values;
    }
}
