// SPDX-License-Identifier: Apache-2.0
package org.example.accelerator;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceBuffer;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.MemorySpace;

/**
 * The device's own memory: the host reaches it through {@link #upload} and {@link #download} only. A device that shares the
 * host's memory needs no such class and returns {@link org.saguaro.accel.api.HostMemory#get()}. Thread-safe.
 */
final class NullMemory implements DeviceMemory {

    private final MemorySpace space;
    private final long capacityBytes;
    private final AtomicLong allocatedBytes = new AtomicLong();

    NullMemory(MemorySpace space, long capacityBytes) {
        this.space = space;
        this.capacityBytes = capacityBytes;
    }

    @Override
    public MemorySpace space() {
        return space;
    }

    @Override
    public Buffer allocate(long sizeBytes) throws AccelException {
        long before = allocatedBytes.getAndUpdate(used -> hasRoom(used, sizeBytes) ? used + sizeBytes : used);
        if (!hasRoom(before, sizeBytes)) {
            throw exhausted(sizeBytes, before);
        }
        try {
            return new Buffer((int) sizeBytes);
        } catch (OutOfMemoryError e) {
            throw exhausted(sizeBytes, allocatedBytes.addAndGet(-sizeBytes));
        }
    }

    @Override
    public void upload(HostBuffer source, DeviceBuffer target, long sizeBytes) {
        ((Buffer) target).bytes.put(0, source.bytes(), 0, Math.toIntExact(sizeBytes));
    }

    @Override
    public void download(DeviceBuffer source, HostBuffer target, long sizeBytes) {
        target.bytes().put(0, ((Buffer) source).bytes, 0, Math.toIntExact(sizeBytes));
    }

    long allocatedBytes() {
        return allocatedBytes.get();
    }

    private boolean hasRoom(long used, long sizeBytes) {
        return sizeBytes <= Integer.MAX_VALUE && sizeBytes <= capacityBytes - used;
    }

    private AccelException exhausted(long sizeBytes, long used) {
        return new AccelException(
                AccelException.Category.RESOURCE_EXHAUSTED,
                space + ": no room for " + sizeBytes + " bytes beside " + used + " of " + capacityBytes
                        + " in use; raise memory.bytes of " + NullAccelerators.PID);
    }

    /** A piece of the memory. What kernels need of it is made once, not on every use. */
    final class Buffer implements DeviceBuffer {
        private final ByteBuffer bytes;
        private final FloatBuffer floats;
        private final AtomicBoolean closed = new AtomicBoolean();

        Buffer(int sizeBytes) {
            bytes = ByteBuffer.allocate(sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
            floats = bytes.asFloatBuffer();
        }

        FloatBuffer floats() {
            return floats;
        }

        @Override
        public long sizeBytes() {
            return bytes.capacity();
        }

        @Override
        public void close() {
            if (!closed.getAndSet(true)) {
                allocatedBytes.addAndGet(-sizeBytes());
            }
        }
    }
}
