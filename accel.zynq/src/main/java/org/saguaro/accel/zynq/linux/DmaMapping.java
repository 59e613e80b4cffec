// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.lang.invoke.VarHandle;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;

/**
 * A u-dma-buf buffer: contiguous memory from the kernel, mapped cached. It is opened without {@code O_SYNC}, which would make it Device memory, where
 * what {@code memcpy} does is a bus error on aarch64; caches are maintained by the two sync files instead.
 *
 * <p>The mapping stays as long as anybody can reach {@link #bytes()} or a view of it, however long that is after {@link #close()}: who holds a
 * tensor in it never looks into a hole. Syncing ends with {@code close()}. Thread-safe.
 */
final class DmaMapping implements DmaRegion, AutoCloseable {

    private static final long PAGE_BYTES = 4096;
    /** A sync command's size has no room for its low four bits. */
    private static final long SYNC_GRAIN = 16;

    private static final int OFFSET_SHIFT = 32;
    private static final int TO_DEVICE = 1 << 2;
    private static final int FROM_DEVICE = 2 << 2;
    private static final int GO = 1;
    private static final int COMMAND_CHARS = 18;

    private static final String HINT =
            "check that the module u-dma-buf is loaded (lsmod) and that device tree or module options name the buffer and its size (docs/zcu102.md)";

    private static final Cleaner CLEANER = Cleaner.create();

    /** The driver's class was renamed in its version 4. */
    private static final List<String> CLASSES = List.of("u-dma-buf", "udmabuf");

    private final boolean coherent;
    private final long physicalAddress;
    private final ByteBuffer bytes;
    private final SyncFile forDevice;
    private final SyncFile forCpu;

    private DmaMapping(boolean coherent, long physicalAddress, ByteBuffer bytes, SyncFile forDevice, SyncFile forCpu) {
        this.coherent = coherent;
        this.physicalAddress = physicalAddress;
        this.bytes = bytes;
        this.forDevice = forDevice;
        this.forCpu = forCpu;
    }

    static DmaMapping open(LinuxSettings settings, SystemCalls calls) throws DeviceException {
        SystemFiles files = new SystemFiles(calls);
        Path attributes = attributes(settings);
        long physical = files.number(attributes.resolve("phys_addr"), HINT);
        long size = size(settings, attributes, files.number(attributes.resolve("size"), HINT));
        if (physical % PAGE_BYTES != 0 || physical == 0) {
            throw new DeviceException(attributes.resolve("phys_addr") + ": found 0x" + Long.toHexString(physical)
                    + ", expected a multiple of 4096 that is not 0; " + HINT);
        }
        SyncFile forDevice = SyncFile.open(calls, attributes.resolve("sync_for_device"));
        try {
            SyncFile forCpu = SyncFile.open(calls, attributes.resolve("sync_for_cpu"));
            try {
                return new DmaMapping(settings.coherent(), physical, map(settings, calls, size), forDevice, forCpu);
            } catch (DeviceException e) {
                forCpu.close();
                throw e;
            }
        } catch (DeviceException e) {
            forDevice.close();
            throw e;
        }
    }

    /** As long as tensors of a former use are alive, its mapping has the node still. */
    private static void lock(LinuxSettings settings, SystemCalls calls, Path node, int descriptor)
            throws DeviceException {
        Deadline deadline = new Deadline(settings.timeoutNanos());
        while (calls.lock(descriptor) < 0) {
            System.gc();
            deadline.check(
                    node + ": it is in use, and two would overwrite each other's data; stop the other process (fuser "
                            + node + "), or undeploy what still holds tensors in it");
        }
    }

    private static Path attributes(LinuxSettings settings) throws DeviceException {
        StringBuilder found = new StringBuilder();
        for (String name : CLASSES) {
            Path folder = settings.path("sys", "class", name);
            Path attributes = folder.resolve(settings.memory());
            if (Files.isDirectory(attributes)) {
                return attributes;
            }
            for (Path other : SystemFiles.list(folder)) {
                found.append(found.length() == 0 ? "" : ", ").append(other.getFileName());
            }
        }
        throw new DeviceException(settings.path("sys", "class", "u-dma-buf", settings.memory())
                + ": found no such buffer" + (found.length() == 0 ? " and no other" : ", but " + found)
                + "; " + HINT);
    }

    private static long size(LinuxSettings settings, Path attributes, long found) throws DeviceException {
        long usable = Math.min(found, Integer.MAX_VALUE) / PAGE_BYTES * PAGE_BYTES;
        long wanted = settings.memoryBytes();
        if (usable == 0 || wanted > usable) {
            throw new DeviceException(attributes.resolve("size") + ": found " + found + " bytes, of which " + usable
                    + " can be used, expected " + (wanted == 0 ? "4096 at least" : "the " + wanted + " of memory.bytes")
                    + "; lower memory.bytes, or make the buffer larger in the device tree (docs/zcu102.md)");
        }
        return wanted == 0 ? usable : wanted;
    }

    private static ByteBuffer map(LinuxSettings settings, SystemCalls calls, long size) throws DeviceException {
        Path node = settings.path("dev", settings.memory());
        int descriptor = calls.open(node.toString(), SystemCalls.READ_WRITE);
        if (descriptor < 0) {
            throw SystemFiles.refused(node, "cannot be opened", descriptor, HINT);
        }
        try {
            lock(settings, calls, node, descriptor);
            long address = calls.map(descriptor, 0, size);
            if (address < 0) {
                throw SystemFiles.refused(node, size + " bytes cannot be mapped", address, HINT);
            }
            ByteBuffer bytes = new Pointer(address).getByteBuffer(0, size).order(ByteOrder.LITTLE_ENDIAN);
            // Views hold the buffer that they come from; when none is left, nobody can look at the memory any more.
            CLEANER.register(bytes, () -> {
                calls.unmap(address, size);
                calls.close(descriptor);
            });
            return bytes;
        } catch (DeviceException e) {
            calls.close(descriptor);
            throw e;
        }
    }

    @Override
    public long physicalAddress() {
        return physicalAddress;
    }

    @Override
    public ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public void syncForDevice(long offset, long length) throws DeviceException {
        sync(forDevice, TO_DEVICE, offset, length);
    }

    @Override
    public void syncForCpu(long offset, long length) throws DeviceException {
        sync(forCpu, FROM_DEVICE, offset, length);
    }

    private void sync(SyncFile file, int direction, long offset, long length) throws DeviceException {
        if (offset < 0 || length < 0 || offset + length > bytes.capacity()) {
            throw new IndexOutOfBoundsException(
                    "sync of " + length + " bytes at " + offset + " in a memory of " + bytes.capacity());
        }
        VarHandle.fullFence();
        if (coherent || length == 0) {
            return;
        }
        long start = offset / SYNC_GRAIN * SYNC_GRAIN;
        long end = (offset + length + SYNC_GRAIN - 1) / SYNC_GRAIN * SYNC_GRAIN;
        file.command(start << OFFSET_SHIFT | (end - start) | direction | GO);
        VarHandle.fullFence();
    }

    /** Ends syncing. */
    @Override
    public void close() {
        forDevice.close();
        forCpu.close();
    }

    /** One of the two files that take {@code offset << 32 | size | direction << 2 | 1}, range and command in one write; opened once. */
    private static final class SyncFile {
        private final SystemCalls calls;
        private final Path path;
        private final Memory text = new Memory(COMMAND_CHARS);
        private int descriptor;

        private SyncFile(SystemCalls calls, Path path, int descriptor) {
            this.calls = calls;
            this.path = path;
            this.descriptor = descriptor;
            text.setByte(0, (byte) '0');
            text.setByte(1, (byte) 'x');
        }

        static SyncFile open(SystemCalls calls, Path path) throws DeviceException {
            int descriptor = calls.open(path.toString(), SystemCalls.WRITE_ONLY);
            if (descriptor < 0) {
                throw SystemFiles.refused(path, "cannot be opened for writing", descriptor, HINT);
            }
            return new SyncFile(calls, path, descriptor);
        }

        synchronized void command(long command) throws DeviceException {
            if (descriptor < 0) {
                throw new DeviceException(path + ": the device is closed");
            }
            for (int digit = 0; digit < 16; digit++) {
                int value = (int) (command >>> (60 - 4 * digit)) & 15;
                text.setByte(2L + digit, (byte) (value < 10 ? '0' + value : 'a' + value - 10));
            }
            int written;
            do {
                written = calls.writeAt(descriptor, Pointer.nativeValue(text), COMMAND_CHARS, 0);
            } while (Errno.EINTR.is(written));
            if (written != COMMAND_CHARS) {
                throw SystemFiles.refused(
                        path,
                        "refused 0x" + Long.toHexString(command) + (written < 0 ? "" : " after " + written + " bytes"),
                        Math.min(written, -Errno.EIO.number()),
                        "drivers before 3.0 of u-dma-buf do not know ranges in sync commands: see "
                                + path.resolveSibling("driver_version") + ", and dmesg");
            }
        }

        synchronized void close() {
            if (descriptor >= 0) {
                calls.close(descriptor);
                descriptor = -1;
                text.close();
            }
        }
    }
}
