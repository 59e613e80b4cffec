// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.zip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/**
 * What PyTorch calls a storage: the bytes that one or more tensors show. All tensors made here share them.
 *
 * <p>One thread at a time, while tensors are made; these may be used from any thread.
 */
public final class Storage {

    private ByteBuffer bytes;
    private final Map<View, Tensor> views = new HashMap<>();

    private record View(DType dtype, List<Long> sizes, List<Long> strides, long offset) {}

    /**
     * A storage.
     *
     * @param bytes not copied, unless their address does not suit the elements
     */
    public Storage(ByteBuffer bytes) {
        this.bytes = bytes.slice();
    }

    /** How many bytes there are. */
    public long sizeBytes() {
        return bytes.capacity();
    }

    /**
     * A tensor that shows some of the bytes; the same object for the same question, so that tied weights can be told.
     *
     * @param offset of its first element, in elements; strides too are in elements
     * @return null if it does not lie within the storage, or has more than 2 GiB when laid out densely
     */
    public @Nullable Tensor view(DType dtype, long[] sizes, long[] strides, long offset) {
        try {
            long span = sizes.length == strides.length ? Tensor.spanBytes(dtype, sizes, strides) : -1;
            long start = Math.multiplyExact(offset, dtype.sizeBytes());
            boolean inside = span >= 0 && start >= 0 && Math.addExact(start, span) <= bytes.capacity();
            return inside && denseBytes(dtype, sizes) <= Integer.MAX_VALUE
                    ? views.computeIfAbsent(
                            new View(dtype, boxed(sizes), boxed(strides), offset),
                            view -> new Tensor(
                                    dtype, sizes, strides, aligned(dtype).slice((int) start, (int) span)))
                    : null;
        } catch (ArithmeticException | IllegalArgumentException e) {
            return null;
        }
    }

    private static List<Long> boxed(long[] numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }

    private static long denseBytes(DType dtype, long[] sizes) {
        long count = dtype.sizeBytes();
        for (long size : sizes) {
            count = Math.multiplyExact(count, size);
        }
        return count;
    }

    /** PyTorch aligns entries to 64 bytes. Where someone packed the archive anew, a copy off the heap makes up for it. */
    private ByteBuffer aligned(DType dtype) {
        int unit = Math.min(8, dtype.sizeBytes());
        if (bytes.isDirect() && bytes.alignmentOffset(0, unit) != 0) {
            bytes = ByteBuffer.allocateDirect(bytes.capacity())
                    .put(bytes.duplicate())
                    .flip();
        }
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
