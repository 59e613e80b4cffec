// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import java.nio.ByteBuffer;
import java.util.List;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.engine.ConvFormat.Kind;

/**
 * How a convolution engine computes one image of a layer: the commands, and what the three buffers look like that they work on. Immutable.
 *
 * <p>Input, weights and output are each one buffer, beginning at a multiple of 16. An image is stored pixel by pixel, row by row, the channels of a pixel
 * padded to a multiple of 16. Usually there is one such image per buffer; a layer whose groups or channels do not suit the array is cut into
 * sections, each an image with some of the channels.
 *
 * <p>If a sum is too deep for the weight memory, {@link #partialSums} is above 1: the output then has INT32 elements whatever was asked for, and consists
 * of so many outputs of {@link #partBytes} bytes, one behind the other, which the caller adds ({@link #addParts}) and scales itself.
 */
public final class ConvPlan {

    private final ConvShape shape;
    private final ConvFormat format;
    private final ConvArray array;
    private final ConvLayout layout;
    private final List<ConvCommand> commands;
    private final long expectedCycles;

    ConvPlan(ConvShape shape, ConvFormat format, ConvArray array, ConvLayout layout, List<ConvCommand> commands) {
        this.shape = shape;
        this.format = format;
        this.array = array;
        this.layout = layout;
        this.commands = List.copyOf(commands);
        this.expectedCycles =
                commands.stream().mapToLong(ConvCommand::expectedCycles).sum();
    }

    /**
     * The plan with the fewest expected cycles.
     *
     * @throws AccelException {@code UNSUPPORTED} if the engine cannot compute it; the message says why
     */
    public static ConvPlan of(ConvShape shape, ConvFormat format, ConvArray array) throws AccelException {
        return new ConvPlanner(shape, format, array).plan();
    }

    /** What is computed. */
    public ConvShape shape() {
        return shape;
    }

    /** What was asked for, or INT32 if there are {@link #partialSums}. */
    public ConvFormat format() {
        return format;
    }

    /** The engine that it is made for. */
    public ConvArray array() {
        return array;
    }

    /** To be run one after the other, in any order. */
    public List<ConvCommand> commands() {
        return commands;
    }

    /** Whether taps are channels of the input's pixels. */
    public Folding folding() {
        return layout.folding();
    }

    /** Rows of pixels in the input buffer; not the layer's if taps are folded. */
    public int inputHeight() {
        return layout.inputHeight();
    }

    /** Columns; as {@link #inputHeight}. */
    public int inputWidth() {
        return layout.inputWidth();
    }

    /** The images in the input buffer, every channel in one of them. Channels are counted after folding. */
    public List<Section> inputs() {
        return layout.inputs();
    }

    /** The images in the output buffer, or in each part of it, every channel in one of them. */
    public List<Section> outputs() {
        return layout.outputs();
    }

    /** Size of the input buffer. */
    public long inputBytes() {
        return layout.inputBytes();
    }

    /** Size of the weight buffer. */
    public long weightBytes() {
        return layout.weightBytes();
    }

    /** Size of the output buffer. */
    public long outputBytes() {
        return layout.partBytes() * layout.partialSums();
    }

    /** How many outputs must be added; see above. */
    public int partialSums() {
        return layout.partialSums();
    }

    /** Size of one of them. */
    public long partBytes() {
        return layout.partBytes();
    }

    /** What all commands should take, a memory latency of 40 cycles assumed. */
    public long expectedCycles() {
        return expectedCycles;
    }

    /**
     * A part of the channels of an image in a buffer.
     *
     * @param firstChannel of these
     * @param channels how many
     * @param offset of the first pixel, in bytes
     * @param pixelBytes from one pixel to the next
     */
    public record Section(int firstChannel, int channels, long offset, int pixelBytes) {}

    /**
     * Writes the weight buffer, without garbage.
     *
     * @param weights by output channel, input channel of the group, kernel row, kernel column; -128 counts as -127; not read for max pooling
     * @param biases one per output channel, or empty: 0
     * @param scales one per output channel, or empty: 1 (the bits of a float, or as {@link ConvFormat#requantise}); not used for INT32
     * @param target little-endian; written from its index 0 on
     */
    public void packWeights(byte[] weights, int[] biases, int[] scales, ByteBuffer target) {
        layout.packWeights(this, weights, biases, scales, target);
    }

    /**
     * Writes the input buffer.
     *
     * @param image by channel, row, column
     * @param target written from its index 0 on; bytes of channels that do not exist are written 0
     */
    public void packInput(byte[] image, ByteBuffer target) {
        layout.packInput(this, image, target);
    }

    /** Adds the parts of an INT32 output into the first one; does nothing if there is only one. */
    public void addParts(ByteBuffer output) {
        int part = Math.toIntExact(layout.partBytes());
        for (int i = 1; i < layout.partialSums(); i++) {
            for (int at = 0; at < part; at += Integer.BYTES) {
                output.putInt(at, output.getInt(at) + output.getInt(i * part + at));
            }
        }
    }

    /**
     * Reads the output buffer, parts being added.
     *
     * @return by channel, row, column: the integers, or the bits of the floats
     */
    public int[] unpackOutput(ByteBuffer output) {
        int[] elements = new int[Math.multiplyExact(shape.outputChannels(), pixels())];
        for (Section section : outputs()) {
            for (int pixel = 0; pixel < pixels(); pixel++) {
                int at = Math.toIntExact(section.offset() + (long) pixel * section.pixelBytes());
                for (int c = 0; c < section.channels(); c++) {
                    elements[(section.firstChannel() + c) * pixels() + pixel] =
                            element(output, at + c * format.kind().bytes());
                }
            }
        }
        return elements;
    }

    private int element(ByteBuffer output, int at) {
        if (format.kind() == Kind.INT8) {
            return output.get(at);
        }
        int sum = output.getInt(at);
        for (int part = 1; part < partialSums(); part++) {
            sum += output.getInt(Math.toIntExact(at + part * partBytes()));
        }
        return sum;
    }

    private int pixels() {
        return shape.outputHeight() * shape.outputWidth();
    }

    @Override
    public String toString() {
        return shape + ": " + commands.size() + " commands, " + partialSums() + " partial sums, folding " + folding()
                + ", " + expectedCycles + " cycles";
    }
}
