// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** Dense tensors from doubles: the number type in which the reference computes. */
final class TensorValues {

    private static final double MOST_ELEMENTS = 1 << 24;

    private TensorValues() {}

    /** Whether the element type is one that doubles stand for, and a tensor of the spec fits into memory. */
    static boolean canHold(TensorSpec spec) {
        double elements = spec.shape().dims().stream()
                .mapToDouble(dim -> dim.fixedSize().orElse(1))
                .reduce(1, (a, b) -> a * b);
        boolean isReal = switch (spec.dtype()) {
            case UINT8, INT8, INT16, INT32, INT64, FLOAT32, FLOAT64 -> true;
            case BOOL, FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128 -> false;
        };
        return isReal && elements <= MOST_ELEMENTS;
    }

    /** Element type of the tensor of rank 0 that carries a number of a graph. */
    static DType carrier(ScalarType number) {
        return switch (number) {
            case INT -> DType.INT64;
            case FLOAT -> DType.FLOAT64;
            case BOOL -> DType.BOOL;
        };
    }

    /** A tensor of these values, rounded (floating point) or wrapped (integers) to the element type. */
    static Tensor tensor(DType dtype, double[] values, long... sizes) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * dtype.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values.length; i++) {
            switch (dtype) {
                case UINT8, INT8 -> bytes.put(i, (byte) (long) values[i]);
                case INT16 -> bytes.putShort(2 * i, (short) (long) values[i]);
                case INT32 -> bytes.putInt(4 * i, (int) (long) values[i]);
                case INT64 -> bytes.putLong(8 * i, (long) values[i]);
                case FLOAT32 -> bytes.putFloat(4 * i, (float) values[i]);
                case FLOAT64 -> bytes.putDouble(8 * i, values[i]);
                case BOOL, FLOAT16, BFLOAT16, COMPLEX64, COMPLEX128 ->
                    throw new IllegalArgumentException("the reference does not compute in " + dtype);
            }
        }
        return Tensor.dense(dtype, sizes, bytes);
    }

    static Tensor random(DType dtype, long[] sizes, Random random) {
        double[] values = new double[count(sizes)];
        for (int i = 0; i < values.length; i++) {
            values[i] = dtype.isFloatingPoint() ? 2 * random.nextDouble() - 1 : random.nextInt(201) - 100;
        }
        return tensor(dtype, values, sizes);
    }

    static int count(long[] sizes) {
        long count = 1;
        for (long size : sizes) {
            count = Math.multiplyExact(count, size);
        }
        return Math.toIntExact(count);
    }
}
