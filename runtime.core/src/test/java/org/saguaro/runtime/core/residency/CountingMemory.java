// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.residency;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.DeviceBuffer;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.MemorySpace;

/** A device's memory that only copies reach, and that counts them. */
final class CountingMemory implements DeviceMemory {

    final AtomicInteger uploads = new AtomicInteger();
    final AtomicInteger downloads = new AtomicInteger();
    final AtomicInteger openBlocks = new AtomicInteger();
    volatile boolean failing;

    private final MemorySpace space;

    CountingMemory(String name) {
        space = new MemorySpace(name);
    }

    private static final class Block implements DeviceBuffer {
        final byte[] bytes;
        private final AtomicInteger open;

        Block(long sizeBytes, AtomicInteger open) {
            this.bytes = new byte[Math.toIntExact(sizeBytes)];
            this.open = open;
            open.incrementAndGet();
        }

        @Override
        public long sizeBytes() {
            return bytes.length;
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }

    @Override
    public MemorySpace space() {
        return space;
    }

    @Override
    public DeviceBuffer allocate(long sizeBytes) {
        return new Block(sizeBytes, openBlocks);
    }

    @Override
    public void upload(HostBuffer source, DeviceBuffer target, long sizeBytes) throws AccelException {
        uploads.incrementAndGet();
        failIfTold();
        source.bytes().get(0, ((Block) target).bytes, 0, Math.toIntExact(sizeBytes));
    }

    @Override
    public void download(DeviceBuffer source, HostBuffer target, long sizeBytes) throws AccelException {
        downloads.incrementAndGet();
        failIfTold();
        target.bytes().put(0, ((Block) source).bytes, 0, Math.toIntExact(sizeBytes));
    }

    private void failIfTold() throws AccelException {
        if (failing) {
            throw new AccelException(Category.KERNEL_FAILED, space + ": fails as it was told to");
        }
    }

    /** Fills a buffer of this memory, as a kernel would. */
    static void fill(DeviceBuffer buffer, int value) {
        Arrays.fill(((Block) buffer).bytes, (byte) value);
    }

    /** The first byte of a buffer of this memory. */
    static int first(DeviceBuffer buffer) {
        return ((Block) buffer).bytes[0];
    }
}
