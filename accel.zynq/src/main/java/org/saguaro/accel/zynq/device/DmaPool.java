// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostArena;
import org.saguaro.accel.api.HostMemory;

/**
 * Hands out the memory of one {@link DmaRegion}: first fit, in whole cache lines, so that synchronising one buffer never touches another. A buffer that
 * nobody closed comes back when it is unreachable. Buffers keep the memory, also when the device was closed meanwhile. Thread-safe.
 */
public final class DmaPool implements HostArena {

    private static final Cleaner CLEANER = Cleaner.create();

    private final String device;
    private final DmaRegion region;
    private final ByteBuffer memory;
    private final FreeRanges free;
    private int buffers;
    private long peakBytes;
    private long refusals;

    /**
     * @param device for messages
     * @param region all of it is the pool's from now on
     */
    public DmaPool(String device, DmaRegion region) {
        this.device = device;
        this.region = region;
        this.memory = region.bytes();
        this.free = new FreeRanges(memory.capacity() / HostMemory.ALIGNMENT_BYTES * (long) HostMemory.ALIGNMENT_BYTES);
    }

    @Override
    public @Nullable DmaBuffer tryAllocate(long sizeBytes) {
        long offset = take(sizeBytes);
        return offset < 0 ? null : buffer(offset, sizeBytes);
    }

    /**
     * As {@link #tryAllocate}.
     *
     * @throws AccelException {@code RESOURCE_EXHAUSTED} if there is no room; the message has the figures
     */
    public DmaBuffer allocate(long sizeBytes) throws AccelException {
        DmaBuffer buffer = tryAllocate(sizeBytes);
        if (buffer == null) {
            Usage usage = usage();
            throw new AccelException(
                    AccelException.Category.RESOURCE_EXHAUSTED,
                    device + ": no DMA memory for " + sizeBytes + " bytes: " + usage.usedBytes() + " of "
                            + usage.capacityBytes() + " are in use by "
                            + usage.buffers() + " buffers, the largest free range has " + usage.largestFreeBytes()
                            + "; enlarge the DMA memory or lower the number of requests in flight");
        }
        return buffer;
    }

    /** What it looks like now. */
    public synchronized Usage usage() {
        return new Usage(free.capacity(), free.capacity() - free.total(), peakBytes, free.largest(), buffers, refusals);
    }

    /** The memory behind it. */
    public DmaRegion region() {
        return region;
    }

    /**
     * A look at a pool.
     *
     * @param capacityBytes all of it
     * @param usedBytes in whole cache lines
     * @param peakBytes the most that was ever used
     * @param largestFreeBytes of the ranges without a gap
     * @param buffers in use
     * @param refusals how often there was no room
     */
    public record Usage(
            long capacityBytes, long usedBytes, long peakBytes, long largestFreeBytes, int buffers, long refusals) {}

    private synchronized long take(long sizeBytes) {
        if (sizeBytes < 0) {
            throw new IllegalArgumentException(device + ": a buffer of " + sizeBytes + " bytes");
        }
        long offset = sizeBytes > free.capacity() ? -1 : free.take(lines(sizeBytes));
        if (offset < 0) {
            refusals++;
            return -1;
        }
        buffers++;
        peakBytes = Math.max(peakBytes, free.capacity() - free.total());
        return offset;
    }

    private synchronized void giveBack(long offset, long sizeBytes) {
        free.giveBack(offset, lines(sizeBytes));
        buffers--;
    }

    private DmaBuffer buffer(long offset, long sizeBytes) {
        // The slice keeps the region's memory; nothing that the cleaner holds may keep the buffer.
        ByteBuffer bytes = memory.slice((int) offset, (int) sizeBytes).order(ByteOrder.LITTLE_ENDIAN);
        DmaBuffer buffer = new DmaBuffer(this, offset, bytes);
        buffer.owned(CLEANER.register(buffer, () -> giveBack(offset, sizeBytes)));
        return buffer;
    }

    private static long lines(long sizeBytes) {
        long line = HostMemory.ALIGNMENT_BYTES;
        return Math.max(line, (sizeBytes + line - 1) / line * line);
    }
}
