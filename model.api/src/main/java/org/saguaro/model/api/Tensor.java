// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A tensor in host memory: element type, sizes, strides and a read-only view of its bytes.
 *
 * <p>Immutable as a view; the bytes belong to whoever made them (a mapped archive, a caller's buffer) and must not change
 * while the tensor is in use. May be used from any thread.
 */
public final class Tensor {

    private final DType dtype;
    private final long[] sizes;
    private final long[] strides;
    private final ByteBuffer bytes;

    /**
     * A strided view.
     *
     * @param sizes elements per dimension, outermost first
     * @param strides distance between neighbours per dimension, in elements
     * @param bytes starts at element 0; position to limit must hold the last element; not copied
     * @throws IllegalArgumentException if the view reaches outside {@code bytes}
     */
    public Tensor(DType dtype, long[] sizes, long[] strides, ByteBuffer bytes) {
        if (sizes.length != strides.length) {
            throw new IllegalArgumentException("sizes " + Arrays.toString(sizes) + " and strides "
                    + Arrays.toString(strides) + " differ in length");
        }
        this.dtype = dtype;
        this.sizes = sizes.clone();
        this.strides = strides.clone();
        this.bytes = bytes.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        long needed = spanBytes(dtype, sizes, strides);
        if (needed > this.bytes.capacity()) {
            throw new IllegalArgumentException("a " + dtype + " tensor of sizes " + Arrays.toString(sizes)
                    + " and strides " + Arrays.toString(strides) + " needs " + needed + " bytes, found "
                    + this.bytes.capacity());
        }
    }

    /** A dense, row-major tensor over {@code bytes}, which are not copied. */
    public static Tensor dense(DType dtype, long[] sizes, ByteBuffer bytes) {
        return new Tensor(dtype, sizes, denseStrides(sizes), bytes);
    }

    /** A dense float32 tensor in new direct memory. */
    public static Tensor of(float[] values, long... sizes) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(Math.multiplyExact(values.length, 4)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return exact(DType.FLOAT32, sizes, buffer, values.length);
    }

    /** A dense int64 tensor in new direct memory. */
    public static Tensor of(long[] values, long... sizes) {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(Math.multiplyExact(values.length, 8)).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asLongBuffer().put(values);
        return exact(DType.INT64, sizes, buffer, values.length);
    }

    private static Tensor exact(DType dtype, long[] sizes, ByteBuffer buffer, int length) {
        Tensor tensor = dense(dtype, sizes, buffer);
        if (tensor.elementCount() != length) {
            throw new IllegalArgumentException(
                    "sizes " + Arrays.toString(sizes) + " do not hold " + length + " values");
        }
        return tensor;
    }

    /** Row-major strides, in elements. */
    public static long[] denseStrides(long[] sizes) {
        long[] strides = new long[sizes.length];
        long stride = 1;
        for (int i = sizes.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride = Math.multiplyExact(stride, Math.max(1, sizes[i]));
        }
        return strides;
    }

    /**
     * Bytes from element 0 to the end of the last element of a strided view; 0 if it has no elements.
     *
     * @throws IllegalArgumentException for a negative size or stride
     * @throws ArithmeticException if it does not fit a long
     */
    public static long spanBytes(DType dtype, long[] sizes, long[] strides) {
        long last = 0;
        boolean empty = false;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] < 0 || strides[i] < 0) {
                throw new IllegalArgumentException("negative size or stride: sizes " + Arrays.toString(sizes)
                        + ", strides " + Arrays.toString(strides));
            }
            empty |= sizes[i] == 0;
            last = Math.addExact(last, Math.multiplyExact(Math.max(0, sizes[i] - 1), strides[i]));
        }
        return empty ? 0 : Math.multiplyExact(Math.addExact(last, 1), (long) dtype.sizeBytes());
    }

    public DType dtype() {
        return dtype;
    }

    /** A copy of the sizes. */
    public long[] sizes() {
        return sizes.clone();
    }

    /** A copy of the strides, in elements. */
    public long[] strides() {
        return strides.clone();
    }

    public int rank() {
        return sizes.length;
    }

    /** Number of elements. */
    public long elementCount() {
        long count = 1;
        for (long size : sizes) {
            count = Math.multiplyExact(count, size);
        }
        return count;
    }

    public TensorSpec spec() {
        return TensorSpec.of(dtype, sizes);
    }

    /** Whether elements follow each other in row-major order. */
    public boolean isDense() {
        long[] dense = denseStrides(sizes);
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] > 1 && strides[i] != dense[i]) {
                return elementCount() == 0;
            }
        }
        return true;
    }

    /** The bytes from element 0 on: read-only, little-endian, with its own position. Follow {@link #strides()}. */
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** This tensor in row-major order: itself if it is dense already, else a copy in direct memory. */
    public Tensor toDense() {
        if (isDense()) {
            return this;
        }
        int elementBytes = dtype.sizeBytes();
        ByteBuffer copy = ByteBuffer.allocateDirect(Math.toIntExact(elementCount() * elementBytes))
                .order(ByteOrder.LITTLE_ENDIAN);
        long[] index = new long[sizes.length];
        for (long n = elementCount(); n > 0; n--) {
            long offset = 0;
            for (int i = 0; i < index.length; i++) {
                offset += index[i] * strides[i];
            }
            copy.put(bytes.slice(Math.toIntExact(offset * elementBytes), elementBytes));
            for (int i = index.length - 1; i >= 0 && ++index[i] == sizes[i]; i--) {
                index[i] = 0;
            }
        }
        return dense(dtype, sizes, copy.flip());
    }

    /**
     * The elements as float, row-major. Exact for float32; others are converted.
     *
     * @throws IllegalStateException for a complex tensor
     */
    public float[] toFloats() {
        double[] doubles = toDoubles();
        float[] floats = new float[doubles.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) doubles[i];
        }
        return floats;
    }

    /**
     * The elements as double, row-major (int64 beyond 2^53 is rounded).
     *
     * @throws IllegalStateException for a complex tensor
     */
    public double[] toDoubles() {
        Tensor dense = toDense();
        ByteBuffer b = dense.bytes();
        double[] out = new double[Math.toIntExact(elementCount())];
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (dtype) {
                case UINT8 -> b.get(i) & 0xff;
                case BOOL -> b.get(i) == 0 ? 0 : 1;
                case INT8 -> b.get(i);
                case INT16 -> b.getShort(2 * i);
                case INT32 -> b.getInt(4 * i);
                case INT64 -> b.getLong(8 * i);
                case FLOAT32 -> b.getFloat(4 * i);
                case FLOAT64 -> b.getDouble(8 * i);
                case BFLOAT16 -> Float.intBitsToFloat(b.getShort(2 * i) << 16);
                case FLOAT16 -> halfToFloat(b.getShort(2 * i));
                case COMPLEX64, COMPLEX128 ->
                    throw new IllegalStateException("a " + dtype + " tensor has no real elements: read its bytes");
            };
        }
        return out;
    }

    /** IEEE 754 binary16 to float. */
    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >>> 10) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | (mantissa << 13));
        }
        float magnitude = exponent == 0
                ? mantissa * 0x1p-24f
                : Float.intBitsToFloat(((exponent - 15 + 127) << 23) | (mantissa << 13));
        return sign == 0 ? magnitude : -magnitude;
    }

    @Override
    public String toString() {
        return spec().toString();
    }
}
