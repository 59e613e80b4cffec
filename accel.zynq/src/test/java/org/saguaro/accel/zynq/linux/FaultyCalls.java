// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Real calls, of which a test lets some fail, and counts some. */
class FaultyCalls implements SystemCalls {

    private final SystemCalls real = new LibC();
    private final Map<String, Integer> refusedPaths = new HashMap<>();

    /** What is mapped in place of a node that cannot be. */
    @Nullable
    Path registers;

    /** What the next reads answer, instead of reading. */
    int failingReads;

    Errno readFailure = Errno.EIO;
    /** At most so many bytes per read. */
    int readLimit = Integer.MAX_VALUE;

    int writeLimit = Integer.MAX_VALUE;

    /** Whose loading a write to {@code firmware} waits for. */
    @Nullable
    FakeFpgaManager manager;

    private int firmware = -1;

    final AtomicInteger interruptedPolls = new AtomicInteger();
    final AtomicInteger unmapped = new AtomicInteger();
    final AtomicInteger openDescriptors = new AtomicInteger();

    void refuse(Path path, Errno errno) {
        refusedPaths.put(path.toString(), errno.number());
    }

    @Override
    public int open(String path, int mode) {
        Integer refusal = refusedPaths.get(path);
        if (refusal != null) {
            return -refusal;
        }
        int descriptor = real.open(path, mode);
        openDescriptors.addAndGet(descriptor >= 0 ? 1 : 0);
        firmware = path.endsWith("/firmware") ? descriptor : firmware;
        return descriptor;
    }

    @Override
    public int close(int descriptor) {
        openDescriptors.decrementAndGet();
        firmware = descriptor == firmware ? -1 : firmware;
        return real.close(descriptor);
    }

    @Override
    public int lock(int descriptor) {
        return real.lock(descriptor);
    }

    @Override
    public long map(int descriptor, long offset, long length) {
        Path file = registers;
        if (file == null) {
            return real.map(descriptor, offset, length);
        }
        int other = real.open(file.toString(), READ_WRITE);
        try {
            return real.map(other, offset, length);
        } finally {
            real.close(other);
        }
    }

    @Override
    public int unmap(long address, long length) {
        unmapped.incrementAndGet();
        return real.unmap(address, length);
    }

    @Override
    public int poll(int descriptor, long entry, int timeoutMillis) {
        if (interruptedPolls.get() > 0) {
            interruptedPolls.decrementAndGet();
            return -Errno.EINTR.number();
        }
        return real.poll(descriptor, entry, timeoutMillis);
    }

    @Override
    public int read(int descriptor, long target, int count) {
        if (failingReads > 0) {
            failingReads--;
            return -readFailure.number();
        }
        return real.read(descriptor, target, Math.min(count, readLimit));
    }

    @Override
    public int write(int descriptor, long source, int count) {
        int written = real.write(descriptor, source, Math.min(count, writeLimit));
        FakeFpgaManager loading = manager;
        if (descriptor == firmware && loading != null) {
            loading.awaitReaction();
        }
        return written;
    }

    @Override
    public int writeAt(int descriptor, long source, int count, long offset) {
        return real.writeAt(descriptor, source, Math.min(count, writeLimit), offset);
    }

    @Override
    public int makeFolder(String path) {
        return real.makeFolder(path);
    }

    @Override
    public int removeFolder(String path) {
        return real.removeFolder(path);
    }
}
