// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;

/** Tensors made of numbers; conversions that name a device; numbers taken from tensors; and writes into parts of tensors. */
final class MakingRecipes {

    private MakingRecipes() {}

    static void collect(Recipes.Book book) {
        book.add(
                        "full",
                        (t, a) -> full(
                                t, type(t, a, null, number(a, "fill_value")), number(a, "fill_value"), a.longs("size")))
                .add(
                        "full_like",
                        (t, a) -> full(
                                t,
                                type(t, a, a.tensor("self"), 0.0),
                                number(a, "fill_value"),
                                t.sizes(a.tensor("self"))))
                .add(
                        "new_full",
                        (t, a) -> full(t, type(t, a, a.tensor("self"), 0.0), number(a, "fill_value"), a.longs("size")))
                .add("zeros", (t, a) -> full(t, type(t, a, null, 0.0), 0L, a.longs("size")))
                .add("ones", (t, a) -> full(t, type(t, a, null, 0.0), 1L, a.longs("size")))
                .add("empty.memory_format", (t, a) -> full(t, type(t, a, null, 0.0), 0L, a.longs("size")))
                .add("new_zeros", (t, a) -> full(t, type(t, a, a.tensor("self"), 0.0), 0L, a.longs("size")))
                .add("new_ones", (t, a) -> full(t, type(t, a, a.tensor("self"), 0.0), 1L, a.longs("size")))
                .add("new_empty", (t, a) -> full(t, type(t, a, a.tensor("self"), 0.0), 0L, a.longs("size")))
                .add("scalar_tensor", (t, a) -> full(t, type(t, a, null, 0.0), number(a, "s")))
                .add("arange", (t, a) -> arange(t, a, 0L, number(a, "end"), 1L))
                .add("arange.start", (t, a) -> arange(t, a, number(a, "start"), number(a, "end"), 1L))
                .add(
                        "arange.start_step",
                        (t, a) -> arange(t, a, number(a, "start"), number(a, "end"), number(a, "step")))
                .add("linspace", MakingRecipes::linspace)
                .add("logspace", (t, a) -> {
                    TensorHandle exponents = linspace(t, a);
                    return t.op(
                            "pow.Tensor_Tensor",
                            t.to(t.scalar(a.real("base"), DType.FLOAT64), t.type(exponents)),
                            exponents);
                });
        book.add("to.device", (t, a) -> converted(t, a))
                .add("to.dtype_layout", (t, a) -> converted(t, a))
                .first("item", (t, a) -> t.item(a.tensor("self")))
                .first("_local_scalar_dense", (t, a) -> t.item(a.tensor("self")))
                .first(
                        "sym_size.int",
                        (t, a) -> t.size(a.tensor("self"), ViewRecipes.dim(t, a.tensor("self"), a.integer("dim"))))
                .first("sym_numel", (t, a) -> t.count(a.tensor("self")));
        book.add(
                        "scatter.value",
                        (t, a) -> t.op(
                                "scatter.src",
                                a.tensor("self"),
                                a.integer("dim"),
                                a.tensor("index"),
                                full(t, t.type(a.tensor("self")), number(a, "value"), t.sizes(a.tensor("index")))))
                .add("scatter_reduce.two", MakingRecipes::scatterReduce)
                .add("index_add", MakingRecipes::indexAdd)
                .add(
                        "histc",
                        (t, a) ->
                                t.function("histc", a.tensor("self"), a.integer("bins"), a.real("min"), a.real("max")))
                .add("one_hot", MakingRecipes::oneHot)
                .add(
                        "isin.Tensor_Scalar",
                        (t, a) -> t.op(
                                "isin.Tensor_Tensor",
                                a.tensor("elements"),
                                t.number(number(a, "test_element"), a.tensor("elements")),
                                a.flag("assume_unique"),
                                a.flag("invert")))
                .add("_unsafe_index.Tensor", (t, a) -> t.op("index.Tensor", a.tensor("self"), a.value("indices")))
                .add("where", (t, a) -> t.ops("unbind.int", a.results(), t.op("nonzero", a.tensor("condition")), 1L))
                .add(
                        "nonzero_numpy",
                        (t, a) -> t.ops("unbind.int", a.results(), t.op("nonzero", a.tensor("self")), 1L));
        for (String op : List.of("where.ScalarSelf", "where.Scalar")) {
            book.add(op, MakingRecipes::where);
        }
    }

    private static Object number(Arguments a, String name) {
        return Objects.requireNonNull(a.value(name), name);
    }

    /** The element type asked for; else that of a tensor, or what PyTorch gives such a number. */
    private static DType type(Aten t, Arguments a, @Nullable TensorHandle like, Object number) {
        Long code = a.maybeInteger("dtype");
        if (code != null) {
            DType dtype = ElementTypes.ofCode(code);
            if (dtype == null) {
                throw new IllegalArgumentException(
                        "dtype must be a model's element type, found libtorch's type " + code);
            }
            return dtype;
        }
        if (like != null) {
            return t.type(like);
        }
        return number instanceof Boolean ? DType.BOOL : number instanceof Long ? DType.INT64 : DType.FLOAT32;
    }

    static TensorHandle full(Aten t, DType dtype, Object number, long... sizes) {
        TensorHandle result = t.empty(dtype, sizes);
        boolean exact = number instanceof Double && dtype != DType.FLOAT32;
        t.copy(
                result,
                t.scalar(
                        number,
                        number instanceof Long
                                ? DType.INT64
                                : number instanceof Boolean ? DType.BOOL : exact ? DType.FLOAT64 : DType.FLOAT32));
        return result;
    }

    private static TensorHandle arange(Aten t, Arguments a, Object start, Object end, Object step) {
        boolean whole = start instanceof Long && end instanceof Long && step instanceof Long;
        DType dtype = type(t, a, null, whole ? (Object) 0L : 0.0);
        double by = Arguments.asDouble(step);
        double count = Math.ceil((Arguments.asDouble(end) - Arguments.asDouble(start)) / by);
        if (by == 0 || !(count >= 0) || count > Integer.MAX_VALUE / 8.0) {
            throw new IllegalArgumentException(
                    "a range must lead from its start to its end, found " + start + " to " + end + " by " + step);
        }
        if (whole) {
            long[] values = new long[(int) count];
            for (int i = 0; i < values.length; i++) {
                values[i] = (Long) start + i * (Long) step;
            }
            return t.to(t.of(values, values.length), dtype);
        }
        double[] values = new double[(int) count];
        for (int i = 0; i < values.length; i++) {
            values[i] = Arguments.asDouble(start) + i * by;
        }
        return t.of(dtype, values, values.length);
    }

    private static TensorHandle linspace(Aten t, Arguments a) {
        int steps = Math.toIntExact(a.integer("steps"));
        double start = a.real("start");
        double end = a.real("end");
        double[] values = new double[Math.max(0, steps)];
        for (int i = 0; i < steps; i++) {
            // From both ends, as PyTorch does: the last value is exact.
            double by = steps == 1 ? 0 : (end - start) / (steps - 1);
            values[i] = i < steps / 2 ? start + by * i : end - by * (steps - 1 - i);
        }
        if (steps == 1) {
            values[0] = start;
        }
        return t.of(type(t, a, null, 0.0), values, steps);
    }

    /** Whatever device the model was exported for: here it is the CPU. */
    private static TensorHandle converted(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        DType dtype = type(t, a, self, 0.0);
        return a.flag("copy") && t.type(self) == dtype ? t.clone(self) : t.same(t.to(self, dtype));
    }

    private static TensorHandle where(Aten t, Arguments a) {
        Object self = number(a, "self");
        Object other = number(a, "other");
        TensorHandle beside = Ways.firstTensor(new @Nullable Object[] {self, other});
        TensorHandle yes = self instanceof TensorHandle tensor ? tensor : t.number(self, beside);
        TensorHandle no = other instanceof TensorHandle tensor ? tensor : t.number(other, beside);
        return t.op("where.self", a.tensor("condition"), yes, no);
    }

    private static TensorHandle scatterReduce(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        TensorHandle out = t.empty(t.type(self), t.sizes(self));
        return t.function(
                "scatter_reduce.two_out",
                self,
                a.integer("dim"),
                a.tensor("index"),
                a.tensor("src"),
                a.text("reduce"),
                a.flag("include_self"),
                out);
    }

    private static TensorHandle indexAdd(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        int at = ViewRecipes.dim(t, self, a.integer("dim"));
        @Nullable Object[] indices = new @Nullable Object[at + 1];
        indices[at] = ViewRecipes.reshape(t, a.tensor("index"), -1);
        TensorHandle source = ArithmeticRecipes.times(t, a.tensor("source"), number(a, "alpha"));
        return t.function("index_put", self, indices, source, true);
    }

    private static TensorHandle oneHot(Aten t, Arguments a) {
        TensorHandle self = a.tensor("self");
        long classes = a.integer("num_classes");
        if (classes < 0) {
            classes = (Long) t.item(t.op("max", self)) + 1;
        }
        long[] sizes = Arrays.copyOf(t.sizes(self), t.rank(self) + 1);
        sizes[sizes.length - 1] = classes;
        TensorHandle index = ViewRecipes.unsqueeze(t, self, sizes.length - 1);
        return t.op(
                "scatter.src",
                full(t, DType.INT64, 0L, sizes),
                (long) sizes.length - 1,
                index,
                full(t, DType.INT64, 1L, t.sizes(index)));
    }
}
