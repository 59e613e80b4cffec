// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.host.HostDict;
import org.saguaro.runtime.core.host.HostTensor;
import org.saguaro.runtime.core.host.HostTuple;
import org.saguaro.runtime.core.host.ModelRaisedException;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.saguaro.runtime.core.residency.ValueBuffer;

/** Tensors in host memory: the caller's, and numbers that stand for tensors. */
public final class HostTensors {

    private static final long[] NO_SIZES = {};

    private HostTensors() {}

    /** Copies a caller's tensor into a buffer. */
    public static void fill(ValueBuffer buffer, Tensor source) throws AccelException {
        TensorBuffer target = buffer.writable(MemoryDomain.HOST);
        target.resize(source.dtype(), source.sizes());
        ByteBuffer bytes = source.toDense().bytes();
        target.host().bytes().put(0, bytes, bytes.position(), Math.toIntExact(target.sizeBytes()));
        buffer.publish(MemoryDomain.HOST);
    }

    /** A tensor as the core handles it: itself, or a number as a new tensor of rank 0, which the caller owns. */
    static ValueBuffer asTensor(@Nullable Object content, @Nullable DType dtype) throws AccelException {
        if (content instanceof ValueBuffer tensor) {
            return tensor;
        }
        ValueBuffer made = new ValueBuffer(dtype != null ? dtype : dtypeOf(content));
        fillScalar(made, content);
        return made;
    }

    /** PyTorch's element type of a number: its default for real ones is float32. */
    private static DType dtypeOf(@Nullable Object content) {
        if (content instanceof Boolean) {
            return DType.BOOL;
        }
        if (content instanceof Long) {
            return DType.INT64;
        }
        if (content instanceof Double) {
            return DType.FLOAT32;
        }
        throw new ModelRaisedException("TypeError", "expected a tensor, found " + content);
    }

    /** A number of the graph's type. */
    static Object asScalar(@Nullable Object content, ScalarType type) throws AccelException, TensorLostException {
        Object value = content instanceof HostTensor tensor ? tensor.item() : content;
        return switch (type) {
            case INT -> {
                if (value instanceof Long || value instanceof Boolean) {
                    yield value instanceof Boolean flag ? (flag ? 1L : 0L) : value;
                }
                throw wrongType("an integer", value);
            }
            case FLOAT -> {
                if (value instanceof Number number) {
                    yield number.doubleValue();
                }
                throw wrongType("a number", value);
            }
            case BOOL -> {
                if (value instanceof Boolean) {
                    yield value;
                }
                if (value instanceof Long number) {
                    yield number != 0;
                }
                throw wrongType("a boolean", value);
            }
        };
    }

    private static ModelRaisedException wrongType(String expected, @Nullable Object found) {
        return new ModelRaisedException("TypeError", "expected " + expected + ", found " + found);
    }

    /** Writes a number into a buffer, as a tensor of rank 0 of the buffer's element type. */
    static void fillScalar(ValueBuffer buffer, @Nullable Object content) throws AccelException {
        TensorBuffer target = buffer.writable(MemoryDomain.HOST);
        target.resize(NO_SIZES);
        ByteBuffer bytes = target.host().bytes();
        double real = content instanceof Number number ? number.doubleValue() : Boolean.TRUE.equals(content) ? 1 : 0;
        long integer = content instanceof Number number ? number.longValue() : (long) real;
        switch (target.dtype()) {
            case BOOL -> bytes.put(0, (byte) (real != 0 ? 1 : 0));
            case UINT8, INT8 -> bytes.put(0, (byte) integer);
            case INT16 -> bytes.putShort(0, (short) integer);
            case INT32 -> bytes.putInt(0, (int) integer);
            case INT64 -> bytes.putLong(0, integer);
            case FLOAT32 -> bytes.putFloat(0, (float) real);
            case FLOAT64 -> bytes.putDouble(0, real);
            case FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128 ->
                throw new ModelRaisedException("TypeError", "a number cannot stand for a tensor of " + target.dtype());
        }
        buffer.publish(MemoryDomain.HOST);
    }

    /** What the caller gets, in memory of its own: lists and dictionaries in order, numbers as tensors of rank 0, None left out. */
    static List<Tensor> outputs(ModelRun run) throws AccelException, TensorLostException {
        List<Tensor> outputs = new ArrayList<>();
        for (Argument output : run.plan().graph().graph().outputs()) {
            Weight weight = output instanceof Argument.Ref ref
                    ? run.plan().graph().graph().weight(ref.value())
                    : null;
            if (weight != null) {
                outputs.add(weight.data());
            } else {
                flatten(run.read(output), outputs);
            }
        }
        return outputs;
    }

    private static void flatten(@Nullable Object content, List<Tensor> outputs)
            throws AccelException, TensorLostException {
        if (content instanceof ValueBuffer tensor) {
            outputs.add(copyOf(tensor.readable(MemoryDomain.HOST)));
        } else if (content instanceof HostTuple tuple) {
            flatten(tuple.elements(), outputs);
        } else if (content instanceof HostDict dict) {
            flatten(dict.values(), outputs);
        } else if (content instanceof Iterable<?> elements) {
            for (Object element : elements) {
                flatten(element, outputs);
            }
        } else if (content instanceof Long number) {
            outputs.add(Tensor.dense(DType.INT64, NO_SIZES, scalar().putLong(0, number)));
        } else if (content instanceof Double number) {
            outputs.add(Tensor.dense(DType.FLOAT64, NO_SIZES, scalar().putDouble(0, number)));
        } else if (content instanceof Boolean flag) {
            outputs.add(Tensor.dense(DType.BOOL, NO_SIZES, scalar().put(0, (byte) (flag ? 1 : 0))));
        }
    }

    private static ByteBuffer scalar() {
        return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * A copy on the Java heap: direct memory would wait for the garbage collector in between the blocks that libtorch takes and gives
     * back for every layer, and keep the C heap from closing the gaps: gigabytes within minutes.
     */
    public static Tensor copyOf(TensorBuffer source) {
        int length = Math.toIntExact(source.sizeBytes());
        ByteBuffer copy = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(0, source.host().bytes(), 0, length);
        return Tensor.dense(source.dtype(), source.sizes(), copy);
    }
}
