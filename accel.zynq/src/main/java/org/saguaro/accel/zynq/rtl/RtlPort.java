// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

import com.sun.jna.Pointer;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.EnginePort;

/** A simulated engine. Waiting is done in slices, so that faults and the end of the device get in between. */
final class RtlPort implements EnginePort {

    private static final long SLICE_CYCLES = 4_000;
    private static final long PAUSE_CYCLES = 200;
    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final Pointer device;
    private final int index;
    private final String engine;
    private final double cyclesPerNano;
    /** Fair: who waits for an engine would otherwise keep out who breaks it. */
    private final ReentrantLock lock = new ReentrantLock(true);

    private @Nullable String end;

    RtlPort(Pointer device, int index, String engine, long clockHz) {
        this.device = device;
        this.index = index;
        this.engine = engine;
        this.cyclesPerNano = (double) clockHz / NANOS_PER_SECOND;
    }

    String engine() {
        return engine;
    }

    @Override
    public String description() {
        return "rtl " + engine;
    }

    @Override
    public int read(int offset) throws DeviceException {
        lock.lock();
        try {
            checkAlive();
            return SaguaroRtl.saguaro_rtl_read(device, index, offset);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void write(int offset, int value) throws DeviceException {
        lock.lock();
        try {
            checkAlive();
            SaguaroRtl.saguaro_rtl_write(device, index, offset, value);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean awaitInterrupt(long timeoutNanos) throws DeviceException {
        long left = Math.max(1, (long) (timeoutNanos * cyclesPerNano));
        while (left > 0) {
            long slice = Math.min(left, SLICE_CYCLES);
            lock.lock();
            try {
                checkAlive();
                if (SaguaroRtl.saguaro_rtl_wait(device, index, slice) != 0) {
                    return true;
                }
            } finally {
                lock.unlock();
            }
            left -= slice;
        }
        return false;
    }

    @Override
    public void pause() throws DeviceException {
        lock.lock();
        try {
            checkAlive();
            SaguaroRtl.saguaro_rtl_step(device, index, PAUSE_CYCLES);
        } finally {
            lock.unlock();
        }
    }

    void timing(BusTiming timing) throws DeviceException {
        lock.lock();
        try {
            checkAlive();
            if (SaguaroRtl.saguaro_rtl_bus(
                            device,
                            index,
                            timing.latencyMin(),
                            timing.latencyMax(),
                            timing.readyPercent(),
                            timing.dataPercent())
                    != 0) {
                throw new DeviceException(description() + ": " + SaguaroRtl.lastError());
            }
        } finally {
            lock.unlock();
        }
    }

    void fault(Fault fault, long a, long b) throws DeviceException {
        lock.lock();
        try {
            checkAlive();
            if (SaguaroRtl.saguaro_rtl_fault(device, index, fault.code(), a, b) != 0) {
                throw new DeviceException(description() + ": " + SaguaroRtl.lastError());
            }
        } finally {
            lock.unlock();
        }
    }

    /** From now on every access says {@code why}. */
    void end(String why) {
        lock.lock();
        try {
            end = why;
        } finally {
            lock.unlock();
        }
    }

    private void checkAlive() throws DeviceException {
        if (end != null) {
            throw new DeviceException(description() + ": " + end);
        }
    }
}
