// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DmaBuffer;
import org.saguaro.accel.zynq.device.DmaPool;

/**
 * Work space in DMA memory that all kernels of one processing element use in turn, as only one of them runs at a time: as large as the largest of them needs.
 * Thread-safe.
 */
final class Scratch {

    private final DmaPool pool;
    private int kernels;
    private long sizeBytes;
    private @Nullable DmaBuffer buffer;
    /** What a kernel works in; apart from {@link #buffer} while that is replaced under it. */
    private @Nullable DmaBuffer inUse;

    Scratch(DmaPool pool) {
        this.pool = pool;
    }

    /**
     * Sees to it that there is so much, until {@link #giveBack}.
     *
     * @throws AccelException {@code RESOURCE_EXHAUSTED} if there is no room, {@code DEVICE_LOST} if the device is gone
     */
    synchronized void reserve(long bytes) throws AccelException {
        if (bytes > sizeBytes) {
            DmaBuffer larger = pool.allocate(bytes);
            try {
                // What somebody else wrote there before must not be evicted over an engine's results.
                larger.syncForDevice(0, bytes);
            } catch (AccelException e) {
                larger.close();
                throw e;
            }
            closeUnlessInUse(buffer);
            buffer = larger;
            sizeBytes = bytes;
        }
        kernels++;
    }

    /** Undoes one {@link #reserve}; with the last one the memory is given back. */
    synchronized void giveBack() {
        if (--kernels == 0) {
            closeUnlessInUse(buffer);
            buffer = null;
            sizeBytes = 0;
        }
    }

    /** The work space, for one execution. Between reserving and giving back, by the worker thread. */
    synchronized DmaBuffer acquire() {
        DmaBuffer current = buffer;
        if (current == null) {
            throw new IllegalStateException("no work space was reserved");
        }
        inUse = current;
        return current;
    }

    /** Ends {@link #acquire}. */
    synchronized void release() {
        DmaBuffer used = inUse;
        inUse = null;
        if (used != null && used != buffer) {
            used.close();
        }
    }

    /** Bytes held per kernel, so that the sum over all is what is held. */
    synchronized long share() {
        return kernels == 0 ? 0 : sizeBytes / kernels;
    }

    private void closeUnlessInUse(@Nullable DmaBuffer old) {
        if (old != null && old != inUse) {
            old.close();
        }
    }
}
