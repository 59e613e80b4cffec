// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import java.nio.ByteBuffer;
import java.util.List;
import org.saguaro.accel.zynq.engine.ConvPlan.Section;

/**
 * What the three buffers of a plan look like.
 *
 * @param weights what each run of commands multiplies with, one behind the other
 */
record ConvLayout(
        Folding folding,
        int inputHeight,
        int inputWidth,
        List<Section> inputs,
        List<Section> outputs,
        List<WeightBlock> weights,
        long inputBytes,
        long weightBytes,
        long partBytes,
        int partialSums) {

    /**
     * The weights from some input to some output channels, tile by tile; channels are counted after folding.
     *
     * @param blockStep from the first block of 16 input channels of a tile to that of the next
     * @param biased whether the biases are in it: they are in one of the parts of a sum
     */
    record WeightBlock(
            long offset,
            int firstInput,
            int inputs,
            int firstOutput,
            int outputs,
            int tiles,
            int tileChannels,
            int blocksPerTile,
            int blockStep,
            boolean biased) {}

    void packWeights(ConvPlan plan, byte[] values, int[] biases, int[] scales, ByteBuffer target) {
        ConvShape shape = plan.shape();
        int outputs = shape.outputChannels();
        if ((!shape.maxPool() && values.length != outputs * shape.weightsPerOutput())
                || (biases.length != 0 && biases.length != outputs)
                || (scales.length != 0 && scales.length != outputs)) {
            throw new IllegalArgumentException("found " + values.length + " weights, " + biases.length + " biases and "
                    + scales.length + " scales for " + shape);
        }
        int rowBytes = ConvArray.BLOCK * plan.array().lanes();
        int rows = folding == Folding.KERNEL ? 1 : shape.kernelHeight();
        int columns = folding == Folding.NONE ? shape.kernelWidth() : 1;
        // By index: products of activations are packed per execution, without garbage.
        for (int b = 0; b < weights.size(); b++) {
            WeightBlock block = weights.get(b);
            int at = Math.toIntExact(block.offset());
            for (int tile = 0; tile < block.tiles(); tile++) {
                parameters(plan, block, tile, biases, scales, target, at, rowBytes);
                at += rowBytes;
                int steps = shape.maxPool() ? 0 : rows * columns * block.blocksPerTile();
                for (int step = 0; step < steps; step++) {
                    int tap = step / block.blocksPerTile();
                    int input = (tile * block.blockStep() + step % block.blocksPerTile()) * ConvArray.BLOCK;
                    for (int lane = 0; lane < plan.array().lanes(); lane++) {
                        lane(shape, block, tile * block.tileChannels() + lane, tap, input, values, target, at);
                        at += ConvArray.BLOCK;
                    }
                }
            }
        }
    }

    private static void parameters(
            ConvPlan plan,
            WeightBlock block,
            int tile,
            int[] biases,
            int[] scales,
            ByteBuffer target,
            int at,
            int rowBytes) {
        int unit = plan.format().kind() == ConvFormat.Kind.FLOAT32 ? Float.floatToRawIntBits(1) : 1;
        for (int i = 0; i < rowBytes; i += Long.BYTES) {
            target.putLong(at + i, 0);
        }
        for (int lane = 0; lane < block.tileChannels(); lane++) {
            int output = tile * block.tileChannels() + lane;
            if (output < block.outputs()) {
                int channel = block.firstOutput() + output;
                int word = at + lane * ConvArray.BLOCK;
                target.putInt(word, block.biased() && biases.length != 0 ? biases[channel] : 0);
                target.putInt(word + Integer.BYTES, scales.length == 0 ? unit : scales[channel]);
            }
        }
    }

    /**
     * The weights of 16 input channels for one output channel.
     *
     * @param output counted in the block
     * @param tap of the engine's kernel, row by row
     * @param firstInput counted in the block
     */
    private void lane(
            ConvShape shape,
            WeightBlock block,
            int output,
            int tap,
            int firstInput,
            byte[] values,
            ByteBuffer target,
            int at) {
        long low = 0;
        long high = 0;
        if (output < block.outputs()) {
            int channel = block.firstOutput() + output;
            int groupInputs = shape.inputChannels() / shape.groups();
            int groupFirst = channel / (shape.outputChannels() / shape.groups()) * groupInputs;
            int taps = shape.kernelHeight() * shape.kernelWidth();
            int base = channel * groupInputs * taps;
            int count = Math.min(ConvArray.BLOCK, block.inputs() - firstInput);
            for (int i = 0; i < count; i++) {
                int input = block.firstInput() + firstInput + i;
                int original = folding == Folding.NONE ? input - groupFirst : input % shape.inputChannels();
                if (original >= 0 && original < groupInputs) {
                    byte value = values[base + original * taps + tap(shape, tap, input)];
                    long bits = (value == Byte.MIN_VALUE ? -Byte.MAX_VALUE : value) & 0xFFL;
                    if (i < Long.BYTES) {
                        low |= bits << (i * Byte.SIZE);
                    } else {
                        high |= bits << ((i - Long.BYTES) * Byte.SIZE);
                    }
                }
            }
        }
        target.putLong(at, low);
        target.putLong(at + Long.BYTES, high);
    }

    /** The layer's tap for the engine's tap and input channel. */
    private int tap(ConvShape shape, int tap, int input) {
        return switch (folding) {
            case NONE -> tap;
            case COLUMNS -> tap * shape.kernelWidth() + input / shape.inputChannels();
            case KERNEL -> input / shape.inputChannels();
        };
    }

    void packInput(ConvPlan plan, byte[] image, ByteBuffer target) {
        ConvShape shape = plan.shape();
        int pixels = shape.inputHeight() * shape.inputWidth();
        if (image.length != shape.inputChannels() * pixels) {
            throw new IllegalArgumentException("found " + image.length + " values for " + shape);
        }
        byte outside = (byte) plan.format().padValue();
        for (Section section : inputs) {
            byte[] pixel = new byte[section.pixelBytes()];
            for (int y = 0; y < inputHeight; y++) {
                for (int x = 0; x < inputWidth; x++) {
                    for (int c = 0; c < section.channels(); c++) {
                        int channel = section.firstChannel() + c;
                        int row = y;
                        int column = x;
                        if (folding != Folding.NONE) {
                            int tap = channel / shape.inputChannels();
                            channel %= shape.inputChannels();
                            int kx = folding == Folding.COLUMNS ? tap : tap % shape.kernelWidth();
                            column = x * shape.strideWidth() + kx * shape.dilationWidth() - shape.padLeft();
                            if (folding == Folding.KERNEL) {
                                row = y * shape.strideHeight()
                                        + tap / shape.kernelWidth() * shape.dilationHeight()
                                        - shape.padTop();
                            }
                        }
                        boolean inside =
                                row >= 0 && row < shape.inputHeight() && column >= 0 && column < shape.inputWidth();
                        pixel[c] = inside ? image[channel * pixels + row * shape.inputWidth() + column] : outside;
                    }
                    long at = section.offset() + ((long) y * inputWidth + x) * section.pixelBytes();
                    target.put(Math.toIntExact(at), pixel);
                }
            }
        }
    }
}
