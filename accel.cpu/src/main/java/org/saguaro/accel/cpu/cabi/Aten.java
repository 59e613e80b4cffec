// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/**
 * Tensors of libtorch and what can be done with them, eagerly. Values are {@link TensorHandle}s, {@code Long}, {@code Double},
 * {@code Boolean}, {@code String}, arrays of those, and null for None. Every handle made is a temporary until {@link #keep kept}, and
 * temporaries are freed by {@link #release}. Used by one thread at a time, and by its owner closed when no handle is in use.
 */
final class Aten implements AutoCloseable {

    private static final int CPU = 0;
    private static final int NO_INDEX = -1;

    private final Libtorch libtorch;
    private final Ways ways;
    private final CallFrame frame = new CallFrame();
    private final List<TensorHandle> temporaries = new ArrayList<>();
    private final List<TensorHandle> pool = new ArrayList<>();

    Aten(Ways ways) {
        this.ways = ways;
        libtorch = ways.libtorch();
    }

    Libtorch libtorch() {
        return libtorch;
    }

    Ways ways() {
        return ways;
    }

    CallFrame frame() {
        return frame;
    }

    // ---- handles

    /** Takes over a handle that libtorch returned. */
    TensorHandle take(long address) {
        TensorHandle handle = pool.isEmpty() ? new TensorHandle() : pool.remove(pool.size() - 1);
        handle.address = address;
        handle.kept = false;
        temporaries.add(handle);
        return handle;
    }

    /** How many temporaries there are, to {@link #release} those made later. */
    int mark() {
        return temporaries.size();
    }

    /** Frees the temporaries that were made since and are not kept. */
    void release(int mark) {
        for (int i = temporaries.size() - 1; i >= mark; i--) {
            TensorHandle handle = temporaries.remove(i);
            if (!handle.kept) {
                free(handle);
            }
        }
    }

    /** Makes the caller the owner of a temporary, or of all in an array. */
    <T extends @Nullable Object> T keep(T value) {
        if (value instanceof TensorHandle handle) {
            handle.kept = true;
        }
        return value;
    }

    /** Frees a handle that was kept. */
    void free(TensorHandle handle) {
        if (handle.address != 0) {
            frame.begin().word(handle.address).call(ways.functions().delete);
            handle.address = 0;
            pool.add(handle);
        }
    }

    /** Another handle of the same tensor, which the callee will own. */
    long copyOfHandle(TensorHandle handle) {
        check(frame.begin().word(handle.address).into(0).call(ways.functions().newHandle), "a handle");
        return frame.result(0);
    }

    /** Another handle of the same tensor. */
    TensorHandle same(TensorHandle handle) {
        return take(copyOfHandle(handle));
    }

    // ---- facts

    int rank(TensorHandle tensor) {
        check(frame.begin().word(tensor.address).into(0).call(ways.functions().rank), "rank");
        return frame.smallResult(0);
    }

    long size(TensorHandle tensor, int dim) {
        check(
                frame.begin().word(tensor.address).word(dim).into(0).call(ways.functions().size),
                "the size of a dimension");
        return frame.result(0);
    }

    private long stride(TensorHandle tensor, int dim) {
        check(
                frame.begin().word(tensor.address).word(dim).into(0).call(ways.functions().stride),
                "the stride of a dimension");
        return frame.result(0);
    }

    long[] sizes(TensorHandle tensor) {
        long[] sizes = new long[rank(tensor)];
        for (int d = 0; d < sizes.length; d++) {
            sizes[d] = size(tensor, d);
        }
        return sizes;
    }

    long[] strides(TensorHandle tensor) {
        long[] strides = new long[rank(tensor)];
        for (int d = 0; d < strides.length; d++) {
            strides[d] = stride(tensor, d);
        }
        return strides;
    }

    long count(TensorHandle tensor) {
        check(frame.begin().word(tensor.address).into(0).call(ways.functions().count), "the number of elements");
        return frame.result(0);
    }

    int typeCode(TensorHandle tensor) {
        check(frame.begin().word(tensor.address).into(0).call(ways.functions().type), "the element type");
        return frame.smallResult(0);
    }

    /**
     * Element type.
     *
     * @throws IllegalArgumentException if it is none that a model's tensor can have
     */
    DType type(TensorHandle tensor) {
        int code = typeCode(tensor);
        DType dtype = ElementTypes.ofCode(code);
        if (dtype == null) {
            throw new IllegalArgumentException(
                    "elements must be of a type that a model's tensor can have, found libtorch's type " + code);
        }
        return dtype;
    }

    long data(TensorHandle tensor) {
        check(frame.begin().word(tensor.address).into(0).call(ways.functions().data), "its memory");
        return frame.result(0);
    }

    private long offset(TensorHandle tensor) {
        check(frame.begin().word(tensor.address).into(0).call(ways.functions().offset), "its offset");
        return frame.result(0);
    }

    boolean isDense(TensorHandle tensor) {
        long expected = 1;
        for (int d = rank(tensor) - 1; d >= 0; d--) {
            long size = size(tensor, d);
            if (size != 1 && stride(tensor, d) != expected) {
                return size == 0;
            }
            expected *= size;
        }
        return true;
    }

    /** The only element of a tensor as Long, Double or Boolean. */
    Object item(TensorHandle tensor) {
        if (count(tensor) != 1) {
            throw new IllegalArgumentException("a number must be a tensor of one element, found " + describe(tensor));
        }
        DType dtype = type(tensor);
        if (dtype == DType.BOOL) {
            check(frame.begin().word(tensor.address).into(0).call(ways.functions().itemBool), "item");
            return (frame.result(0) & 1) != 0;
        }
        if (dtype.isFloatingPoint()) {
            check(frame.begin().word(tensor.address).into(0).call(ways.functions().itemDouble), "item");
            return frame.realResult(0);
        }
        if (ElementTypes.isComplex(dtype)) {
            throw new IllegalArgumentException("a number must be real, found " + describe(tensor));
        }
        check(frame.begin().word(tensor.address).into(0).call(ways.functions().itemLong), "item");
        return frame.result(0);
    }

    // ---- making tensors

    /** A tensor over memory that Java keeps. */
    TensorHandle over(ByteBuffer bytes, DType dtype, long[] sizes, long[] strides) {
        Pointer pointer = Native.getDirectBufferPointer(bytes);
        return over(Pointer.nativeValue(pointer), dtype, sizes, strides);
    }

    private TensorHandle over(long address, DType dtype, long[] sizes, long[] strides) {
        int mark = frame.mark();
        int shape = longs(sizes);
        int steps = longs(strides);
        int status = frame.begin()
                .word(address)
                .word(sizes.length)
                .word(frame.address(shape))
                .word(frame.address(steps))
                .word(0)
                .word(ElementTypes.code(dtype))
                .word(CPU)
                .word(NO_INDEX)
                .into(0)
                .call(ways.functions().overMemory);
        frame.rewind(mark);
        check(status, "a tensor over memory");
        return take(frame.result(0));
    }

    private int longs(long[] values) {
        int at = frame.room(values.length);
        for (int i = 0; i < values.length; i++) {
            frame.put(at + 8 * i, values[i]);
        }
        return at;
    }

    /** A dense tensor, contents undefined. */
    TensorHandle empty(DType dtype, long... sizes) {
        for (long size : sizes) {
            if (size < 0) {
                throw new IllegalArgumentException("sizes must not be negative, found " + Arrays.toString(sizes));
            }
        }
        int mark = frame.mark();
        int shape = longs(sizes);
        int steps = longs(Tensor.denseStrides(sizes));
        int status = frame.begin()
                .word(sizes.length)
                .word(frame.address(shape))
                .word(frame.address(steps))
                .word(ElementTypes.code(dtype))
                .word(CPU)
                .word(NO_INDEX)
                .into(0)
                .call(ways.functions().emptyStrided);
        frame.rewind(mark);
        if (status != 0) {
            check(status, "an empty tensor of " + Arrays.toString(sizes));
        }
        return take(frame.result(0));
    }

    /** Other sizes and strides over the same elements. */
    TensorHandle view(TensorHandle tensor, long[] sizes, long[] strides, long offset) {
        int mark = frame.mark();
        int shape = longs(sizes);
        int steps = longs(strides);
        int status = frame.begin()
                .word(tensor.address)
                .word(sizes.length)
                .word(frame.address(shape))
                .word(frame.address(steps))
                .word(offset)
                .into(0)
                .call(ways.functions().reinterpret);
        frame.rewind(mark);
        if (status != 0) {
            check(status, "a view of sizes " + Arrays.toString(sizes));
        }
        return take(frame.result(0));
    }

    /** As above, from the tensor's first element on. */
    TensorHandle view(TensorHandle tensor, long[] sizes, long[] strides) {
        return view(tensor, sizes, strides, 0);
    }

    /** A tensor of sizes, strides and an absolute offset in the memory of another. */
    TensorHandle strided(TensorHandle tensor, long[] sizes, long[] strides, @Nullable Long absolute) {
        return view(tensor, sizes, strides, absolute == null ? 0 : absolute - offset(tensor));
    }

    /** Copies elements, which are converted and broadcast. */
    void copy(TensorHandle target, TensorHandle source) {
        int status =
                frame.begin().word(target.address).word(source.address).word(0).call(ways.functions().copy);
        if (status != 0) {
            check(status, "copying " + describe(source) + " to " + describe(target));
        }
    }

    /** A tensor of the same values in memory of its own. */
    TensorHandle clone(TensorHandle tensor) {
        TensorHandle copy = empty(type(tensor), sizes(tensor));
        copy(copy, tensor);
        return copy;
    }

    /** The tensor itself if its elements lie in order, else a copy in which they do. */
    TensorHandle dense(TensorHandle tensor) {
        return isDense(tensor) ? tensor : clone(tensor);
    }

    /** The tensor itself if it has that element type, else a copy that has. */
    TensorHandle to(TensorHandle tensor, DType dtype) {
        if (type(tensor) == dtype) {
            return tensor;
        }
        TensorHandle copy = empty(dtype, sizes(tensor));
        copy(copy, tensor);
        return copy;
    }

    /** A tensor of Java's numbers. */
    TensorHandle of(DType dtype, double[] values, long... sizes) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(values.length * 8).order(ByteOrder.nativeOrder());
        bytes.asDoubleBuffer().put(values);
        TensorHandle copy = empty(dtype, sizes);
        try {
            copy(copy, over(bytes, DType.FLOAT64, sizes, Tensor.denseStrides(sizes)));
        } finally {
            Reference.reachabilityFence(bytes);
        }
        return copy;
    }

    /** An int64 tensor of Java's numbers. */
    TensorHandle of(long[] values, long... sizes) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(values.length * 8).order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(values);
        TensorHandle copy = empty(DType.INT64, sizes);
        try {
            copy(copy, over(bytes, DType.INT64, sizes, Tensor.denseStrides(sizes)));
        } finally {
            Reference.reachabilityFence(bytes);
        }
        return copy;
    }

    /** A tensor of rank 0. */
    TensorHandle scalar(Object number, DType dtype) {
        int status;
        if (number instanceof Boolean flag) {
            status = frame.begin().word(flag ? 1 : 0).into(0).call(ways.functions().scalarBool);
        } else if (number instanceof Long integer) {
            status = frame.begin().word(integer).into(0).call(ways.functions().scalarLong);
        } else if (number instanceof Double real && dtype == DType.FLOAT32) {
            status = frame.begin().single(real.floatValue()).into(0).call(ways.functions().scalarFloat);
        } else if (number instanceof Double real) {
            status = frame.begin().real(real).into(0).call(ways.functions().scalarDouble);
        } else {
            throw new IllegalArgumentException("a number must be, found " + number);
        }
        check(status, "a number as tensor");
        return to(take(frame.result(0)), dtype);
    }

    /**
     * A number as the tensor that operators take in its stead beside another: the result has the element type that PyTorch gives it, where
     * a number counts less than a tensor.
     */
    TensorHandle number(Object number, @Nullable TensorHandle beside) {
        if (number instanceof Boolean) {
            return scalar(number, DType.BOOL);
        }
        if (beside == null) {
            return scalar(number, number instanceof Long ? DType.INT64 : DType.FLOAT32);
        }
        DType other = type(beside);
        boolean scalar = rank(beside) == 0;
        if (number instanceof Long) {
            return scalar(
                    number, scalar && ElementTypes.isIntegral(other) && other != DType.BOOL ? other : DType.INT64);
        }
        return switch (other) {
            case FLOAT64, COMPLEX128 -> scalar(number, DType.FLOAT64);
            case FLOAT16, BFLOAT16 -> scalar(number, scalar ? other : DType.FLOAT32);
            case FLOAT32, COMPLEX64, UINT8, INT8, INT16, INT32, INT64, BOOL -> scalar(number, DType.FLOAT32);
        };
    }

    // ---- operators

    /**
     * Calls an operator and returns its first result, a temporary.
     *
     * @param op for instance {@code add.Tensor}
     * @param arguments in the schema's order; defaults stand for what is left out
     */
    TensorHandle op(String op, @Nullable Object... arguments) {
        return (TensorHandle) Objects.requireNonNull(ops(op, 1, arguments)[0]);
    }

    /** As above, an operator that returns a number. */
    Object number(String op, @Nullable Object... arguments) {
        return Objects.requireNonNull(ops(op, 1, arguments)[0]);
    }

    /** As above, with several results. */
    @Nullable
    Object[] ops(String op, int results, @Nullable Object... arguments) {
        Schema schema = ways.schema(op);
        @Nullable Object[] all = new @Nullable Object[schema.parameters().size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = i < arguments.length
                    ? arguments[i]
                    : schema.parameters().get(i).fallback();
        }
        @Nullable Object[] found = new @Nullable Object[results];
        ways.of(schema, all).call(this, all, found);
        return found;
    }

    /** Calls the function of its own that an operator has, whatever other way there is. */
    TensorHandle function(String op, @Nullable Object... arguments) {
        Schema schema = ways.schema(op);
        @Nullable Object[] found = new @Nullable Object[1];
        ways.function(schema).call(this, arguments, found);
        return (TensorHandle) Objects.requireNonNull(found[0]);
    }

    // ---- errors

    void check(int status, String what) {
        if (status != 0) {
            throw new Refusal(what, ways.functions().lastWords(frame));
        }
    }

    /** For messages. Never fails. */
    String describe(@Nullable Object value) {
        if (value instanceof TensorHandle tensor && tensor.address != 0) {
            DType dtype = ElementTypes.ofCode(typeCode(tensor));
            return dtype + Arrays.toString(sizes(tensor));
        }
        if (value instanceof Object[] list) {
            return Arrays.stream(list).map(this::describe).toList().toString();
        }
        return String.valueOf(value);
    }

    @Override
    public void close() {
        release(0);
        pool.clear();
    }
}
