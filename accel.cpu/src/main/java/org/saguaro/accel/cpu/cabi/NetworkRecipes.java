// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;

/** Convolutions, pooling, normalisation and padding: what networks are made of and takes lists. */
final class NetworkRecipes {

    private NetworkRecipes() {}

    static void collect(Recipes.Book book) {
        for (int n = 1; n <= 3; n++) {
            int dims = n;
            book.add("conv" + n + "d", (t, a) -> convolve(t, a, dims, a.longs("padding"), false));
            book.add("conv" + n + "d.padding", (t, a) -> convolveNamed(t, a, dims));
            book.add(
                    n == 1 ? "conv_transpose1d" : "conv_transpose" + n + "d.input",
                    (t, a) -> convolve(t, a, dims, a.longs("padding"), true));
        }
        book.add(
                        "max_pool1d",
                        (t, a) -> flat(
                                t,
                                a.tensor("self"),
                                x -> t.op(
                                        "max_pool2d_with_indices",
                                        x,
                                        lifted(a.longs("kernel_size"), 1),
                                        a.longs("stride").length == 0 ? new Object[0] : lifted(a.longs("stride"), 1),
                                        lifted(a.longs("padding"), 0),
                                        lifted(a.longs("dilation"), 1),
                                        a.flag("ceil_mode"))))
                .add(
                        "avg_pool1d",
                        (t, a) -> flat(
                                t,
                                a.tensor("self"),
                                x -> t.op(
                                        "avg_pool2d",
                                        x,
                                        lifted(a.longs("kernel_size"), 1),
                                        a.longs("stride").length == 0 ? new Object[0] : lifted(a.longs("stride"), 1),
                                        lifted(a.longs("padding"), 0),
                                        a.flag("ceil_mode"),
                                        a.flag("count_include_pad"))))
                .add(
                        "adaptive_avg_pool1d",
                        (t, a) -> flat(
                                t,
                                a.tensor("self"),
                                x -> t.op("_adaptive_avg_pool2d", x, lifted(a.longs("output_size"), 1))))
                .add(
                        "adaptive_avg_pool2d",
                        (t, a) -> t.op("_adaptive_avg_pool2d", a.tensor("self"), a.value("output_size")))
                .add(
                        "adaptive_avg_pool3d",
                        (t, a) -> t.op("_adaptive_avg_pool3d", a.tensor("self"), a.value("output_size")));
        for (String op : List.of("max_pool2d", "max_pool3d")) {
            book.add(
                    op,
                    (t, a) -> t.op(
                            op + "_with_indices",
                            a.tensor("self"),
                            a.value("kernel_size"),
                            a.value("stride"),
                            a.value("padding"),
                            a.value("dilation"),
                            a.flag("ceil_mode")));
        }
        book.add("layer_norm", NetworkRecipes::layerNorm)
                .add("native_layer_norm", NetworkRecipes::layerNormAndMoments)
                .add("rms_norm", NetworkRecipes::rmsNorm);
        book.add("constant_pad_nd", (t, a) -> padConstant(t, a.tensor("self"), a.longs("pad"), a.value("value")))
                .add("pad", NetworkRecipes::pad)
                .add("_pad_circular", (t, a) -> padFrom(t, a.tensor("self"), a.longs("pad"), Border.CIRCULAR));
        for (int n = 1; n <= 3; n++) {
            book.add(
                    "reflection_pad" + n + "d",
                    (t, a) -> padFrom(t, a.tensor("self"), a.longs("padding"), Border.REFLECT));
            book.add(
                    "replication_pad" + n + "d",
                    (t, a) -> padFrom(t, a.tensor("self"), a.longs("padding"), Border.REPLICATE));
        }
    }

    // ---- convolutions

    private static TensorHandle convolve(Aten t, Arguments a, int dims, long[] padding, boolean transposed) {
        TensorHandle input = a.tensor("input");
        boolean single = t.rank(input) == dims + 1;
        TensorHandle batch = single ? ViewRecipes.unsqueeze(t, input, 0) : input;
        TensorHandle weight = a.tensor("weight");
        if (t.rank(weight) != dims + 2) {
            throw new IllegalArgumentException(
                    "weight must have " + (dims + 2) + " dimensions, found " + t.describe(weight));
        }
        Object[] none = new Object[dims];
        Arrays.fill(none, 0L);
        TensorHandle result = t.function(
                "convolution",
                batch,
                weight,
                a.maybeTensor("bias"),
                a.value("stride"),
                Arguments.list(padding),
                a.value("dilation"),
                transposed,
                transposed ? Objects.requireNonNull(a.value("output_padding")) : none,
                a.integer("groups"));
        return single ? ViewRecipes.squeeze(t, result, 0) : result;
    }

    private static TensorHandle convolveNamed(Aten t, Arguments a, int dims) {
        long[] padding = new long[dims];
        if (a.text("padding").equals("valid")) {
            return convolve(t, a, dims, padding, false);
        }
        TensorHandle weight = a.tensor("weight");
        long[] dilation = a.longs("dilation");
        if (!a.text("padding").equals("same")
                || Arrays.stream(a.longs("stride")).anyMatch(s -> s != 1)) {
            throw new IllegalArgumentException("padding must be valid, or same with a stride of 1, found "
                    + a.text("padding") + " and " + Arrays.toString(a.longs("stride")));
        }
        long[] extra = new long[2 * dims];
        boolean uneven = false;
        for (int d = 0; d < dims; d++) {
            long total = dilation[d] * (t.size(weight, d + 2) - 1);
            padding[d] = total / 2;
            extra[2 * (dims - 1 - d) + 1] = total % 2;
            uneven |= total % 2 != 0;
        }
        if (!uneven) {
            return convolve(t, a, dims, padding, false);
        }
        TensorHandle padded = padConstant(t, a.tensor("input"), extra, 0.0);
        @Nullable
        Object[] values = {
            padded,
            weight,
            a.maybeTensor("bias"),
            a.value("stride"),
            Arguments.list(padding),
            a.value("dilation"),
            a.integer("groups")
        };
        return convolve(t, new Arguments(t.ways().schema("conv" + dims + "d"), values, 1), dims, padding, false);
    }

    // ---- pooling

    /** A computation on images of one row. */
    private interface Images {
        TensorHandle of(TensorHandle images);
    }

    private static TensorHandle flat(Aten t, TensorHandle self, Images computation) {
        int rank = t.rank(self);
        if (rank != 2 && rank != 3) {
            throw new IllegalArgumentException("a signal must have 2 or 3 dimensions, found " + t.describe(self));
        }
        return ViewRecipes.squeeze(t, computation.of(ViewRecipes.unsqueeze(t, self, rank - 1)), -2);
    }

    private static Object[] lifted(long[] values, long first) {
        return Arguments.list(first, values[0]);
    }

    // ---- normalisation

    private static TensorHandle matrix(Aten t, TensorHandle input, long[] normalized) {
        long[] sizes = t.sizes(input);
        int outer = sizes.length - normalized.length;
        for (int d = 0; d < normalized.length; d++) {
            if (outer < 0 || sizes[outer + d] != normalized[d]) {
                throw new IllegalArgumentException(
                        "the last sizes must be " + Arrays.toString(normalized) + ", found " + t.describe(input));
            }
        }
        long elements = Arrays.stream(normalized).reduce(1, (x, y) -> x * y);
        return ViewRecipes.reshape(t, input, elements == 0 ? 0 : t.count(input) / elements, elements);
    }

    private static @Nullable TensorHandle line(Aten t, @Nullable TensorHandle tensor) {
        return tensor == null ? null : ViewRecipes.reshape(t, tensor, -1);
    }

    /** As group normalisation in which each row is one group, and each of its elements a channel. */
    private static TensorHandle layerNorm(Aten t, Arguments a) {
        TensorHandle input = a.tensor("input");
        TensorHandle rows = matrix(t, input, a.longs("normalized_shape"));
        TensorHandle channels = ViewRecipes.unsqueeze(t, rows, 2);
        TensorHandle normal = t.op(
                "group_norm",
                channels,
                1L,
                line(t, a.maybeTensor("weight")),
                line(t, a.maybeTensor("bias")),
                a.real("eps"));
        return ViewRecipes.reshape(t, normal, t.sizes(input));
    }

    private static Object[] layerNormAndMoments(Aten t, Arguments a) {
        TensorHandle input = a.tensor("input");
        long[] sizes = t.sizes(input);
        long[] normalized = a.longs("normalized_shape");
        TensorHandle rows = matrix(t, input, normalized);
        TensorHandle mean = ReductionRecipes.mean(t, rows);
        TensorHandle squares = ReductionRecipes.mean(t, t.op("mul.Tensor", rows, rows));
        TensorHandle variance = ArithmeticRecipes.subtract(t, squares, t.op("mul.Tensor", mean, mean), 1L);
        TensorHandle eps = t.number(a.real("eps"), variance);
        TensorHandle rstd = t.op("rsqrt", ArithmeticRecipes.add(t, variance, eps, 1L));
        long[] outer = sizes.clone();
        Arrays.fill(outer, sizes.length - normalized.length, sizes.length, 1);
        return new Object[] {layerNorm(t, a), ViewRecipes.reshape(t, mean, outer), ViewRecipes.reshape(t, rstd, outer)};
    }

    private static TensorHandle rmsNorm(Aten t, Arguments a) {
        TensorHandle input = a.tensor("input");
        TensorHandle rows = matrix(t, input, a.longs("normalized_shape"));
        double eps = a.value("eps") == null
                ? (t.type(input) == DType.FLOAT64 ? Math.ulp(1.0) : Math.ulp(1f))
                : a.real("eps");
        TensorHandle mean = ReductionRecipes.mean(t, t.op("mul.Tensor", rows, rows));
        TensorHandle scale = t.op("rsqrt", ArithmeticRecipes.add(t, mean, t.number(eps, mean), 1L));
        TensorHandle normal = t.op("mul.Tensor", rows, ViewRecipes.reshape(t, scale, -1, 1));
        TensorHandle weight = line(t, a.maybeTensor("weight"));
        TensorHandle weighed = weight == null ? normal : t.op("mul.Tensor", normal, weight);
        return ViewRecipes.reshape(t, weighed, t.sizes(input));
    }

    // ---- padding

    /** What stands beyond the border. */
    private enum Border {
        REFLECT,
        REPLICATE,
        CIRCULAR
    }

    private static TensorHandle pad(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        long[] pad = a.longs("pad");
        return switch (a.text("mode")) {
            case "constant" -> padConstant(t, self, pad, a.value("value"));
            case "reflect" -> padFrom(t, self, pad, Border.REFLECT);
            case "replicate" -> padFrom(t, self, pad, Border.REPLICATE);
            case "circular" -> padFrom(t, self, pad, Border.CIRCULAR);
            default ->
                throw new IllegalArgumentException(
                        "mode must be constant, reflect, replicate or circular, found " + a.text("mode"));
        };
    }

    /** @param pad before and after, the last dimension first; negative to cut off */
    static TensorHandle padConstant(Aten t, TensorHandle self, long[] pad, @Nullable Object value) {
        int rank = t.rank(self);
        checkPad(rank, pad);
        TensorHandle inner = self;
        long[] sizes = t.sizes(self);
        long[] starts = new long[rank];
        for (int i = 0; i < pad.length / 2; i++) {
            int d = rank - 1 - i;
            long before = pad[2 * i];
            long after = pad[2 * i + 1];
            long from = Math.max(0, -before);
            long length = sizes[d] - from - Math.max(0, -after);
            inner = ViewRecipes.slice(t, inner, d, from, length);
            starts[d] = Math.max(0, before);
            sizes[d] += before + after;
        }
        TensorHandle result = MakingRecipes.full(t, t.type(self), value == null ? (Object) 0L : value, sizes);
        TensorHandle middle = result;
        for (int d = 0; d < rank; d++) {
            middle = ViewRecipes.slice(t, middle, d, starts[d], t.size(inner, d));
        }
        t.copy(middle, inner);
        return result;
    }

    private static void checkPad(int rank, long[] pad) {
        if (pad.length % 2 != 0 || pad.length / 2 > rank) {
            throw new IllegalArgumentException(
                    "pad must be pairs for at most " + rank + " dimensions, found " + Arrays.toString(pad));
        }
    }

    private static TensorHandle padFrom(Aten t, TensorHandle self, long[] pad, Border border) {
        int rank = t.rank(self);
        checkPad(rank, pad);
        TensorHandle result = self;
        for (int i = 0; i < pad.length / 2; i++) {
            int d = rank - 1 - i;
            long size = t.size(self, d);
            long[] indices = new long[Math.toIntExact(Math.max(0, size + pad[2 * i] + pad[2 * i + 1]))];
            for (int k = 0; k < indices.length; k++) {
                indices[k] = inside(k - pad[2 * i], size, border);
            }
            result = ViewRecipes.pick(t, result, d, indices);
        }
        return result;
    }

    private static long inside(long at, long size, Border border) {
        long found = switch (border) {
            case REPLICATE -> Math.max(0, Math.min(size - 1, at));
            case CIRCULAR -> at < 0 ? at + size : at >= size ? at - size : at;
            case REFLECT -> at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
        };
        if (found < 0 || found >= size) {
            throw new IllegalArgumentException(
                    "padding must be smaller than the " + size + " elements that it repeats");
        }
        return found;
    }
}
