// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/**
 * The libtorch tensors over the buffers that came by lately at one input or output of a kernel. The core reuses buffers, so in
 * steady state a look-up finds the tensor and allocates nothing. Used by one thread.
 */
final class BufferHandles {

    /** Buffers in flight at one place: more than requests that one model usually has under way. */
    private static final int CAPACITY = 16;

    private final Aten aten;
    private final @Nullable Entry[] entries = new @Nullable Entry[CAPACITY];
    private int next;

    BufferHandles(Aten aten) {
        this.aten = aten;
    }

    /** The tensor over {@code buffer} as it is sized now. Valid until {@link #CAPACITY} other buffers were seen. */
    TensorHandle of(TensorBuffer buffer) {
        ByteBuffer bytes = buffer.host().bytes();
        for (Entry entry : entries) {
            if (entry != null
                    && entry.bytes.refersTo(bytes)
                    && entry.dtype == buffer.dtype()
                    && buffer.hasSizes(entry.sizes)) {
                return entry.handle;
            }
        }
        long[] sizes = buffer.sizes();
        TensorHandle handle = aten.keep(aten.over(bytes, buffer.dtype(), sizes, Tensor.denseStrides(sizes)));
        Entry evicted = entries[next];
        if (evicted != null) {
            aten.free(evicted.handle);
        }
        entries[next] = new Entry(bytes, sizes, buffer.dtype(), handle);
        next = (next + 1) % CAPACITY;
        return handle;
    }

    void close() {
        for (int i = 0; i < CAPACITY; i++) {
            Entry entry = entries[i];
            if (entry != null) {
                aten.free(entry.handle);
                entries[i] = null;
            }
        }
    }

    /** The reference is weak so that a buffer the core has dropped can be collected; the tensor is then never found again. */
    private static final class Entry {
        final WeakReference<ByteBuffer> bytes;
        final long[] sizes;
        final DType dtype;
        final TensorHandle handle;

        Entry(ByteBuffer bytes, long[] sizes, DType dtype, TensorHandle handle) {
            this.bytes = new WeakReference<>(bytes);
            this.sizes = sizes;
            this.dtype = dtype;
            this.handle = handle;
        }
    }
}
