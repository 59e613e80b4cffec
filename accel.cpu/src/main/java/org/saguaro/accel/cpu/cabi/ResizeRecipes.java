// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;

/**
 * Resizing of images and signals. Nearest neighbours are picked; every interpolation is linear and works along one dimension after the
 * other, so each dimension is multiplied by a matrix of weights.
 */
final class ResizeRecipes {

    /** Keys' parameter of cubic convolution, as PyTorch has it. */
    private static final double CUBIC = -0.75;

    /** The same where the image is smoothed, as PyTorch and Pillow have it. */
    private static final double SMOOTH_CUBIC = -0.5;

    /** How a value between samples is found. */
    private enum Kind {
        NEAREST,
        NEAREST_EXACT,
        LINEAR,
        CUBIC,
        /** With a filter as wide as the samples of the output are apart. */
        LINEAR_SMOOTHED,
        CUBIC_SMOOTHED
    }

    private ResizeRecipes() {}

    static void collect(Recipes.Book book) {
        for (int n = 1; n <= 3; n++) {
            add(book, "upsample_nearest" + n + "d", n, Kind.NEAREST);
            add(book, "_upsample_nearest_exact" + n + "d", n, Kind.NEAREST_EXACT);
        }
        add(book, "upsample_linear1d", 1, Kind.LINEAR);
        add(book, "upsample_bilinear2d", 2, Kind.LINEAR);
        add(book, "upsample_trilinear3d", 3, Kind.LINEAR);
        add(book, "upsample_bicubic2d", 2, Kind.CUBIC);
        add(book, "_upsample_bilinear2d_aa", 2, Kind.LINEAR_SMOOTHED);
        add(book, "_upsample_bicubic2d_aa", 2, Kind.CUBIC_SMOOTHED);
    }

    private static void add(Recipes.Book book, String op, int dims, Kind kind) {
        List<String> names = dims == 1
                ? List.of("scales")
                : dims == 2 ? List.of("scales_h", "scales_w") : List.of("scales_d", "scales_h", "scales_w");
        book.add(op, (t, a) -> {
            double[] scales = new double[dims];
            for (int d = 0; d < dims; d++) {
                scales[d] = a.value(names.get(d)) == null ? 0 : a.real(names.get(d));
            }
            return resize(t, a, a.tensor("self"), a.longs("output_size"), scales, kind);
        });
        book.add(op + ".vec", (t, a) -> {
            TensorHandle input = a.tensor("input");
            long[] sizes = a.maybeLongs("output_size");
            double[] scales = a.maybeReals("scale_factors");
            if (sizes == null) {
                if (scales == null) {
                    throw new IllegalArgumentException("output_size or scale_factors must be given");
                }
                sizes = new long[dims];
                for (int d = 0; d < dims; d++) {
                    sizes[d] = (long) ((double) t.size(input, t.rank(input) - dims + d) * scales[d]);
                }
            }
            return resize(t, a, input, sizes, scales == null ? new double[dims] : scales, kind);
        });
    }

    /** @param scales given by the caller, 0 where it gave none */
    private static TensorHandle resize(
            Aten t, Arguments a, TensorHandle input, long[] sizes, double[] scales, Kind kind) {
        int dims = sizes.length;
        int rank = t.rank(input);
        if (rank != dims + 2) {
            throw new IllegalArgumentException(
                    "input must have " + (dims + 2) + " dimensions, found " + t.describe(input));
        }
        boolean aligned = a.value("align_corners") != null && a.flag("align_corners");
        TensorHandle result = input;
        for (int d = 0; d < dims; d++) {
            int at = 2 + d;
            long from = t.size(input, at);
            if (from < 1 || sizes[d] < 1 || sizes[d] > Integer.MAX_VALUE) {
                throw new IllegalArgumentException("sizes must be positive, found " + from + " to become " + sizes[d]);
            }
            double step = step(from, sizes[d], scales[d], aligned);
            result = kind == Kind.NEAREST || kind == Kind.NEAREST_EXACT
                    ? ViewRecipes.pick(t, result, at, nearest(from, (int) sizes[d], step, kind))
                    : interpolate(t, result, at, weights(from, (int) sizes[d], step, aligned, kind));
        }
        return t.dense(result);
    }

    /** Samples of the input for one of the output. */
    private static double step(long from, long to, double scale, boolean aligned) {
        if (aligned) {
            return to > 1 ? (double) (from - 1) / (to - 1) : 0;
        }
        return scale > 0 ? 1 / scale : (double) from / to;
    }

    private static long[] nearest(long from, int to, double step, Kind kind) {
        long[] indices = new long[to];
        for (int i = 0; i < to; i++) {
            // In float, as PyTorch computes it: a rounding decides about a sample.
            float at = kind == Kind.NEAREST_EXACT ? (i + 0.5f) * (float) step : i * (float) step;
            indices[i] = Math.min((long) Math.floor(at), from - 1);
        }
        return indices;
    }

    /** For each sample of the output, the weights of those of the input. */
    private static double[][] weights(long from, int to, double step, boolean aligned, Kind kind) {
        if (kind == Kind.LINEAR_SMOOTHED || kind == Kind.CUBIC_SMOOTHED) {
            return smoothed(from, to, step, kind);
        }
        double[][] weights = new double[to][(int) from];
        for (int i = 0; i < to; i++) {
            double at = aligned ? i * step : (i + 0.5) * step - 0.5;
            if (kind == Kind.LINEAR) {
                at = Math.max(at, 0);
            }
            int base = (int) Math.floor(at);
            double share = at - base;
            if (kind == Kind.LINEAR) {
                base = (int) Math.min(base, from - 1);
                weights[i][base] += 1 - share;
                weights[i][(int) Math.min(base + 1, from - 1)] += share;
            } else {
                for (int k = -1; k <= 2; k++) {
                    int sample = (int) Math.max(0, Math.min(from - 1, base + k));
                    weights[i][sample] += cubic(Math.abs(share - k), CUBIC);
                }
            }
        }
        return weights;
    }

    private static double[][] smoothed(long from, int to, double step, Kind kind) {
        double[][] weights = new double[to][(int) from];
        double width = Math.max(step, 1);
        double support = (kind == Kind.LINEAR_SMOOTHED ? 1 : 2) * width;
        for (int i = 0; i < to; i++) {
            double centre = step * (i + 0.5);
            int first = (int) Math.max(0, (long) (centre - support + 0.5));
            int end = (int) Math.min(from, (long) (centre + support + 0.5));
            double sum = 0;
            for (int k = first; k < end; k++) {
                double x = Math.abs((k - centre + 0.5) / width);
                double weight = kind == Kind.LINEAR_SMOOTHED ? Math.max(0, 1 - x) : x < 2 ? cubic(x, SMOOTH_CUBIC) : 0;
                weights[i][k] = weight;
                sum += weight;
            }
            for (int k = first; k < end && sum != 0; k++) {
                weights[i][k] /= sum;
            }
        }
        return weights;
    }

    private static double cubic(double x, double a) {
        return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
    }

    private static TensorHandle interpolate(Aten t, TensorHandle input, int dim, double[][] weights) {
        int to = weights.length;
        int from = weights[0].length;
        double[] flat = new double[to * from];
        for (int i = 0; i < to; i++) {
            System.arraycopy(weights[i], 0, flat, i * from, from);
        }
        DType type = t.type(input);
        TensorHandle matrix = t.of(type, flat, to, from);
        long last = t.rank(input) - 1L;
        TensorHandle moved = dim == last ? input : t.op("transpose.int", input, (long) dim, last);
        @Nullable TensorHandle none = null;
        TensorHandle result = t.op("linear", moved, matrix, none);
        return dim == last ? result : t.op("transpose.int", result, (long) dim, last);
    }
}
