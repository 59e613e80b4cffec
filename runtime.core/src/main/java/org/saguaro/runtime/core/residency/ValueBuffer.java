// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.residency;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;

/**
 * One value of a running request: its replicas in memory domains, and which of them are valid. Data move only when a reader
 * cannot use a valid replica. Thread-safe; memory is kept and reused until {@link #close}.
 */
public final class ValueBuffer implements AutoCloseable {

    private static final class Replica {
        final MemoryDomain domain;
        final TensorBuffer tensor;
        boolean valid;

        Replica(MemoryDomain domain, DType dtype) {
            this.domain = domain;
            this.tensor = new TensorBuffer(dtype, domain.memory());
        }
    }

    private final DType dtype;
    private Replica[] replicas = new Replica[0];

    public ValueBuffer(DType dtype) {
        this.dtype = dtype;
    }

    /**
     * A replica to read in {@code domain}, copied there if need be.
     *
     * @throws TensorLostException if no valid replica is left
     * @throws AccelException if a copy fails or there is no room for it
     */
    public synchronized TensorBuffer readable(MemoryDomain domain) throws AccelException, TensorLostException {
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
        Replica here = find(domain);
        if (here != null && here.valid) {
            return 0;
        }
        Replica source = anyValid();
        if (source == null) {
            return 0;
        }
        long bytes = source.tensor.sizeBytes();
        return (source.domain == MemoryDomain.HOST ? 0 : source.domain.transferNanos(bytes))
                + (domain == MemoryDomain.HOST ? 0 : domain.transferNanos(bytes));
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
            target.tensor.resize(source.tensor.sizes());
            long start = System.nanoTime();
            if (upload) {
                device.memory().upload(source.tensor.host(), target.tensor.storage(), bytes);
            } else {
                device.memory().download(source.tensor.storage(), target.tensor.host(), bytes);
            }
            device.observeTransfer(bytes, System.nanoTime() - start);
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
