// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;

/** Reductions over a list of dimensions: these become the last dimension of a matrix, whose rows are reduced. */
final class ReductionRecipes {

    private static final Long ONE = 1L;
    private static final Long LAST = -1L;

    private ReductionRecipes() {}

    static void collect(Recipes.Book book) {
        book.add("sum.dim_IntList", (t, a) -> overDims(t, a, x -> sum(t, typed(t, a, x))))
                .add("mean.dim", (t, a) -> overDims(t, a, x -> mean(t, typed(t, a, x))))
                .add("amax", (t, a) -> overDims(t, a, x -> extreme(t, "max.dim", x, false)))
                .add("amin", (t, a) -> overDims(t, a, x -> extreme(t, "min.dim", x, false)))
                .add("any.dims", (t, a) -> overDims(t, a, x -> t.op("any.dim", x, LAST, false)))
                .add("all.dims", (t, a) -> overDims(t, a, x -> t.op("all.dim", x, LAST, false)))
                .add("logsumexp", (t, a) -> overDims(t, a, x -> logSumExp(t, x)))
                .add("var.correction", (t, a) -> overDims(t, a, x -> variance(t, a, x)))
                .add("std.correction", (t, a) -> overDims(t, a, x -> t.op("sqrt", variance(t, a, x))))
                .add("var_mean.correction", (t, a) ->
                        new Object[] {overDims(t, a, x -> variance(t, a, x)), overDims(t, a, x -> mean(t, x))})
                .add("std_mean.correction", (t, a) -> new Object[] {
                    overDims(t, a, x -> t.op("sqrt", variance(t, a, x))), overDims(t, a, x -> mean(t, x))
                })
                .add("var.dim", (t, a) -> overDims(t, a, x -> variance(t, a, x)))
                .add("std.dim", (t, a) -> overDims(t, a, x -> t.op("sqrt", variance(t, a, x))))
                .add("linalg_vector_norm", (t, a) -> overDims(t, a, x -> norm(t, typed(t, a, x), a.real("ord"))))
                .add("norm.ScalarOpt_dim", (t, a) -> overDims(t, a, x -> norm(t, x, order(a))))
                .add("linalg_matrix_norm.str_ord", ReductionRecipes::matrixNorm)
                .add("renorm", ReductionRecipes::renormalized)
                .add("trapezoid.dx", (t, a) -> {
                    TensorHandle y = a.tensor("y");
                    double[] at = new double[Math.toIntExact(t.size(y, ViewRecipes.dim(t, y, a.integer("dim"))))];
                    for (int i = 0; i < at.length; i++) {
                        at[i] = i * a.real("dx");
                    }
                    DType type = t.type(y).isFloatingPoint() ? t.type(y) : DType.FLOAT32;
                    return t.op("trapezoid.x", y, t.of(type, at, at.length), a.integer("dim"));
                })
                .add(
                        "count_nonzero.dim_IntList",
                        (t, a) -> overDims(t, a, x -> sum(t, t.op("ne.Tensor", x, t.number(0L, x)))));
    }

    private static TensorHandle extreme(Aten t, String op, TensorHandle matrix, boolean keep) {
        return (TensorHandle) Objects.requireNonNull(t.ops(op, 2, matrix, LAST, keep)[0]);
    }

    private static double order(Arguments a) {
        return a.value("p") == null ? 2 : a.real("p");
    }

    private static TensorHandle typed(Aten t, Arguments a, TensorHandle x) {
        Long code = a.maybeInteger("dtype");
        DType dtype = code == null ? null : ElementTypes.ofCode(code);
        return dtype == null ? x : t.to(x, dtype);
    }

    private static TensorHandle overDims(Aten t, Arguments a, UnaryOperator<TensorHandle> rows) {
        return overDims(
                t, a.tensor("self"), a.maybeLongs("dim"), a.value("keepdim") != null && a.flag("keepdim"), rows);
    }

    /**
     * Reduces dimensions.
     *
     * @param dims which; null or none for all
     * @param rows reduces each row of a dense matrix
     */
    static TensorHandle overDims(
            Aten t, TensorHandle self, long @Nullable [] dims, boolean keep, UnaryOperator<TensorHandle> rows) {
        long[] sizes = t.sizes(self);
        boolean[] reduced = new boolean[sizes.length];
        if (dims == null || dims.length == 0) {
            Arrays.fill(reduced, true);
        } else {
            for (long d : dims) {
                int at = ViewRecipes.dim(d, sizes.length);
                if (sizes.length > 0) {
                    if (reduced[at]) {
                        throw new IllegalArgumentException(
                                "a dimension must come once, found " + Arrays.toString(dims));
                    }
                    reduced[at] = true;
                }
            }
        }
        List<Long> order = new ArrayList<>();
        List<Long> result = new ArrayList<>();
        long kept = 1;
        for (int d = 0; d < sizes.length; d++) {
            if (!reduced[d]) {
                order.add((long) d);
                kept *= sizes[d];
            }
            if (!reduced[d] || keep) {
                result.add(reduced[d] ? 1 : sizes[d]);
            }
        }
        long elements = 1;
        for (int d = 0; d < sizes.length; d++) {
            if (reduced[d]) {
                order.add((long) d);
                elements *= sizes[d];
            }
        }
        TensorHandle moved = ViewRecipes.permute(
                t, self, order.stream().mapToLong(Long::longValue).toArray());
        TensorHandle matrix = ViewRecipes.reshape(t, moved, kept, elements);
        return ViewRecipes.reshape(
                t,
                rows.apply(matrix),
                result.stream().mapToLong(Long::longValue).toArray());
    }

    /** Of each row; whole numbers become int64. */
    static TensorHandle sum(Aten t, TensorHandle matrix) {
        DType type = t.type(matrix);
        if (!ElementTypes.isIntegral(type)) {
            TensorHandle ones = ViewRecipes.expand(t, t.to(t.scalar(1.0, DType.FLOAT32), type), t.size(matrix, 1));
            return t.op("mv", t.dense(matrix), t.dense(ones));
        }
        if (t.size(matrix, 1) == 0) {
            return t.op("zeros_like", ViewRecipes.slice(t, t.empty(DType.INT64, t.size(matrix, 0), 1), 1, 0, 1));
        }
        TensorHandle running = t.op("cumsum", t.to(matrix, DType.INT64), 1L, null);
        return ViewRecipes.slice(t, running, 1, t.size(matrix, 1) - 1, 1);
    }

    static TensorHandle mean(Aten t, TensorHandle matrix) {
        if (ElementTypes.isIntegral(t.type(matrix))) {
            throw new IllegalArgumentException(
                    "a mean must be of floating-point or complex elements, found " + t.type(matrix));
        }
        TensorHandle sum = sum(t, matrix);
        return t.op("div.Tensor", sum, t.number((double) t.size(matrix, 1), sum));
    }

    private static TensorHandle centred(Aten t, TensorHandle matrix) {
        TensorHandle mean = ViewRecipes.reshape(t, mean(t, matrix), -1, 1);
        return ArithmeticRecipes.subtract(t, matrix, mean, ONE);
    }

    /** Population variance times n/(n - correction). */
    private static TensorHandle variance(Aten t, Arguments a, TensorHandle matrix) {
        double correction = a.value("correction") != null
                ? a.real("correction")
                : a.value("unbiased") != null && !a.flag("unbiased") ? 0 : 1;
        TensorHandle off = centred(t, matrix);
        TensorHandle squares = sum(t, t.op("mul.Tensor", off, off));
        double freedom = Math.max(0, t.size(matrix, 1) - correction);
        return t.op("div.Tensor", squares, t.number(freedom, squares));
    }

    private static TensorHandle logSumExp(Aten t, TensorHandle matrix) {
        TensorHandle largest = extreme(t, "max.dim", matrix, true);
        TensorHandle finite = t.op("nan_to_num", largest, null, 0.0, 0.0);
        TensorHandle moved = t.op("exp", ArithmeticRecipes.subtract(t, matrix, finite, ONE));
        TensorHandle log = t.op("log", sum(t, moved));
        return ArithmeticRecipes.add(t, log, ViewRecipes.reshape(t, finite, -1), ONE);
    }

    private static TensorHandle matrixNorm(Aten t, Arguments a) {
        if (!a.text("ord").equals("fro")) {
            throw new IllegalArgumentException("ord must be fro here, found " + a.text("ord"));
        }
        return overDims(t, a, x -> norm(t, typed(t, a, x), 2));
    }

    /** Each slice of a dimension, made shorter where its norm is larger than allowed. */
    private static TensorHandle renormalized(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        long[] sizes = t.sizes(self);
        int at = ViewRecipes.dim(a.integer("dim"), sizes.length);
        long[] others = new long[sizes.length - 1];
        for (int d = 0, i = 0; d < sizes.length; d++) {
            if (d != at) {
                others[i++] = d;
            }
        }
        TensorHandle norms = overDims(t, self, others, true, x -> norm(t, x, a.real("p")));
        TensorHandle most = t.number(a.real("maxnorm"), norms);
        // As PyTorch has it, so that the result is not longer than allowed.
        TensorHandle factor = t.op("div.Tensor", most, ArithmeticRecipes.add(t, norms, t.number(1e-7, norms), ONE));
        TensorHandle ones = t.op("ones_like", norms);
        TensorHandle scale = t.op("where.self", t.op("gt.Tensor", norms, most), factor, ones);
        return t.op("mul.Tensor", self, scale);
    }

    private static TensorHandle norm(Aten t, TensorHandle matrix, double order) {
        TensorHandle size = t.op("abs", matrix);
        if (order == Double.POSITIVE_INFINITY) {
            return extreme(t, "max.dim", size, false);
        }
        if (order == Double.NEGATIVE_INFINITY) {
            return extreme(t, "min.dim", size, false);
        }
        if (order == 0) {
            return t.to(sum(t, t.op("ne.Tensor", size, t.number(0L, size))), t.type(size));
        }
        if (order == 1) {
            return sum(t, size);
        }
        if (order == 2) {
            return t.op("sqrt", sum(t, t.op("mul.Tensor", size, size)));
        }
        TensorHandle powers = t.op("pow.Tensor_Tensor", size, t.number(order, size));
        TensorHandle sum = sum(t, powers);
        return t.op("pow.Tensor_Tensor", sum, t.number(1 / order, sum));
    }
}
