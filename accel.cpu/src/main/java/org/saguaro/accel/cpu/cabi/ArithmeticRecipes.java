// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.SignalOps;

/** Arithmetic element by element, with factors that are numbers of unknown type; activations; matrix products with factors. */
final class ArithmeticRecipes {

    private static final Long ONE = 1L;

    private ArithmeticRecipes() {}

    static void collect(Recipes.Book book) {
        book.add("add.Tensor", (t, a) -> add(t, a.tensor("self"), a.tensor("other"), number(a, "alpha")))
                .add("sub.Tensor", (t, a) -> subtract(t, a.tensor("self"), a.tensor("other"), number(a, "alpha")))
                .add("rsub.Tensor", (t, a) -> subtract(t, a.tensor("other"), a.tensor("self"), number(a, "alpha")))
                .add(
                        "addcmul",
                        (t, a) -> add(
                                t,
                                a.tensor("self"),
                                t.op("mul.Tensor", a.tensor("tensor1"), a.tensor("tensor2")),
                                number(a, "value")))
                .add(
                        "addcdiv",
                        (t, a) -> add(
                                t,
                                a.tensor("self"),
                                t.op("div.Tensor", a.tensor("tensor1"), a.tensor("tensor2")),
                                number(a, "value")))
                .add("div.Tensor_mode", ArithmeticRecipes::divide)
                .add("addmm", (t, a) -> product(t, a, t.op("mm", a.tensor("mat1"), a.tensor("mat2"))))
                .add("addmv", (t, a) -> product(t, a, t.op("mv", a.tensor("mat"), a.tensor("vec"))))
                .add("baddbmm", (t, a) -> product(t, a, t.op("bmm", a.tensor("batch1"), a.tensor("batch2"))))
                .add("addr", (t, a) -> product(t, a, t.op("outer", a.tensor("vec1"), a.tensor("vec2"))))
                .add("linalg_multi_dot", (t, a) -> {
                    TensorHandle[] factors = a.tensors("tensors");
                    TensorHandle result = factors[0];
                    for (int i = 1; i < factors.length; i++) {
                        result = t.op("matmul", result, factors[i]);
                    }
                    return result;
                })
                .add("tensordot", ArithmeticRecipes::tensordot)
                .add("linalg_qr", ArithmeticRecipes::factors)
                .own(
                        SignalOps.MULTIPLY_CONJUGATE,
                        (t, a) -> t.op("mul.Tensor", a.tensor("self"), t.op("conj", a.tensor("other"))));
        activations(book);
    }

    private static TensorHandle tensordot(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        TensorHandle other = a.tensor("other");
        long[] dims = a.longs("dims_self");
        long[] otherDims = a.longs("dims_other");
        int rank = t.rank(self);
        int otherRank = t.rank(other);
        List<Long> order = free(rank, dims);
        List<Long> otherOrder = free(otherRank, otherDims);
        List<Long> result = new ArrayList<>();
        order.forEach(d -> result.add(t.size(self, Math.toIntExact(d))));
        otherOrder.forEach(d -> result.add(t.size(other, Math.toIntExact(d))));
        long summed = 1;
        for (long d : dims) {
            summed *= t.size(self, ViewRecipes.dim(d, rank));
            order.add(d);
        }
        for (int i = 0; i < otherDims.length; i++) {
            otherOrder.add(i, otherDims[i]);
        }
        TensorHandle left =
                ViewRecipes.reshape(t, ViewRecipes.permute(t, self, longs(order)), t.count(self) / summed, summed);
        TensorHandle right = ViewRecipes.reshape(
                t, ViewRecipes.permute(t, other, longs(otherOrder)), summed, t.count(other) / summed);
        return ViewRecipes.reshape(t, t.op("mm", left, right), longs(result));
    }

    private static List<Long> free(int rank, long[] dims) {
        List<Long> free = new ArrayList<>();
        for (int d = 0; d < rank; d++) {
            int at = d;
            if (Arrays.stream(dims).noneMatch(dim -> ViewRecipes.dim(dim, rank) == at)) {
                free.add((long) d);
            }
        }
        return free;
    }

    private static long[] longs(List<Long> list) {
        return list.stream().mapToLong(Long::longValue).toArray();
    }

    private static @Nullable Object[] factors(Aten t, Arguments a) {
        String mode = a.text("mode");
        @Nullable Object[] both = t.ops("qr", 2, a.tensor("A"), !mode.equals("complete"));
        if (mode.equals("r")) {
            both[0] = t.empty(t.type(a.tensor("A")), 0);
        }
        return both;
    }

    private static void activations(Recipes.Book book) {
        book.add("hardtanh", (t, a) -> between(t, a.tensor("self"), number(a, "min_val"), number(a, "max_val")))
                .add("leaky_relu", (t, a) -> leaky(t, a.tensor("self"), number(a, "negative_slope")))
                .add("elu", (t, a) -> elu(t, a.tensor("self"), a.real("alpha"), a.real("scale"), a.real("input_scale")))
                .add("celu", (t, a) -> elu(t, a.tensor("self"), a.real("alpha"), 1, 1 / a.real("alpha")))
                .add(
                        "gelu",
                        (t, a) ->
                                gelu(t, a.tensor("self"), a.text("approximate").equals("tanh")))
                .add(
                        "threshold",
                        (t, a) -> t.op(
                                "where.self",
                                t.op("gt.Tensor", a.tensor("self"), t.number(number(a, "threshold"), a.tensor("self"))),
                                a.tensor("self"),
                                t.to(t.number(number(a, "value"), a.tensor("self")), t.type(a.tensor("self")))))
                .add("softplus", ArithmeticRecipes::softplus)
                .add("hardshrink", (t, a) -> shrink(t, a.tensor("self"), a.real("lambd"), 0))
                .add("softshrink", (t, a) -> shrink(t, a.tensor("self"), a.real("lambd"), a.real("lambd")))
                .add("rrelu", (t, a) -> {
                    if (a.flag("training")) {
                        throw new IllegalArgumentException("a randomised relu must not be in training");
                    }
                    return leaky(t, a.tensor("self"), (a.real("lower") + a.real("upper")) / 2);
                });
    }

    private static Object number(Arguments a, String name) {
        return Objects.requireNonNull(a.value(name), name);
    }

    static TensorHandle times(Aten t, TensorHandle tensor, Object number) {
        return isOne(number) ? tensor : t.op("mul.Tensor", tensor, t.number(number, tensor));
    }

    private static boolean isOne(Object number) {
        return !(number instanceof Boolean) && ((Number) number).doubleValue() == 1;
    }

    /** Sum of two tensors, the second multiplied. */
    static TensorHandle add(Aten t, TensorHandle self, TensorHandle other, Object alpha) {
        if (!ElementTypes.isIntegral(t.type(self)) || !ElementTypes.isIntegral(t.type(other))) {
            return t.function("add.Tensor", self, other, Arguments.asDouble(alpha));
        }
        if (alpha instanceof Double && !isOne(alpha)) {
            throw new IllegalArgumentException("the factor of whole numbers must be one, found " + alpha);
        }
        DType result = common(t, self, other);
        TensorHandle scaled =
                isOne(alpha) ? other : t.op("mul.Tensor", t.to(other, result), t.scalar((Long) alpha, result));
        return addWholeNumbers(t, self, scaled, result);
    }

    /** libtorch's function of the C ABI multiplies by a double, which it refuses for whole numbers; scattering adds them exactly. */
    private static TensorHandle addWholeNumbers(Aten t, TensorHandle self, TensorHandle other, DType result) {
        long[] sizes = ViewRecipes.common(t.sizes(self), t.sizes(other));
        if (result == DType.BOOL) {
            return t.op("logical_or", self, other);
        }
        TensorHandle left = ViewRecipes.reshape(t, ViewRecipes.expand(t, t.to(self, result), sizes), 1, -1);
        TensorHandle right = ViewRecipes.reshape(t, ViewRecipes.expand(t, t.to(other, result), sizes), 1, -1);
        TensorHandle row = ViewRecipes.expand(t, t.scalar(0L, DType.INT64), t.sizes(left));
        return ViewRecipes.reshape(t, t.op("scatter_add", left, 0L, row, right), sizes);
    }

    private static DType common(Aten t, TensorHandle self, TensorHandle other) {
        long code = (Long) t.number("result_type.Tensor", self, other);
        return Objects.requireNonNull(ElementTypes.ofCode(code));
    }

    static TensorHandle subtract(Aten t, TensorHandle self, TensorHandle other, Object alpha) {
        if (!ElementTypes.isIntegral(t.type(self)) || !ElementTypes.isIntegral(t.type(other))) {
            return t.function("add.Tensor", self, other, -Arguments.asDouble(alpha));
        }
        DType result = common(t, self, other);
        if (result == DType.BOOL) {
            throw new IllegalArgumentException("tensors of truth values must not be subtracted");
        }
        return add(t, self, t.op("neg", t.to(other, result)), alpha);
    }

    private static TensorHandle divide(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        TensorHandle other = a.tensor("other");
        return switch (a.text("rounding_mode")) {
            case "" -> t.op("div.Tensor", self, other);
            case "floor" -> t.op("floor_divide", self, other);
            case "trunc" -> truncated(t, self, other);
            default ->
                throw new IllegalArgumentException(
                        "rounding_mode must be floor or trunc, found " + a.text("rounding_mode"));
        };
    }

    private static TensorHandle truncated(Aten t, TensorHandle self, TensorHandle other) {
        if (!ElementTypes.isIntegral(t.type(self)) || !ElementTypes.isIntegral(t.type(other))) {
            return t.op("trunc", t.op("div.Tensor", self, other));
        }
        // Exact for whole numbers: what is left over is taken away first.
        DType result = common(t, self, other);
        TensorHandle rest = t.op("fmod.Tensor", self, other);
        return t.op("floor_divide", subtract(t, t.to(self, result), rest, ONE), other);
    }

    private static TensorHandle product(Aten t, Arguments a, TensorHandle product) {
        Object beta = number(a, "beta");
        TensorHandle scaled = times(t, product, number(a, "alpha"));
        if (Arguments.asDouble(beta) == 0) {
            return t.clone(scaled);
        }
        return add(t, times(t, a.tensor("self"), beta), scaled, ONE);
    }

    /** Clamped. */
    static TensorHandle between(Aten t, TensorHandle self, @Nullable Object least, @Nullable Object most) {
        DType type = t.type(self);
        return t.op(
                "clamp.Tensor",
                self,
                least == null ? null : t.to(t.number(least, self), type),
                most == null ? null : t.to(t.number(most, self), type));
    }

    private static TensorHandle leaky(Aten t, TensorHandle self, Object slope) {
        TensorHandle positive = t.op("gt.Tensor", self, t.number(0L, self));
        return t.op("where.self", positive, self, times(t, self, slope));
    }

    private static TensorHandle elu(Aten t, TensorHandle self, double alpha, double scale, double inputScale) {
        TensorHandle positive = t.op("gt.Tensor", self, t.number(0L, self));
        TensorHandle negative = times(t, t.op("expm1", times(t, self, inputScale)), alpha * scale);
        return t.op("where.self", positive, times(t, self, scale), negative);
    }

    private static TensorHandle gelu(Aten t, TensorHandle self, boolean tanh) {
        TensorHandle inner;
        if (tanh) {
            TensorHandle cube = t.op("mul.Tensor", t.op("mul.Tensor", self, self), self);
            TensorHandle sum = add(t, self, times(t, cube, 0.044715), ONE);
            inner = t.op("tanh", times(t, sum, Math.sqrt(2 / Math.PI)));
        } else {
            inner = t.op("erf", times(t, self, Math.sqrt(0.5)));
        }
        TensorHandle share = times(t, add(t, inner, t.number(1.0, inner), ONE), 0.5);
        return t.op("mul.Tensor", self, share);
    }

    private static TensorHandle softplus(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        double beta = a.real("beta");
        TensorHandle scaled = times(t, self, beta);
        TensorHandle soft = times(t, t.op("log1p", t.op("exp", scaled)), 1 / beta);
        TensorHandle linear = t.op("gt.Tensor", scaled, t.number(a.real("threshold"), scaled));
        return t.op("where.self", linear, self, soft);
    }

    /** Zero within the bound, outside moved towards it. */
    private static TensorHandle shrink(Aten t, TensorHandle self, double bound, double moved) {
        TensorHandle size = t.op("abs", self);
        TensorHandle outside = t.op("gt.Tensor", size, t.number(bound, self));
        TensorHandle shift = times(t, t.op("sgn", self), moved);
        TensorHandle value = moved == 0 ? self : subtract(t, self, shift, ONE);
        return t.op("where.self", outside, value, t.to(t.number(0.0, self), t.type(self)));
    }
}
