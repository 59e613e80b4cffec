// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.residency.ValueBuffer;

/**
 * Buffers that nobody keeps any more, for the next tensors of the same element type and sizes: taking memory from the system for
 * each would cost more than a small kernel. Thread-safe; takes no lock.
 */
final class BufferPool {

    private record Node(ValueBuffer buffer, @Nullable Node below) {}

    /** Buffers of one kind. */
    final class Shelf implements ValueBuffer.Recycler {
        private final Spec spec;
        private final long bytes;
        /** The one used last on top: its memory is still in the cache. Treiber, IBM RJ 5118, 1986; nodes are never used again. */
        private final AtomicReference<@Nullable Node> spare = new AtomicReference<>();

        private Shelf(Spec spec) {
            this.spec = spec;
            bytes = spec.bytes();
        }

        /** A buffer for the caller alone, contents undefined. */
        ValueBuffer take() {
            ValueBuffer buffer = poll();
            if (buffer == null) {
                return new ValueBuffer(spec.dtype(), this);
            }
            spareBytes.addAndGet(-bytes);
            return buffer.reuse();
        }

        @Override
        public boolean recycle(ValueBuffer buffer) {
            if (closed || spareBytes.get() + bytes > limitBytes) {
                return false;
            }
            spareBytes.addAndGet(bytes);
            Node node;
            Node below;
            do {
                below = spare.get();
                node = new Node(buffer, below);
            } while (!spare.compareAndSet(below, node));
            return true;
        }

        private @Nullable ValueBuffer poll() {
            Node top;
            do {
                top = spare.get();
                if (top == null) {
                    return null;
                }
            } while (!spare.compareAndSet(top, top.below()));
            return top.buffer();
        }

        private void empty() {
            for (ValueBuffer buffer = poll(); buffer != null; buffer = poll()) {
                spareBytes.addAndGet(-bytes);
                buffer.close();
            }
        }
    }

    private final long limitBytes;
    private final Map<Spec, Shelf> shelves = new ConcurrentHashMap<>();
    private final AtomicLong spareBytes = new AtomicLong();
    private volatile boolean closed;

    /** @param limitBytes at most so much is kept for later */
    BufferPool(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    Shelf shelf(Spec spec) {
        Shelf known = shelves.get(spec);
        return known != null ? known : shelves.computeIfAbsent(spec, Shelf::new);
    }

    long spareBytes() {
        return spareBytes.get();
    }

    /** Gives back what is spare; from now on nothing is kept. */
    void close() {
        closed = true;
        trim();
    }

    /** Gives back what is spare. */
    void trim() {
        shelves.values().forEach(Shelf::empty);
    }

    /** Forgets kinds of which nothing is spare, once there are many of them. */
    void forgetEmptyShelves(int bound) {
        if (shelves.size() > bound) {
            shelves.values().removeIf(shelf -> shelf.spare.get() == null);
        }
    }
}
