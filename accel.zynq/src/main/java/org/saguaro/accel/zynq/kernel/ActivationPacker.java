// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import org.saguaro.accel.zynq.engine.ConvPlan;
import org.saguaro.accel.zynq.engine.ConvShape;
import org.saguaro.accel.zynq.engine.Folding;
import org.saguaro.accel.zynq.kernel.Product.Order;

/**
 * Writes float32 activations as digits into an engine's input buffers: scales, rounds, splits and changes the layout in one pass. One plane per
 * digit, the lowest first. Eight channels are gathered into one store, so that every line of the target is written once.
 */
final class ActivationPacker {

    /** Channels per store. */
    private static final int GROUP = Long.BYTES;

    private final ConvPlan plan;
    private final ConvShape shape;
    private final ConvPlan.Section[] sections;
    private final int limbs;
    /** Floats from one channel to the next, from one pixel to the next. */
    private final int channelStride;

    private final int pixelStride;
    /** Floats from one image row to the next. */
    private final int rowStride;

    private int planeBytes;
    private int zeroPoint;
    private double low;
    private double high;

    /**
     * @param plan whose input is written; of a strip of rows
     * @param imagePixels of the whole image that the strip is part of
     */
    ActivationPacker(ConvPlan plan, Order order, int imagePixels, int limbs) {
        this.plan = plan;
        this.limbs = limbs;
        shape = plan.shape();
        sections = plan.inputs().toArray(ConvPlan.Section[]::new);
        channelStride = order == Order.PLANAR ? imagePixels : 1;
        pixelStride = order == Order.PLANAR ? 1 : shape.inputChannels();
        rowStride = pixelStride * shape.inputWidth();
    }

    /**
     * Writes the planes.
     *
     * @param source holds the tensor
     * @param first float of the strip's first pixel, channel 0
     * @param inverses integers per unit: one per pixel, or one for all
     * @param firstInverse of the strip's first pixel
     * @param zero integer that stands for 0; only with one limb
     * @param target planes, one behind the other, each {@code plane} bytes long
     */
    void pack(
            ByteBuffer source,
            int first,
            double[] inverses,
            int firstInverse,
            int zero,
            ByteBuffer target,
            int targetOffset,
            int plane) {
        planeBytes = plane;
        zeroPoint = zero;
        // Dynamic scales reach the limits, calibrated ones may exceed them.
        high = zero == 0 ? Limbs.limit(limbs) : Limbs.DIGIT;
        low = zero == 0 ? -high : -Limbs.DIGIT - 1;
        boolean perPixel = inverses.length > 1;
        for (ConvPlan.Section section : sections) {
            int at = targetOffset + Math.toIntExact(section.offset());
            if (plan.folding() != Folding.NONE) {
                packFolded(source, first, inverses[0], target, at, section);
            } else if (perPixel || pixelStride != 1) {
                packRows(source, first, inverses, perPixel ? firstInverse : 0, perPixel, target, at, section);
            } else {
                packPlanes(source, first, inverses[0], target, at, section);
            }
        }
    }

    private int quantise(ByteBuffer source, int index, double inverse) {
        double scaled = source.getFloat(index * Float.BYTES) * inverse + zeroPoint;
        return Quantised.round(Math.max(low, Math.min(high, scaled)));
    }

    // --- pictures ---

    private void packPlanes(
            ByteBuffer source, int first, double inverse, ByteBuffer target, int at, ConvPlan.Section section) {
        int pixels = shape.inputHeight() * shape.inputWidth();
        int whole = section.channels() / GROUP * GROUP;
        for (int channel = 0; channel < whole; channel += GROUP) {
            int from = first + (section.firstChannel() + channel) * channelStride;
            switch (limbs) {
                case 1 -> planes1(source, from, inverse, target, at + channel, section.pixelBytes(), pixels);
                case 2 -> planes2(source, from, inverse, target, at + channel, section.pixelBytes(), pixels);
                default -> planes3(source, from, inverse, target, at + channel, section.pixelBytes(), pixels);
            }
        }
        for (int channel = whole; channel < section.channels(); channel++) {
            int from = first + (section.firstChannel() + channel) * channelStride;
            for (int pixel = 0; pixel < pixels; pixel++) {
                put(target, at + pixel * section.pixelBytes() + channel, quantise(source, from + pixel, inverse));
            }
        }
    }

    private void planes1(
            ByteBuffer source, int from, double inverse, ByteBuffer target, int at, int pixelBytes, int pixels) {
        int stride = channelStride;
        for (int pixel = 0; pixel < pixels; pixel++) {
            long word = 0;
            for (int i = GROUP - 1; i >= 0; i--) {
                word = (word << 8) | (quantise(source, from + pixel + i * stride, inverse) & 0xff);
            }
            target.putLong(at + pixel * pixelBytes, word);
        }
    }

    private void planes2(
            ByteBuffer source, int from, double inverse, ByteBuffer target, int at, int pixelBytes, int pixels) {
        int stride = channelStride;
        for (int pixel = 0; pixel < pixels; pixel++) {
            long digit0 = 0;
            long digit1 = 0;
            for (int i = GROUP - 1; i >= 0; i--) {
                int q = quantise(source, from + pixel + i * stride, inverse);
                int upper = Limbs.upper(q);
                digit0 = (digit0 << 8) | ((q - Limbs.RADIX * upper) & 0xff);
                digit1 = (digit1 << 8) | (upper & 0xff);
            }
            target.putLong(at + pixel * pixelBytes, digit0);
            target.putLong(at + pixel * pixelBytes + planeBytes, digit1);
        }
    }

    private void planes3(
            ByteBuffer source, int from, double inverse, ByteBuffer target, int at, int pixelBytes, int pixels) {
        int stride = channelStride;
        for (int pixel = 0; pixel < pixels; pixel++) {
            long digit0 = 0;
            long digit1 = 0;
            long digit2 = 0;
            for (int i = GROUP - 1; i >= 0; i--) {
                int q = quantise(source, from + pixel + i * stride, inverse);
                int upper = Limbs.upper(q);
                int top = Limbs.upper(upper);
                digit0 = (digit0 << 8) | ((q - Limbs.RADIX * upper) & 0xff);
                digit1 = (digit1 << 8) | ((upper - Limbs.RADIX * top) & 0xff);
                digit2 = (digit2 << 8) | (top & 0xff);
            }
            int to = at + pixel * pixelBytes;
            target.putLong(to, digit0);
            target.putLong(to + planeBytes, digit1);
            target.putLong(to + 2 * planeBytes, digit2);
        }
    }

    // --- rows of a matrix, and anything whose pixels have scales of their own ---

    private void packRows(
            ByteBuffer source,
            int first,
            double[] inverses,
            int firstInverse,
            boolean perPixel,
            ByteBuffer target,
            int at,
            ConvPlan.Section section) {
        int pixels = shape.inputHeight() * shape.inputWidth();
        int stride = channelStride;
        for (int pixel = 0; pixel < pixels; pixel++) {
            double inverse = inverses[perPixel ? firstInverse + pixel : 0];
            int from = first + pixel * pixelStride + section.firstChannel() * stride;
            int to = at + pixel * section.pixelBytes();
            for (int channel = 0; channel < section.channels(); channel++) {
                put(target, to + channel, quantise(source, from + channel * stride, inverse));
            }
        }
    }

    // --- taps as channels ---

    private void packFolded(
            ByteBuffer source, int first, double inverse, ByteBuffer target, int at, ConvPlan.Section section) {
        boolean rows = plan.folding() == Folding.KERNEL;
        int height = plan.inputHeight();
        int width = plan.inputWidth();
        int channels = shape.inputChannels();
        for (int c = 0; c < section.channels(); c++) {
            int folded = section.firstChannel() + c;
            int channel = folded % channels;
            int tap = folded / channels;
            int kx = tap % shape.kernelWidth();
            int ky = tap / shape.kernelWidth();
            int from = first + channel * channelStride;
            int firstX = kx * shape.dilationWidth() - shape.padLeft();
            for (int y = 0; y < height; y++) {
                int sourceY = rows ? y * shape.strideHeight() + ky * shape.dilationHeight() - shape.padTop() : y;
                boolean insideRow = sourceY >= 0 && sourceY < shape.inputHeight();
                int to = at + y * width * section.pixelBytes() + c;
                for (int x = 0; x < width; x++) {
                    int sourceX = firstX + x * shape.strideWidth();
                    boolean inside = insideRow && sourceX >= 0 && sourceX < shape.inputWidth();
                    int q = inside
                            ? quantise(source, from + sourceY * rowStride + sourceX * pixelStride, inverse)
                            : zeroPoint;
                    put(target, to + x * section.pixelBytes(), q);
                }
            }
        }
    }

    private void put(ByteBuffer target, int at, int value) {
        int q = value;
        int to = at;
        for (int limb = 1; limb < limbs; limb++) {
            int upper = Limbs.upper(q);
            target.put(to, (byte) (q - Limbs.RADIX * upper));
            q = upper;
            to += planeBytes;
        }
        target.put(to, (byte) q);
    }
}
