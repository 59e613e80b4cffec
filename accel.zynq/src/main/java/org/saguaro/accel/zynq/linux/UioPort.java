// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.linux;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.EnginePort;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;

/**
 * An engine behind a UIO device: registers by mapped memory, 32 bits at a time, and interrupts by {@code poll} and {@code read}.
 *
 * <p>The kernel masks a line when it fires, and again only a write lets it through. Here it is masked whenever nobody waits, so what fires between
 * two commands is not seen as the end of the next one: a wait drops old events, lets the line through (if it is high already, it fires now), and
 * masks it again when the time is over.
 */
final class UioPort implements EnginePort, AutoCloseable {

    private static final int IRQ_STATUS = 0x1C;
    private static final int REGISTERS_END = 4096;

    /** So often at least a waiting thread looks whether it is to stop. */
    private static final long SLICE_MILLIS = 100;

    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    /** Looks that are given to fast commands before it sleeps between two. */
    private static final int SPINS = 200;

    private static final String GONE = "the device was unbound, or the overlay unloaded, under the driver; see dmesg";

    private final SystemCalls calls;
    private final UioNode node;
    private final String description;
    private final boolean interrupts;
    private final int descriptor;
    private final long mapped;
    private final Pointer registers;
    /** A {@code struct pollfd}, and the 4 bytes that are read and written. */
    private final Memory scratch = new Memory(12);

    private volatile boolean closing;
    private boolean closed;
    private int pauses;

    private UioPort(
            SystemCalls calls, UioNode node, String description, boolean interrupts, int descriptor, long mapped) {
        this.calls = calls;
        this.node = node;
        this.description = description;
        this.interrupts = interrupts;
        this.descriptor = descriptor;
        this.mapped = mapped;
        this.registers = new Pointer(mapped + node.offset());
    }

    static UioPort open(EngineDescription engine, UioNode node, boolean interrupts, SystemCalls calls)
            throws DeviceException {
        Path device = node.device();
        int descriptor = calls.open(device.toString(), SystemCalls.READ_WRITE);
        if (descriptor < 0) {
            throw SystemFiles.refused(
                    device, "cannot be opened (" + engine.name() + ")", descriptor, "udev makes it; see dmesg");
        }
        if (calls.lock(descriptor) < 0) {
            calls.close(descriptor);
            throw new DeviceException(
                    device + ": another process drives " + engine.name() + "; stop it (fuser " + device + ")");
        }
        long mapped = calls.map(descriptor, 0, node.mappedBytes());
        if (mapped < 0) {
            calls.close(descriptor);
            throw SystemFiles.refused(
                    device,
                    node.mappedBytes() + " bytes of " + engine.name() + " cannot be mapped",
                    mapped,
                    "correct its reg property in the device tree; see dmesg");
        }
        String description = node.uio() + " (" + engine.name() + " at " + UioNode.hex(engine.address()) + ")";
        return new UioPort(calls, node, description, interrupts, descriptor, mapped);
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public synchronized int read(int offset) throws DeviceException {
        check(offset);
        int value = registers.getInt(offset);
        // What the engine has written before it said so is not read earlier than this.
        VarHandle.fullFence();
        return value;
    }

    @Override
    public synchronized void write(int offset, int value) throws DeviceException {
        check(offset);
        VarHandle.fullFence();
        registers.setInt(offset, value);
        VarHandle.fullFence();
    }

    private void check(int offset) throws DeviceException {
        if (offset < 0 || offset >= REGISTERS_END || offset % Integer.BYTES != 0) {
            throw new IndexOutOfBoundsException(description + " has no register at " + offset);
        }
        checkOpen();
    }

    private void checkOpen() throws DeviceException {
        if (closing) {
            throw new DeviceException(description + " is closed: another overlay was loaded, or the device given back");
        }
    }

    @Override
    public synchronized boolean awaitInterrupt(long timeoutNanos) throws DeviceException {
        checkOpen();
        long start = System.nanoTime();
        if (!interrupts) {
            return lookForInterrupt(start, timeoutNanos);
        }
        drop();
        control(1);
        while (true) {
            checkOpen();
            long left = timeoutNanos - (System.nanoTime() - start);
            if (poll(Math.min(SLICE_MILLIS, roundedMillis(left)))) {
                take();
                return true;
            }
            if (left <= 0) {
                control(0);
                return false;
            }
        }
    }

    private static long roundedMillis(long nanos) {
        return nanos <= 0 ? 0 : (nanos - 1) / 1_000_000 + 1;
    }

    private boolean lookForInterrupt(long start, long timeoutNanos) throws DeviceException {
        pauses = 0;
        while ((read(IRQ_STATUS) & 1) == 0) {
            if (System.nanoTime() - start >= timeoutNanos) {
                return false;
            }
            pause();
        }
        return true;
    }

    /** Counts out what fired while nobody waited. */
    private void drop() throws DeviceException {
        while (poll(0)) {
            take();
        }
    }

    /** Whether an event is there within the time. */
    private boolean poll(long millis) throws DeviceException {
        int ready = calls.poll(descriptor, Pointer.nativeValue(scratch), (int) millis);
        if (ready > 0 && (ready & SystemCalls.POLL_IN) == 0) {
            throw new DeviceException(node.device() + " (" + description
                    + "): there is nothing to wait for (poll says 0x" + Integer.toHexString(ready) + "); " + GONE);
        }
        if (ready < 0 && !Errno.EINTR.is(ready)) {
            throw SystemFiles.refused(node.device(), "waiting for an interrupt failed", ready, GONE);
        }
        return ready > 0;
    }

    /** Reads the count of events, which nobody needs: that there was one is enough. */
    private void take() throws DeviceException {
        int count;
        do {
            count = calls.read(descriptor, Pointer.nativeValue(scratch) + 8, Integer.BYTES);
        } while (Errno.EINTR.is(count));
        if (count < 0) {
            throw SystemFiles.refused(
                    node.device(),
                    "an interrupt cannot be read",
                    count,
                    "the node needs its interrupts property in the device tree, or set interrupts=false; else " + GONE);
        }
        if (count != Integer.BYTES) {
            throw new DeviceException(
                    node.device() + ": read " + count + " bytes of an interrupt's count, expected 4; " + GONE);
        }
    }

    /** Lets the line through, or masks it. */
    private void control(int enable) throws DeviceException {
        scratch.setInt(8, enable);
        int count;
        do {
            count = calls.write(descriptor, Pointer.nativeValue(scratch) + 8, Integer.BYTES);
        } while (Errno.EINTR.is(count));
        if (count != Integer.BYTES) {
            throw SystemFiles.refused(
                    node.device(),
                    "the interrupt cannot be " + (enable == 1 ? "enabled" : "masked"),
                    Math.min(count, -Errno.EIO.number()),
                    "the node needs its interrupts property in the device tree, or set interrupts=false; else " + GONE);
        }
    }

    @Override
    public void pause() {
        if (pauses++ < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Unmaps. A thread that waits is told so first. */
    @Override
    public void close() {
        closing = true;
        synchronized (this) {
            if (!closed) {
                closed = true;
                calls.unmap(mapped, node.mappedBytes());
                calls.close(descriptor);
                scratch.close();
            }
        }
    }
}
