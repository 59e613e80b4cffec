// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.bytedeco.pytorch.IValue;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/**
 * Weights in the forms that fused kernels want, each held once for all PEs of this accelerator: N cores do not hold N copies.
 * Counted by leases, freed with the last one. Thread-safe; what it hands out is only read.
 */
final class PackedWeights {

    private final Map<Key, Entry> entries = new HashMap<>();

    /**
     * What a packed weight is made of.
     *
     * @param recipe how it is made, all parameters included
     * @param sources where the raw weights lie; a lease keeps that memory reachable, so an address names one weight
     */
    record Key(String recipe, List<Source> sources) {

        static Key of(String recipe, List<Tensor> weights) {
            return new Key(recipe, weights.stream().map(Source::of).toList());
        }
    }

    /** Stands for the address of memory that has none: such weights are not shared. */
    private static final AtomicLong UNSHARED = new AtomicLong();

    record Source(long address, DType dtype, List<Long> sizes, List<Long> strides) {
        static Source of(Tensor weight) {
            ByteBuffer bytes = weight.bytes();
            boolean addressable = bytes.isDirect() && bytes.capacity() > 0;
            return new Source(
                    addressable ? Blobs.address(bytes) : UNSHARED.decrementAndGet(),
                    weight.dtype(),
                    Arrays.stream(weight.sizes()).boxed().toList(),
                    Arrays.stream(weight.strides()).boxed().toList());
        }
    }

    /** One user's hold on a packed weight. */
    final class Lease implements AutoCloseable, Sized {
        private final Key key;
        private final Entry entry;
        private boolean released;

        private Lease(Key key, Entry entry) {
            this.key = key;
            this.entry = entry;
        }

        IValue value() {
            return entry.value();
        }

        @Override
        public long residentBytes() {
            synchronized (entries) {
                return entry.bytes() / Math.max(1, entry.users);
            }
        }

        @Override
        public void close() {
            if (!released) {
                released = true;
                release(key, entry);
            }
        }
    }

    /**
     * Packs, or shares what another kernel packed. Two threads that want the same weight pack it once.
     *
     * @param weights the raw weights
     * @param pack makes the packed form; runs on this thread if nobody has it yet
     */
    Lease acquire(String recipe, List<Tensor> weights, Supplier<IValue> pack) {
        Key key = Key.of(recipe, weights);
        Entry entry;
        synchronized (entries) {
            entry = entries.computeIfAbsent(key, k -> new Entry(weights));
            entry.users++;
        }
        try {
            entry.build(pack);
        } catch (RuntimeException e) {
            release(key, entry);
            throw e;
        }
        return new Lease(key, entry);
    }

    /** Packed weights held at the moment. */
    int size() {
        synchronized (entries) {
            return entries.size();
        }
    }

    private void release(Key key, Entry entry) {
        synchronized (entries) {
            entry.users--;
            if (entry.users > 0) {
                return;
            }
            entries.remove(key);
        }
        entry.close();
    }

    private static final class Entry {
        private final List<ByteBuffer> memory = new ArrayList<>();
        private int users;
        private @Nullable IValue value;
        private volatile long bytes;

        Entry(List<Tensor> weights) {
            weights.forEach(weight -> memory.add(weight.bytes()));
        }

        synchronized void build(Supplier<IValue> pack) {
            if (value == null) {
                IValue packed = pack.get();
                packed.retainReference();
                value = packed;
                bytes = bytes(packed);
            }
        }

        long bytes() {
            return bytes;
        }

        /** A packed tensor of oneDNN does not say how it pads: its elements are counted. */
        private static long bytes(IValue packed) {
            if (!packed.isTensor()) {
                return 0;
            }
            return Temporaries.freed(() -> {
                org.bytedeco.pytorch.Tensor tensor = packed.toTensor();
                return tensor.defined() ? tensor.numel() * tensor.element_size() : 0L;
            });
        }

        synchronized IValue value() {
            if (value == null) {
                throw new IllegalStateException("the packed weight was freed");
            }
            return value;
        }

        synchronized void close() {
            if (value != null) {
                value.releaseReference();
                value = null;
            }
            memory.clear();
        }
    }
}
