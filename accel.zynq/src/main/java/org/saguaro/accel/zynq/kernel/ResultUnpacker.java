// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.engine.ConvPlan;
import org.saguaro.accel.zynq.kernel.Product.Order;

/**
 * Reads an engine's sums, adds those of all products of digits, scales them, adds bias and residual, applies the activation and writes float32 in
 * the layout of the graph: one pass over the result, in tiles that stay in the first-level cache.
 */
final class ResultUnpacker {

    /** Output channels of a tile: a cache line of sums. */
    private static final int TILE_CHANNELS = 16;

    private static final int TILE_PIXELS = 64;

    private final ConvPlan.Section[] sections;
    private final Order order;
    private final double[] factors;
    private final int parts;
    private final int partBytes;
    private final int pixels;
    private final int channels;
    private final int imagePixels;
    private final float[] bias;
    private final @Nullable Residual residual;
    private final @Nullable Activation activation;
    private final double[] tile = new double[TILE_CHANNELS * TILE_PIXELS];
    private final float[] line = new float[TILE_PIXELS];

    /**
     * @param plan whose output is read; of a strip of rows
     * @param imagePixels of the whole result that the strip is part of
     * @param bias per output channel
     */
    ResultUnpacker(
            ConvPlan plan,
            Order order,
            int imagePixels,
            Limbs.Term[] terms,
            float[] bias,
            @Nullable Residual residual,
            @Nullable Activation activation) {
        sections = plan.outputs().toArray(ConvPlan.Section[]::new);
        this.order = order;
        factors = Stream.of(terms).mapToDouble(Limbs.Term::factor).toArray();
        parts = plan.partialSums();
        partBytes = Math.toIntExact(plan.partBytes());
        pixels = plan.shape().outputHeight() * plan.shape().outputWidth();
        channels = plan.shape().outputChannels();
        this.imagePixels = imagePixels;
        this.bias = bias;
        this.residual = residual;
        this.activation = activation;
    }

    /**
     * Writes the strip's results.
     *
     * @param sums planes, one per product of digits, {@code plane} bytes each
     * @param scales what a sum counts, per output channel
     * @param corrections what is taken from each sum, per output channel: the activations' zero point times the sum of the weights
     * @param units what the activations' integers count: one per pixel, or one for all
     * @param firstUnit of the strip's first pixel
     * @param other the residual, of the result's layout; the target itself if there is none
     * @param first float of the strip's first pixel, channel 0, in the target
     */
    void unpack(
            ByteBuffer sums,
            int sumsOffset,
            int plane,
            double[] scales,
            double[] corrections,
            double[] units,
            int firstUnit,
            ByteBuffer other,
            ByteBuffer target,
            int first) {
        boolean perPixel = units.length > 1;
        for (ConvPlan.Section section : sections) {
            for (int channel = 0; channel < section.channels(); channel += TILE_CHANNELS) {
                int width = Math.min(TILE_CHANNELS, section.channels() - channel);
                for (int pixel = 0; pixel < pixels; pixel += TILE_PIXELS) {
                    int height = Math.min(TILE_PIXELS, pixels - pixel);
                    int at = sumsOffset
                            + Math.toIntExact(section.offset())
                            + pixel * section.pixelBytes()
                            + channel * Integer.BYTES;
                    add(sums, at, plane, section.pixelBytes(), width, height);
                    int output = section.firstChannel() + channel;
                    if (order == Order.PLANAR) {
                        for (int c = 0; c < width; c++) {
                            double unit = units[0] * scales[output + c];
                            scale(c, height, unit, corrections[output + c], bias[output + c]);
                            finish(other, target, first + (output + c) * imagePixels + pixel, height);
                        }
                    } else {
                        for (int p = 0; p < height; p++) {
                            double unit = units[perPixel ? firstUnit + pixel + p : 0];
                            scaleRow(p, width, unit, scales, corrections, output);
                            finish(other, target, first + (pixel + p) * channels + output, width);
                        }
                    }
                }
            }
        }
    }

    /** Sums of all planes and parts; a channel's pixels lie behind each other in the tile. */
    private void add(ByteBuffer sums, int at, int plane, int pixelBytes, int width, int height) {
        for (int term = 0; term < factors.length; term++) {
            double factor = factors[term];
            for (int part = 0; part < parts; part++) {
                int from = at + term * plane + part * partBytes;
                boolean first = term + part == 0;
                for (int c = 0; c < width; c++) {
                    int source = from + c * Integer.BYTES;
                    int to = c * TILE_PIXELS;
                    if (first) {
                        for (int p = 0; p < height; p++) {
                            tile[to + p] = factor * sums.getInt(source + p * pixelBytes);
                        }
                    } else {
                        for (int p = 0; p < height; p++) {
                            tile[to + p] += factor * sums.getInt(source + p * pixelBytes);
                        }
                    }
                }
            }
        }
    }

    private void scale(int channel, int height, double unit, double correction, float offset) {
        int from = channel * TILE_PIXELS;
        for (int p = 0; p < height; p++) {
            line[p] = (float) ((tile[from + p] - correction) * unit + offset);
        }
    }

    private void scaleRow(int pixel, int width, double unit, double[] scales, double[] corrections, int output) {
        for (int c = 0; c < width; c++) {
            double sum = tile[c * TILE_PIXELS + pixel] - corrections[output + c];
            line[c] = (float) (sum * unit * scales[output + c] + bias[output + c]);
        }
    }

    /** Residual and activation on the line, then out. */
    private void finish(ByteBuffer other, ByteBuffer target, int index, int count) {
        if (residual != null) {
            float alpha = residual.alpha();
            boolean otherFirst = residual.otherFirst();
            for (int i = 0; i < count; i++) {
                float added = other.getFloat((index + i) * Float.BYTES);
                line[i] = otherFirst ? added + alpha * line[i] : line[i] + alpha * added;
            }
        }
        if (activation != null) {
            activation.apply(line, count);
        }
        for (int i = 0; i < count; i++) {
            target.putFloat((index + i) * Float.BYTES, line[i]);
        }
    }
}
