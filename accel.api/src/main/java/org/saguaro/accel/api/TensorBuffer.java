// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;

/**
 * A dense, row-major tensor in a {@link DeviceMemory}, as kernels read and write it. Its memory grows when needed and is
 * reused from request to request, so a kernel run in steady state allocates nothing.
 *
 * <p>Owned by the core. Used by one thread at a time: the core hands it to a worker together with the task. A kernel may
 * use it only during {@link Kernel#execute}. A scalar of the graph (a symbolic size) is an int64, float64 or bool tensor of
 * rank 0.
 */
public final class TensorBuffer implements AutoCloseable {

    private @Nullable DType dtype;
    private final DeviceMemory memory;
    private final boolean borrows;
    private long[] sizes = new long[0];
    private @Nullable DeviceBuffer storage;

    /** A tensor without elements yet. */
    public TensorBuffer(DType dtype, DeviceMemory memory) {
        this.dtype = dtype;
        this.memory = memory;
        borrows = false;
    }

    /** A tensor whose element type is known when it is written ({@link #resize(DType, long...)}). */
    public TensorBuffer(DeviceMemory memory) {
        this.memory = memory;
        borrows = false;
    }

    private TensorBuffer(TensorBuffer source, long[] sizes) {
        dtype = source.dtype();
        memory = source.memory;
        borrows = true;
        this.sizes = sizes.clone();
        storage = source.storage();
    }

    /**
     * The elements of a tensor with other sizes, to read: it borrows the memory, which must stay as it is meanwhile.
     *
     * @throws IllegalArgumentException if there would be more or fewer elements
     * @throws IllegalStateException if the source has no memory yet
     */
    public static TensorBuffer view(TensorBuffer source, long... sizes) {
        TensorBuffer view = new TensorBuffer(source, sizes);
        if (view.elementCount() != source.elementCount()) {
            throw new IllegalArgumentException(source + " cannot be seen as " + Arrays.toString(sizes));
        }
        return view;
    }

    /**
     * Element type.
     *
     * @throws IllegalStateException if it is not known yet
     */
    public DType dtype() {
        DType known = dtype;
        if (known == null) {
            throw new IllegalStateException("the tensor has no element type yet: resize it with one first");
        }
        return known;
    }

    /** The memory it lives in. */
    public DeviceMemory memory() {
        return memory;
    }

    public int rank() {
        return sizes.length;
    }

    /** Size of one dimension. */
    public long size(int dim) {
        return sizes[dim];
    }

    /** A copy of the sizes. */
    public long[] sizes() {
        return sizes.clone();
    }

    /** Whether it has memory and exactly these sizes. Allocates nothing. */
    public boolean hasSizes(long[] expected) {
        return storage != null && Arrays.equals(sizes, expected);
    }

    /** Elements in use; 0 before the first {@link #resize}. */
    public long elementCount() {
        if (storage == null) {
            return 0;
        }
        long count = 1;
        for (long size : sizes) {
            count *= size;
        }
        return count;
    }

    /** Bytes in use: elements times element size. */
    public long sizeBytes() {
        return storage == null ? 0 : elementCount() * dtype().sizeBytes();
    }

    /**
     * Gives the tensor this element type and these sizes, contents undefined. Allocates only if the rank changes or the memory is
     * too small.
     *
     * @param newSizes copied
     * @throws AccelException {@code RESOURCE_EXHAUSTED} if there is no room; the tensor then has no memory
     * @throws IllegalArgumentException if a size is negative
     */
    public void resize(DType newDtype, long... newSizes) throws AccelException {
        dtype = newDtype;
        resize(newSizes);
    }

    /** As {@link #resize(DType, long...)}, of the element type that it has. */
    public void resize(long... newSizes) throws AccelException {
        if (borrows) {
            throw new IllegalStateException("a view is only read: " + this);
        }
        long bytes = sizeBytes(newSizes);
        if (storage == null || storage.sizeBytes() < bytes) {
            if (storage != null) {
                storage.close();
                storage = null;
            }
            storage = memory.allocate(bytes);
        }
        if (sizes.length != newSizes.length) {
            sizes = newSizes.clone();
        } else {
            System.arraycopy(newSizes, 0, sizes, 0, newSizes.length);
        }
    }

    private long sizeBytes(long[] newSizes) throws AccelException {
        long bytes = dtype().sizeBytes();
        boolean empty = false;
        boolean fits = true;
        for (long size : newSizes) {
            if (size < 0) {
                throw new IllegalArgumentException(
                        "a tensor cannot have a negative size, found " + Arrays.toString(newSizes));
            }
            empty |= size == 0;
            fits &= bytes <= Long.MAX_VALUE / Math.max(1, size);
            bytes *= size;
        }
        if (empty) {
            return 0;
        }
        if (!fits) {
            throw new AccelException(
                    AccelException.Category.RESOURCE_EXHAUSTED,
                    memory.space() + ": a " + dtype() + " tensor of sizes " + Arrays.toString(newSizes)
                            + " has more bytes than a memory can have");
        }
        return bytes;
    }

    /**
     * The memory.
     *
     * @throws IllegalStateException before the first {@link #resize}
     */
    public DeviceBuffer storage() {
        if (storage == null) {
            throw new IllegalStateException("the tensor has no memory yet: resize it first");
        }
        return storage;
    }

    /**
     * The memory of a tensor in host memory.
     *
     * @throws ClassCastException if it lives elsewhere
     */
    public HostBuffer host() {
        return (HostBuffer) storage();
    }

    @Override
    public void close() {
        if (storage != null && !borrows) {
            storage.close();
        }
        storage = null;
        sizes = new long[0];
    }

    @Override
    public String toString() {
        return dtype + Arrays.toString(sizes) + "@" + memory.space();
    }
}
