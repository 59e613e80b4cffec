// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Host memory as every PE in {@link MemorySpace#HOST} uses it: direct buffers, 64-byte aligned; out of the memory that devices {@link #offer},
 * as long as there is room in it. Thread-safe.
 */
public final class HostMemory implements MeteredMemory {

    /** Alignment of every buffer: a cache line, and enough for the widest vector load. */
    public static final int ALIGNMENT_BYTES = 64;

    private static final HostMemory INSTANCE = new HostMemory();
    private static final Cleaner CLEANER = Cleaner.create();

    private final AtomicLong allocatedBytes = new AtomicLong();
    private final List<HostArena> arenas = new CopyOnWriteArrayList<>();

    private HostMemory() {}

    /** The one host memory. */
    public static HostMemory get() {
        return INSTANCE;
    }

    /** From now on tensors are taken out of {@code arena} first, until what is returned is closed. */
    public Offer offer(HostArena arena) {
        arenas.add(arena);
        return () -> arenas.remove(arena);
    }

    /** Memory that a device's bundle offers. */
    public interface Offer extends AutoCloseable {
        /** Takes the offer back; buffers that are in use stay so. */
        @Override
        void close();
    }

    @Override
    public MemorySpace space() {
        return MemorySpace.HOST;
    }

    @Override
    public HostBuffer allocate(long sizeBytes) throws AccelException {
        if (sizeBytes < 0 || sizeBytes > Integer.MAX_VALUE - ALIGNMENT_BYTES) {
            throw new AccelException(
                    AccelException.Category.RESOURCE_EXHAUSTED,
                    "host: a tensor of " + sizeBytes + " bytes is larger than one buffer can be (2 GiB)");
        }
        for (HostArena arena : arenas) {
            HostBuffer buffer = arena.tryAllocate(sizeBytes);
            if (buffer != null) {
                return buffer;
            }
        }
        try {
            return new AlignedBuffer((int) sizeBytes, allocatedBytes);
        } catch (OutOfMemoryError e) {
            throw new AccelException(
                    AccelException.Category.RESOURCE_EXHAUSTED,
                    "host: no room for " + sizeBytes + " bytes beside " + allocatedBytes.get()
                            + " in use; raise -XX:MaxDirectMemorySize or lower the number of requests in flight",
                    e);
        }
    }

    @Override
    public void upload(HostBuffer source, DeviceBuffer target, long sizeBytes) {
        copy(source, target, sizeBytes);
    }

    @Override
    public void download(DeviceBuffer source, HostBuffer target, long sizeBytes) {
        copy(source, target, sizeBytes);
    }

    @Override
    public long allocatedBytes() {
        return allocatedBytes.get();
    }

    /** Not known: the JVM has a limit for direct buffers, the machine another one. */
    @Override
    public long capacityBytes() {
        return 0;
    }

    private static void copy(DeviceBuffer source, DeviceBuffer target, long sizeBytes) {
        int length = Math.toIntExact(sizeBytes);
        ((HostBuffer) target).bytes().put(0, ((HostBuffer) source).bytes(), 0, length);
    }

    private static final class AlignedBuffer implements HostBuffer {
        private final ByteBuffer bytes;
        private final Cleaner.Cleanable accounting;

        AlignedBuffer(int sizeBytes, AtomicLong total) {
            ByteBuffer block = ByteBuffer.allocateDirect(sizeBytes + ALIGNMENT_BYTES);
            // Not alignedSlice: that aligns the end as well and loses what is beyond the last multiple.
            int start = ALIGNMENT_BYTES - block.alignmentOffset(0, ALIGNMENT_BYTES);
            bytes = block.slice(start, sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
            total.addAndGet(sizeBytes);
            // The memory itself is freed with the direct buffer; this keeps the count right even if close is forgotten.
            accounting = CLEANER.register(this, () -> total.addAndGet(-sizeBytes));
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
            accounting.clean();
        }
    }
}
