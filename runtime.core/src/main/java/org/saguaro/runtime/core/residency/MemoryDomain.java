// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.residency;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.runtime.core.cost.TransferEstimate;

/**
 * A memory space while some PE with it is present. When the last one leaves, or the device is lost, the domain is lost with
 * every tensor in it; a PE that comes back brings a new domain. Thread-safe.
 */
public final class MemoryDomain {

    /** Host memory is never lost. */
    public static final MemoryDomain HOST = new MemoryDomain(HostMemory.get());

    private final DeviceMemory memory;
    private final ReadWriteLock copying = new ReentrantReadWriteLock();
    private volatile boolean lost;
    private final TransferEstimate upload;
    private final TransferEstimate download;

    /** With times of copies of its own. */
    public MemoryDomain(DeviceMemory memory) {
        this(memory, new TransferEstimate(), new TransferEstimate());
    }

    /** With times of copies that outlive it: from the host, and to the host. */
    public MemoryDomain(DeviceMemory memory, TransferEstimate upload, TransferEstimate download) {
        this.memory = memory;
        this.upload = upload;
        this.download = download;
    }

    public DeviceMemory memory() {
        return memory;
    }

    /** From now on nothing in it can be read. Returns when no copy from or to it is under way. */
    public void lose() {
        if (this != HOST) {
            copying.writeLock().lock();
            try {
                lost = true;
            } finally {
                copying.writeLock().unlock();
            }
        }
    }

    /** Held while the provider's code copies. */
    Lock copyLock() {
        return copying.readLock();
    }

    public boolean isLost() {
        return lost;
    }

    /** Copies from the host to this domain. */
    public TransferEstimate upload() {
        return upload;
    }

    /** Copies from this domain to the host. */
    public TransferEstimate download() {
        return download;
    }

    /** Expected time to bring that much from this domain to another; by way of the host, if neither is. */
    public long transferNanos(MemoryDomain target, long sizeBytes) {
        if (target == this) {
            return 0;
        }
        return (this == HOST ? 0 : download.nanos(sizeBytes)) + (target == HOST ? 0 : target.upload.nanos(sizeBytes));
    }
}
