// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code torchvision::roi_align}: each region of interest is cut into bins, and a bin's value is the mean of bilinear samples on a
 * regular grid inside it. Samples outside the image by more than one pixel count as zero.
 *
 * <p>He et al., Mask R-CNN, ICCV 2017, section 3. Where samples lie is computed in the element type, as torchvision does,
 * because the number of samples depends on it; sums are kept in double.
 */
final class RoiAlign {

    static final String SCHEMA = "torchvision::roi_align(Tensor input, Tensor rois, float spatial_scale, "
            + "SymInt pooled_height, SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor";

    private final Elements image;
    private final Elements regions;
    private final int height;
    private final int width;
    private final double scale;
    private final int pooledHeight;
    private final int pooledWidth;
    private final int samplingRatio;
    private final boolean aligned;

    private RoiAlign(IValueVector arguments, Tensor input, Tensor rois) {
        image = Elements.of(input);
        regions = Elements.of(rois);
        height = Math.toIntExact(input.size(2));
        width = Math.toIntExact(input.size(3));
        scale = image.round(arguments.get(2).toDouble());
        pooledHeight = Math.toIntExact(arguments.get(3).toInt());
        pooledWidth = Math.toIntExact(arguments.get(4).toInt());
        samplingRatio = Math.toIntExact(arguments.get(5).toInt());
        aligned = arguments.get(6).toBool();
    }

    /** A tensor of {@code [regions, channels, pooled_height, pooled_width]}. */
    static Tensor call(IValueVector arguments) {
        Tensor given = arguments.get(0).toTensor();
        Tensor rois = arguments.get(1).toTensor();
        if (given.dim() != 4) {
            throw new IllegalArgumentException("input must be a tensor of 4 dimensions, found " + given.dim());
        }
        if (rois.dim() != 2 || rois.size(1) != 5) {
            throw new IllegalArgumentException("rois must be a tensor of [regions, 5], found " + rois.dim()
                    + " dimensions" + (rois.dim() == 2 ? " and " + rois.size(1) + " columns" : ""));
        }
        Tensor input = VisionOperators.computable(given);
        RoiAlign pooling =
                new RoiAlign(arguments, input, rois.toType(input.scalar_type()).contiguous());
        if (pooling.pooledHeight < 0 || pooling.pooledWidth < 0) {
            throw new IllegalArgumentException(
                    "pooled sizes must be non-negative, found " + pooling.pooledHeight + " x " + pooling.pooledWidth);
        }
        int channels = Math.toIntExact(input.size(1));
        Tensor result = torch.empty(
                new long[] {rois.size(0), channels, pooling.pooledHeight, pooling.pooledWidth}, input.options(), null);
        Elements target = Elements.of(result);
        for (int region = 0; region < rois.size(0); region++) {
            pooling.pool(region, Math.toIntExact(input.size(0)), channels, target);
        }
        return result.toType(given.scalar_type());
    }

    private void pool(int region, int images, int channels, Elements target) {
        double index = regions.get(5 * region);
        int chosen = (int) index;
        if (!(index >= 0 && index < images)) {
            throw new IllegalArgumentException(
                    "region " + region + " must be of one of the " + images + " images, found image " + index);
        }
        Axis vertical = new Axis(region, 1, height, pooledHeight);
        Axis horizontal = new Axis(region, 0, width, pooledWidth);
        double count = Math.max(vertical.grid * horizontal.grid, 1);
        int plane = height * width;
        int at = region * channels * pooledHeight * pooledWidth;
        for (int c = 0; c < channels; c++) {
            int base = (chosen * channels + c) * plane;
            for (int row = 0; row < pooledHeight; row++) {
                for (int column = 0; column < pooledWidth; column++) {
                    double sum = 0;
                    for (int y = row * vertical.grid; y < (row + 1) * vertical.grid; y++) {
                        for (int x = column * horizontal.grid; x < (column + 1) * horizontal.grid; x++) {
                            sum += sample(base, vertical, y, horizontal, x);
                        }
                    }
                    target.set(at++, sum / count);
                }
            }
        }
    }

    private double sample(int base, Axis vertical, int y, Axis horizontal, int x) {
        if (vertical.low[y] < 0 || horizontal.low[x] < 0) {
            return 0;
        }
        int top = base + vertical.low[y] * width;
        int bottom = base + vertical.high[y] * width;
        double left = 1 - horizontal.fraction[x];
        double right = horizontal.fraction[x];
        double above = left * image.get(top + horizontal.low[x]) + right * image.get(top + horizontal.high[x]);
        double below = left * image.get(bottom + horizontal.low[x]) + right * image.get(bottom + horizontal.high[x]);
        return (1 - vertical.fraction[y]) * above + vertical.fraction[y] * below;
    }

    /** The samples of a region along one axis, bin by bin: the pixels beside each (negative outside) and how far it lies between. */
    private final class Axis {
        final int grid;
        final int[] low;
        final int[] high;
        final double[] fraction;

        /**
         * @param column of the region's first bound, less one
         * @param size pixels
         * @param bins that the region is cut into
         */
        Axis(int region, int column, int size, int bins) {
            double offset = aligned ? 0.5 : 0;
            double start = scaled(region, column + 1, offset);
            double extent = image.round(scaled(region, column + 3, offset) - start);
            if (!aligned) {
                extent = Math.max(extent, 1);
            }
            double bin = image.round(extent / bins);
            grid = samplingRatio > 0 ? samplingRatio : Math.max(0, (int) Math.ceil(bin));
            low = new int[bins * grid];
            high = new int[bins * grid];
            fraction = new double[bins * grid];
            for (int i = 0; i < bins; i++) {
                double from = image.round(start + image.round(i * bin));
                for (int k = 0; k < grid; k++) {
                    place(i * grid + k, image.round(from + image.round(image.round((k + 0.5) * bin) / grid)), size);
                }
            }
        }

        private double scaled(int region, int column, double offset) {
            return image.round(image.round(regions.get(5 * region + column) * scale) - offset);
        }

        private void place(int i, double position, int size) {
            if (!(position >= -1 && position <= size)) {
                low[i] = -1;
                return;
            }
            double inside = Math.max(position, 0);
            low[i] = Math.min((int) inside, size - 1);
            high[i] = Math.min(low[i] + 1, size - 1);
            fraction[i] = low[i] == size - 1 ? 0 : image.round(inside - low[i]);
        }
    }
}
