// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/**
 * The C library of a 64-bit Linux (x86-64, aarch64: {@code long}, {@code size_t}, {@code off_t} and pointers have 64 bits, and the numbers below
 * are the same). Mapped directly and with primitives only, so a call leaves no garbage, but for those that take a path.
 */
final class LibC implements SystemCalls {

    private static final int O_CLOEXEC = 0x80000;
    private static final int LOCK_EXCLUSIVE_NOW = 2 | 4;
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_SHARED = 1;
    private static final int FOLDER_MODE = 0755;
    private static final int EVENTS_OFFSET = 4;
    private static final int REVENTS_OFFSET = 6;

    static {
        Native.register(LibC.class, NativeLibrary.getInstance("c"));
    }

    // Names and parameters are the C library's.
    private static native int open(String path, int flags, int mode);

    private static native int flock(int fd, int operation);

    private static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    private static native int munmap(long address, long length);

    private static native int poll(long entries, long count, int timeoutMillis);

    private static native long pwrite(int fd, long buffer, long count, long offset);

    private static native int mkdir(String path, int mode);

    private static native int rmdir(String path);

    /** Those whose names the interface has, too. */
    private static final class Files {
        static {
            Native.register(Files.class, NativeLibrary.getInstance("c"));
        }

        private Files() {}

        static native int close(int fd);

        static native long read(int fd, long buffer, long count);

        static native long write(int fd, long buffer, long count);
    }

    @Override
    public int open(String path, int mode) {
        return result(open(path, mode | O_CLOEXEC, 0));
    }

    @Override
    public int close(int descriptor) {
        return result(Files.close(descriptor));
    }

    @Override
    public int lock(int descriptor) {
        return result(flock(descriptor, LOCK_EXCLUSIVE_NOW));
    }

    @Override
    public long map(int descriptor, long offset, long length) {
        long address = mmap(0, length, PROT_READ_WRITE, MAP_SHARED, descriptor, offset);
        return address == -1 ? -Native.getLastError() : address;
    }

    @Override
    public int unmap(long address, long length) {
        return result(munmap(address, length));
    }

    @Override
    public int poll(int descriptor, long entry, int timeoutMillis) {
        Pointer pollfd = new Pointer(entry);
        pollfd.setInt(0, descriptor);
        pollfd.setShort(EVENTS_OFFSET, (short) POLL_IN);
        pollfd.setShort(REVENTS_OFFSET, (short) 0);
        int ready = result(poll(entry, 1L, timeoutMillis));
        return ready <= 0 ? ready : pollfd.getShort(REVENTS_OFFSET);
    }

    @Override
    public int read(int descriptor, long target, int count) {
        return result((int) Files.read(descriptor, target, count));
    }

    @Override
    public int write(int descriptor, long source, int count) {
        return result((int) Files.write(descriptor, source, count));
    }

    @Override
    public int writeAt(int descriptor, long source, int count, long offset) {
        return result((int) pwrite(descriptor, source, count, offset));
    }

    @Override
    public int makeFolder(String path) {
        return result(mkdir(path, FOLDER_MODE));
    }

    @Override
    public int removeFolder(String path) {
        return result(rmdir(path));
    }

    private static int result(int answer) {
        return answer < 0 ? -Native.getLastError() : answer;
    }
}
