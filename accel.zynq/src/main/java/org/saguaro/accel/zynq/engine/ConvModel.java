// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/** What the convolution engine must compute, bit for bit: the reference that hardware, simulation and plans are held against. Slow and plain. */
public final class ConvModel {

    private ConvModel() {}

    /**
     * One image through one layer.
     *
     * @param format its kind says what the result is
     * @param image by channel, row, column
     * @param weights by output channel, input channel of the group, row, column; -128 counts as -127; empty for max pooling
     * @param biases one per output channel, or empty: 0
     * @param scales one per output channel, or empty: 1; as {@link ConvPlan#packWeights}
     * @return by channel, row, column: the integers, or the bits of the floats
     */
    public static int[] compute(
            ConvShape shape, ConvFormat format, byte[] image, byte[] weights, int[] biases, int[] scales) {
        int outputs = shape.outputHeight() * shape.outputWidth();
        int[] result = new int[shape.outputChannels() * outputs];
        int unit = format.kind() == ConvFormat.Kind.FLOAT32 ? Float.floatToRawIntBits(1) : 1;
        for (int channel = 0; channel < shape.outputChannels(); channel++) {
            int bias = biases.length == 0 ? 0 : biases[channel];
            int scale = scales.length == 0 ? unit : scales[channel];
            for (int y = 0; y < shape.outputHeight(); y++) {
                for (int x = 0; x < shape.outputWidth(); x++) {
                    int sum = shape.maxPool()
                            ? largest(shape, format, image, channel, y, x)
                            : bias + sum(shape, format, image, weights, channel, y, x);
                    result[channel * outputs + y * shape.outputWidth() + x] = finish(format, sum, scale);
                }
            }
        }
        return result;
    }

    private static int sum(ConvShape s, ConvFormat format, byte[] image, byte[] weights, int channel, int y, int x) {
        int inputs = s.inputChannels() / s.groups();
        int first = channel / (s.outputChannels() / s.groups()) * inputs;
        int sum = 0;
        for (int i = 0; i < inputs; i++) {
            for (int ky = 0; ky < s.kernelHeight(); ky++) {
                for (int kx = 0; kx < s.kernelWidth(); kx++) {
                    int weight = weights[((channel * inputs + i) * s.kernelHeight() + ky) * s.kernelWidth() + kx];
                    sum += Math.max(-Byte.MAX_VALUE, weight) * tap(s, format, image, first + i, y, x, ky, kx);
                }
            }
        }
        return sum;
    }

    private static int largest(ConvShape s, ConvFormat format, byte[] image, int channel, int y, int x) {
        int largest = Byte.MIN_VALUE;
        for (int ky = 0; ky < s.kernelHeight(); ky++) {
            for (int kx = 0; kx < s.kernelWidth(); kx++) {
                largest = Math.max(largest, tap(s, format, image, channel, y, x, ky, kx));
            }
        }
        return largest;
    }

    private static int tap(ConvShape s, ConvFormat format, byte[] image, int channel, int y, int x, int ky, int kx) {
        int row = y * s.strideHeight() + ky * s.dilationHeight() - s.padTop();
        int column = x * s.strideWidth() + kx * s.dilationWidth() - s.padLeft();
        return row >= 0 && row < s.inputHeight() && column >= 0 && column < s.inputWidth()
                ? image[(channel * s.inputHeight() + row) * s.inputWidth() + column]
                : format.padValue();
    }

    /**
     * What becomes of a sum.
     *
     * @param scale as the engine's parameter row has it
     */
    public static int finish(ConvFormat format, int sum, int scale) {
        return switch (format.kind()) {
            case INT32 -> sum;
            case FLOAT32 -> {
                float scaled = (float) sum * Float.intBitsToFloat(scale);
                float low = Float.intBitsToFloat(format.clampLow());
                float high = Float.intBitsToFloat(format.clampHigh());
                // NaN, from 0 times an infinite scale, passes: clamping is by order.
                yield Float.isNaN(scaled) ? 0x7FC00000 : Float.floatToRawIntBits(Math.min(Math.max(scaled, low), high));
            }
            case INT8 -> {
                long multiplier = scale & 0xFFFF;
                int shift = scale >>> 16 & 63;
                long rounded = (sum * multiplier + (1L << shift >> 1)) >> shift;
                long shifted = rounded + format.zeroPoint();
                yield (int) (shifted < format.clampLow() ? format.clampLow() : Math.min(shifted, format.clampHigh()));
            }
        };
    }
}
