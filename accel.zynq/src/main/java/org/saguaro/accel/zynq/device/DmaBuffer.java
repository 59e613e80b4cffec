// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostBuffer;

/** A piece of a {@link DmaPool}: the CPU addresses it as any host buffer, engines at {@link #physicalAddress}. Owned by who allocated it. */
public final class DmaBuffer implements HostBuffer {

    private final DmaPool pool;
    private final long offset;
    private final ByteBuffer bytes;
    private Cleaner.@Nullable Cleanable ownership;

    DmaBuffer(DmaPool pool, long offset, ByteBuffer bytes) {
        this.pool = pool;
        this.offset = offset;
        this.bytes = bytes;
    }

    /** Set by the pool before anybody else sees the buffer. */
    void owned(Cleaner.Cleanable ownership) {
        this.ownership = ownership;
    }

    /** Whose engines reach it. */
    public DmaPool pool() {
        return pool;
    }

    /** Where engines see its first byte. */
    public long physicalAddress() {
        return pool.region().physicalAddress() + offset;
    }

    /**
     * What the CPU wrote there is what engines read from now on.
     *
     * @param from the first byte, in the buffer
     * @throws AccelException {@code DEVICE_LOST} if the device is gone
     */
    public void syncForDevice(long from, long length) throws AccelException {
        check(from, length);
        try {
            pool.region().syncForDevice(offset + from, length);
        } catch (DeviceException e) {
            throw new AccelException(AccelException.Category.DEVICE_LOST, String.valueOf(e.getMessage()), e);
        }
    }

    /** What engines wrote there is what the CPU reads from now on; as {@link #syncForDevice}. */
    public void syncForCpu(long from, long length) throws AccelException {
        check(from, length);
        try {
            pool.region().syncForCpu(offset + from, length);
        } catch (DeviceException e) {
            throw new AccelException(AccelException.Category.DEVICE_LOST, String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public long sizeBytes() {
        return bytes.capacity();
    }

    @Override
    public void close() {
        if (ownership != null) {
            ownership.clean();
        }
    }

    private void check(long from, long length) {
        if (from < 0 || length < 0 || from > sizeBytes() - length) {
            throw new IndexOutOfBoundsException(
                    "range " + from + "+" + length + " of a buffer of " + sizeBytes() + " bytes");
        }
    }
}
