// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import org.bytedeco.pytorch.IValue;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/**
 * The libtorch tensors over the buffers that came by lately at one input or output of a kernel. The core reuses buffers, so in
 * steady state a look-up finds the tensor and allocates nothing. Used by one thread.
 */
final class BufferTensors implements AutoCloseable {

    /** Buffers in flight at one place: more than requests that one model usually has under way. */
    private static final int CAPACITY = 16;

    private final @Nullable Entry[] entries = new @Nullable Entry[CAPACITY];
    private int next;

    /** The boxed tensor over {@code buffer} as it is sized now. Valid until {@link #CAPACITY} other buffers were seen. */
    IValue of(TensorBuffer buffer) {
        ByteBuffer bytes = buffer.host().bytes();
        for (Entry entry : entries) {
            if (entry != null
                    && entry.bytes.refersTo(bytes)
                    && entry.dtype == buffer.dtype()
                    && buffer.hasSizes(entry.sizes)) {
                return entry.boxed;
            }
        }
        Entry entry = new Entry(bytes, buffer.sizes(), buffer.dtype());
        Entry evicted = entries[next];
        if (evicted != null) {
            evicted.boxed.close();
        }
        entries[next] = entry;
        next = (next + 1) % CAPACITY;
        return entry.boxed;
    }

    @Override
    public void close() {
        for (int i = 0; i < CAPACITY; i++) {
            Entry entry = entries[i];
            if (entry != null) {
                entry.boxed.close();
                entries[i] = null;
            }
        }
    }

    /** The reference is weak so that a buffer the core has dropped can be collected; the tensor is then never found again. */
    private static final class Entry {
        private final WeakReference<ByteBuffer> bytes;
        private final long[] sizes;
        private final DType dtype;
        private final IValue boxed;

        Entry(ByteBuffer bytes, long[] sizes, DType dtype) {
            this.bytes = new WeakReference<>(bytes);
            this.sizes = sizes;
            this.dtype = dtype;
            boxed = Blobs.boxed(bytes, dtype, sizes, Tensor.denseStrides(sizes));
        }
    }
}
