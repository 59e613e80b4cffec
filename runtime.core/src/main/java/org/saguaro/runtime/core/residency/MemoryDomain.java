// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.residency;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostMemory;

/**
 * A memory space while some PE with it is present. When the last one leaves, or the device is lost, the domain is lost with
 * every tensor in it; a PE that comes back brings a new domain. Thread-safe.
 */
public final class MemoryDomain {

    /** Host memory is never lost. */
    public static final MemoryDomain HOST = new MemoryDomain(HostMemory.get());

    private static final double PRIOR_NANOS_PER_BYTE = 0.5;
    private static final double PRIOR_START_NANOS = 10_000;
    private static final double WEIGHT_OF_NEWEST = 0.1;

    private final DeviceMemory memory;
    private final ReadWriteLock copying = new ReentrantReadWriteLock();
    private volatile boolean lost;
    private volatile double nanosPerByte = PRIOR_NANOS_PER_BYTE;

    public MemoryDomain(DeviceMemory memory) {
        this.memory = memory;
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

    /** Expected time to copy between this domain and the host. */
    long transferNanos(long sizeBytes) {
        return (long) (PRIOR_START_NANOS + sizeBytes * nanosPerByte);
    }

    /** Learns from a copy. */
    synchronized void observeTransfer(long sizeBytes, long nanos) {
        if (sizeBytes > 0) {
            double measured = Math.max(0, nanos - PRIOR_START_NANOS) / sizeBytes;
            double known = nanosPerByte;
            nanosPerByte = known + WEIGHT_OF_NEWEST * (measured - known);
        }
    }
}
