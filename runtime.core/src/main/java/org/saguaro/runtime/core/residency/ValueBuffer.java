// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.residency;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.runtime.core.host.HostTensor;

/**
 * One value of a running request: its replicas in memory domains, and which of them are valid. Data move only when a reader
 * cannot use a valid replica. Thread-safe; memory is kept and reused until {@link #close}.
 *
 * <p>Graphs hand tensors to each other by reference: whoever keeps a value {@link #retain}s its buffer and {@link #release}s it
 * later. Its maker holds the first reference. A buffer that others keep ({@link #isShared}) is not written again: its maker
 * lets go of it and takes another one.
 *
 * <p>A <em>view</em> is the same elements with other sizes: it has no memory of its own and keeps the buffer that has.
 */
public final class ValueBuffer implements HostTensor, AutoCloseable {

    /** Takes buffers that nobody keeps any more, to use them again. */
    public interface Recycler {
        /** Whether it takes the buffer; whoever gets it then calls {@link ValueBuffer#reuse}. Any thread. */
        boolean recycle(ValueBuffer buffer);
    }

    private static final class Replica {
        final MemoryDomain domain;
        final TensorBuffer tensor;
        boolean valid;

        Replica(MemoryDomain domain, @Nullable DType dtype) {
            this.domain = domain;
            this.tensor = dtype == null ? new TensorBuffer(domain.memory()) : new TensorBuffer(dtype, domain.memory());
        }
    }

    private final @Nullable DType dtype;
    private final @Nullable Recycler recycler;
    private final @Nullable View view;
    private final AtomicInteger references = new AtomicInteger(1);
    private Replica[] replicas = new Replica[0];
    private volatile boolean discarded;

    /** What a view looks at; the tensors over the source's replicas are kept. Guarded by the view's buffer. */
    private static final class View {
        final ValueBuffer source;
        final long[] sizes;
        TensorBuffer[] seen = new TensorBuffer[0];
        TensorBuffer[] as = new TensorBuffer[0];

        View(ValueBuffer source, long[] sizes) {
            this.source = source;
            this.sizes = sizes;
        }

        TensorBuffer of(TensorBuffer tensor) {
            for (int i = 0; i < seen.length; i++) {
                if (seen[i] == tensor) {
                    return as[i];
                }
            }
            TensorBuffer made = TensorBuffer.view(tensor, sizes);
            seen = Arrays.copyOf(seen, seen.length + 1);
            as = Arrays.copyOf(as, seen.length);
            seen[seen.length - 1] = tensor;
            as[seen.length - 1] = made;
            return made;
        }
    }

    /** @param dtype element type; null if whoever writes it decides */
    public ValueBuffer(@Nullable DType dtype) {
        this(dtype, null, null);
    }

    /**
     * A buffer to be used again.
     *
     * @param dtype element type; null if whoever writes it decides
     * @param recycler gets it when the last one lets go of it
     */
    public ValueBuffer(@Nullable DType dtype, Recycler recycler) {
        this(dtype, recycler, null);
    }

    private ValueBuffer(@Nullable DType dtype, @Nullable Recycler recycler, @Nullable View view) {
        this.dtype = dtype;
        this.recycler = recycler;
        this.view = view;
    }

    /** The elements of a buffer that is written already, with other sizes, as many; keeps it. */
    public static ValueBuffer view(ValueBuffer source, long[] sizes) {
        return new ValueBuffer(source.dtype(), null, new View(source.retain(), sizes.clone()));
    }

    /** One more keeps it. */
    public ValueBuffer retain() {
        references.incrementAndGet();
        return this;
    }

    /** One less keeps it; the last one gives its memory back. */
    public void release() {
        if (references.decrementAndGet() == 0 && (recycler == null || discarded || !recycler.recycle(this))) {
            close();
        }
    }

    /** A recycled one begins anew: the caller holds the first reference, its contents are undefined. */
    public ValueBuffer reuse() {
        references.set(1);
        return this;
    }

    /** A kernel that was given up may still write to it: it is not used again. */
    public void discard() {
        discarded = true;
    }

    /** Whether others than its maker keep it. */
    public boolean isShared() {
        return references.get() > 1;
    }

    /**
     * A replica to read in {@code domain}, copied there if need be.
     *
     * @throws TensorLostException if no valid replica is left
     * @throws AccelException if a copy fails or there is no room for it
     */
    public synchronized TensorBuffer readable(MemoryDomain domain) throws AccelException, TensorLostException {
        if (view != null) {
            return view.of(view.source.readable(domain));
        }
        Replica here = find(domain);
        if (here != null && here.valid && !domain.isLost()) {
            return here.tensor;
        }
        Replica source = anyValid();
        if (source == null) {
            throw new TensorLostException("the only copy of a tensor was lost with its device's memory");
        }
        if (source.domain != MemoryDomain.HOST && domain != MemoryDomain.HOST) {
            // Between two devices by way of the host, which then has a valid replica too.
            readable(MemoryDomain.HOST);
            source = findOrAdd(MemoryDomain.HOST);
        }
        Replica target = findOrAdd(domain);
        copy(source, target);
        target.valid = true;
        return target.tensor;
    }

    /** A replica to write in {@code domain}, contents undefined. No replica is valid until {@link #publish}. */
    public synchronized TensorBuffer writable(MemoryDomain domain) {
        if (view != null) {
            throw new IllegalStateException("a view is only read");
        }
        for (Replica replica : replicas) {
            replica.valid = false;
        }
        return findOrAdd(domain).tensor;
    }

    /** The replica in {@code domain} has been written completely. */
    public synchronized void publish(MemoryDomain domain) {
        findOrAdd(domain).valid = true;
    }

    /** Expected time until {@code domain} has a valid replica; 0 if it has one. */
    public synchronized long transferNanos(MemoryDomain domain) {
        if (view != null) {
            return view.source.transferNanos(domain);
        }
        Replica here = find(domain);
        if (here != null && here.valid) {
            return 0;
        }
        Replica source = anyValid();
        if (source == null) {
            return 0;
        }
        return source.domain.transferNanos(domain, source.tensor.sizeBytes());
    }

    /**
     * Element type of what was written last.
     *
     * @throws IllegalStateException if nothing was
     */
    @Override
    public synchronized DType dtype() {
        return view != null ? view.source.dtype() : written().tensor.dtype();
    }

    /** As {@link #dtype}: sizes of what was written last. */
    @Override
    public synchronized long[] sizes() {
        return view != null ? view.sizes.clone() : written().tensor.sizes();
    }

    @Override
    public synchronized Object item() throws AccelException, TensorLostException {
        return HostElements.item(readable(MemoryDomain.HOST));
    }

    @Override
    public synchronized Object toList() throws AccelException, TensorLostException {
        return HostElements.toList(readable(MemoryDomain.HOST));
    }

    /** A replica that was written, be its memory lost or not. */
    private Replica written() {
        for (Replica replica : replicas) {
            if (replica.valid) {
                return replica;
            }
        }
        throw new IllegalStateException("the tensor was not written yet");
    }

    /** Bytes of all replicas, whether they are valid or not. */
    public synchronized long heldBytes() {
        long bytes = 0;
        for (Replica replica : replicas) {
            bytes += replica.tensor.sizeBytes();
        }
        return bytes;
    }

    /** Gives all memory back, but for that of lost domains, which is gone already. */
    @Override
    public synchronized void close() {
        for (Replica replica : replicas) {
            if (!replica.domain.isLost()) {
                replica.tensor.close();
            }
        }
        replicas = new Replica[0];
        if (view != null) {
            view.source.release();
        }
    }

    private static void copy(Replica source, Replica target) throws AccelException, TensorLostException {
        boolean upload = source.domain == MemoryDomain.HOST;
        MemoryDomain device = upload ? target.domain : source.domain;
        long bytes = source.tensor.sizeBytes();
        device.copyLock().lock();
        try {
            if (device.isLost()) {
                throw new TensorLostException("the memory " + device.memory().space() + " was lost");
            }
            target.tensor.resize(source.tensor.dtype(), source.tensor.sizes());
            long start = System.nanoTime();
            if (upload) {
                device.memory().upload(source.tensor.host(), target.tensor.storage(), bytes);
            } else {
                device.memory().download(source.tensor.storage(), target.tensor.host(), bytes);
            }
            long taken = System.nanoTime() - start;
            (upload ? device.upload() : device.download()).observe(bytes, taken);
        } finally {
            device.copyLock().unlock();
        }
    }

    private @Nullable Replica anyValid() {
        Replica found = null;
        for (Replica replica : replicas) {
            if (replica.valid && !replica.domain.isLost() && (found == null || replica.domain == MemoryDomain.HOST)) {
                found = replica;
            }
        }
        return found;
    }

    private @Nullable Replica find(MemoryDomain domain) {
        for (Replica replica : replicas) {
            if (replica.domain == domain) {
                return replica;
            }
        }
        return null;
    }

    private Replica findOrAdd(MemoryDomain domain) {
        Replica found = find(domain);
        if (found == null) {
            found = new Replica(domain, dtype);
            Replica[] kept = Arrays.stream(replicas)
                    .filter(replica -> !replica.domain.isLost())
                    .toArray(Replica[]::new);
            replicas = Arrays.copyOf(kept, kept.length + 1);
            replicas[kept.length] = found;
        }
        return found;
    }
}
