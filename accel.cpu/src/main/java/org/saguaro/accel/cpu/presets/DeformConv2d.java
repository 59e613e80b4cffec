// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * {@code torchvision::deform_conv2d}: a convolution whose taps are moved by learned offsets and, in version 2, weighted by a mask; between
 * pixels it interpolates bilinearly, outside the image it finds zeros. The moved taps of an image are gathered into columns, which
 * libtorch multiplies with the weight.
 *
 * <p>Dai et al., Deformable Convolutional Networks, ICCV 2017; Zhu et al., Deformable ConvNets v2, CVPR 2019.
 */
final class DeformConv2d {

    static final String SCHEMA = "torchvision::deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor mask, "
            + "Tensor bias, SymInt stride_h, SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, "
            + "SymInt dilation_w, SymInt groups, SymInt offset_groups, bool use_mask) -> Tensor";

    private final Tensor input;
    private final Tensor weight;
    private final Tensor bias;
    private final Elements image;
    private final Elements offset;
    private final Elements mask;
    private final boolean masked;
    private final int[] stride;
    private final int[] padding;
    private final int[] dilation;
    private final int groups;
    private final int offsetGroups;
    private final int channels;
    private final int height;
    private final int width;
    private final int kernelHeight;
    private final int kernelWidth;
    private final int outHeight;
    private final int outWidth;
    private final int[][] corner;
    private final double[][] share;

    private DeformConv2d(IValueVector arguments) {
        input = VisionOperators.computable(tensor(arguments, 0, 4));
        weight = like(tensor(arguments, 1, 4));
        Tensor offsets = like(tensor(arguments, 2, 4));
        masked = arguments.get(13).toBool();
        Tensor masks = masked ? like(tensor(arguments, 3, 4)) : offsets;
        bias = like(tensor(arguments, 4, 1));
        stride = pair(arguments, 5, 1);
        padding = pair(arguments, 7, 0);
        dilation = pair(arguments, 9, 1);
        groups = positive("groups", arguments.get(11).toInt());
        offsetGroups = positive("offset_groups", arguments.get(12).toInt());
        channels = Math.toIntExact(input.size(1));
        height = Math.toIntExact(input.size(2));
        width = Math.toIntExact(input.size(3));
        kernelHeight = Math.toIntExact(weight.size(2));
        kernelWidth = Math.toIntExact(weight.size(3));
        outHeight = extent(height, 0, kernelHeight);
        outWidth = extent(width, 1, kernelWidth);
        check(offsets, masks);
        image = Elements.of(input);
        offset = Elements.of(offsets);
        mask = Elements.of(masks);
        corner = new int[4][outHeight * outWidth];
        share = new double[4][outHeight * outWidth];
    }

    /** A tensor of {@code [images, outputs, height, width]}. */
    static Tensor call(IValueVector arguments) {
        Tensor given = arguments.get(0).toTensor();
        return new DeformConv2d(arguments).convolve().toType(given.scalar_type());
    }

    private static Tensor tensor(IValueVector arguments, int index, int rank) {
        Tensor tensor = arguments.get(index).toTensor();
        if (tensor.dim() != rank) {
            throw new IllegalArgumentException(
                    "argument " + index + " must have " + rank + " dimensions, found " + tensor.dim());
        }
        return tensor;
    }

    private Tensor like(Tensor tensor) {
        return tensor.toType(input.scalar_type()).contiguous();
    }

    private static int[] pair(IValueVector arguments, int index, int least) {
        int[] pair = new int[2];
        for (int i = 0; i < 2; i++) {
            pair[i] = Math.toIntExact(arguments.get(index + i).toInt());
            if (pair[i] < least) {
                throw new IllegalArgumentException(
                        "argument " + (index + i) + " must be at least " + least + ", found " + pair[i]);
            }
        }
        return pair;
    }

    private static int positive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive, found " + value);
        }
        return Math.toIntExact(value);
    }

    private int extent(int size, int axis, int kernel) {
        int free = size + 2 * padding[axis] - (dilation[axis] * (kernel - 1) + 1);
        if (free < 0) {
            throw new IllegalArgumentException("the kernel must not be larger than the padded image of "
                    + (size + 2 * padding[axis]) + ", found " + (dilation[axis] * (kernel - 1) + 1));
        }
        return free / stride[axis] + 1;
    }

    private void check(Tensor offsets, Tensor masks) {
        int taps = kernelHeight * kernelWidth;
        long[] moved = {input.size(0), 2L * offsetGroups * taps, outHeight, outWidth};
        long[] weighed = {input.size(0), (long) offsetGroups * taps, outHeight, outWidth};
        boolean fits = weight.size(1) * groups == channels
                && weight.size(0) % groups == 0
                && channels % offsetGroups == 0
                && bias.size(0) == weight.size(0);
        for (int d = 0; d < 4; d++) {
            fits &= offsets.size(d) == moved[d] && (!masked || masks.size(d) == weighed[d]);
        }
        if (!fits) {
            throw new IllegalArgumentException("sizes of weight, offset, mask and bias must match an input of "
                    + channels + " channels, " + groups + " groups, " + offsetGroups + " offset groups and a result of "
                    + outHeight + " x " + outWidth);
        }
    }

    private Tensor convolve() {
        int positions = outHeight * outWidth;
        int taps = kernelHeight * kernelWidth;
        long outputs = weight.size(0);
        Tensor result = torch.empty(new long[] {input.size(0), outputs, outHeight, outWidth}, input.options(), null);
        Tensor columns =
                torch.empty(new long[] {groups, (long) channels / groups * taps, positions}, input.options(), null);
        Tensor matrices = weight.view(groups, outputs / groups, (long) channels / groups * taps);
        Elements target = Elements.of(columns);
        for (int n = 0; n < input.size(0); n++) {
            gather(n, target);
            result.select(0, n).copy_(matrices.bmm(columns).view(outputs, outHeight, outWidth));
        }
        return result.add_(bias.view(1, -1, 1, 1));
    }

    private void gather(int n, Elements columns) {
        int taps = kernelHeight * kernelWidth;
        int positions = outHeight * outWidth;
        int perGroup = channels / offsetGroups;
        for (int group = 0; group < offsetGroups; group++) {
            for (int tap = 0; tap < taps; tap++) {
                place(n, group, tap);
                for (int c = group * perGroup; c < (group + 1) * perGroup; c++) {
                    int plane = (n * channels + c) * height * width;
                    int row = (c * taps + tap) * positions;
                    for (int p = 0; p < positions; p++) {
                        double sum = 0;
                        for (int k = 0; k < 4; k++) {
                            // Not a product with zero: the pixel that stands in may be infinite.
                            if (share[k][p] != 0) {
                                sum += share[k][p] * image.get(plane + corner[k][p]);
                            }
                        }
                        columns.set(row + p, sum);
                    }
                }
            }
        }
    }

    /** For every position of one tap, the four pixels around it and their shares. */
    private void place(int n, int group, int tap) {
        int positions = outHeight * outWidth;
        int taps = kernelHeight * kernelWidth;
        int moved = ((n * offsetGroups + group) * taps + tap) * 2 * positions;
        int weighed = ((n * offsetGroups + group) * taps + tap) * positions;
        for (int p = 0; p < positions; p++) {
            double y = image.round(
                    (p / outWidth) * stride[0] - padding[0] + tap / kernelWidth * dilation[0] + offset.get(moved + p));
            double x = image.round((p % outWidth) * stride[1]
                    - padding[1]
                    + tap % kernelWidth * dilation[1]
                    + offset.get(moved + positions + p));
            double factor = masked ? mask.get(weighed + p) : 1;
            int top = (int) Math.floor(y);
            int left = (int) Math.floor(x);
            double down = y - top;
            double right = x - left;
            place(p, 0, top, left, factor * (1 - down) * (1 - right));
            place(p, 1, top, left + 1, factor * (1 - down) * right);
            place(p, 2, top + 1, left, factor * down * (1 - right));
            place(p, 3, top + 1, left + 1, factor * down * right);
        }
    }

    private void place(int position, int k, int y, int x, double part) {
        boolean inside = y >= 0 && y < height && x >= 0 && x < width;
        corner[k][position] = inside ? y * width + x : 0;
        share[k][position] = inside ? part : 0;
    }
}
