// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

import com.sun.jna.Pointer;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.StampedLock;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;

/** The simulated device's memory. The CPU's copy lives as long as a buffer of it is reachable, the engines' as long as the device. */
final class RtlMemory implements DmaRegion {

    private static final Cleaner CLEANER = Cleaner.create();

    private final Pointer device;
    private final long physicalAddress;
    private final ByteBuffer bytes;
    private final StampedLock life = new StampedLock();
    private boolean ended;

    private RtlMemory(Pointer device, long physicalAddress, ByteBuffer bytes) {
        this.device = device;
        this.physicalAddress = physicalAddress;
        this.bytes = bytes;
    }

    static RtlMemory of(Pointer device, long physicalAddress, int size) throws DeviceException {
        Pointer hold = SaguaroRtl.saguaro_rtl_hold_host_memory(device);
        if (hold == null) {
            throw new DeviceException("rtl: no memory to hold the device's memory");
        }
        // Every slice keeps this buffer, and this buffer the memory.
        ByteBuffer bytes = SaguaroRtl.saguaro_rtl_host_memory(device).getByteBuffer(0, size);
        CLEANER.register(bytes, () -> SaguaroRtl.saguaro_rtl_release_host_memory(hold));
        return new RtlMemory(device, physicalAddress, bytes.order(ByteOrder.LITTLE_ENDIAN));
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
        long stamp = life.readLock();
        try {
            checkAlive();
            check(SaguaroRtl.saguaro_rtl_sync_for_device(device, offset, length));
        } finally {
            life.unlockRead(stamp);
        }
    }

    @Override
    public void syncForCpu(long offset, long length) throws DeviceException {
        long stamp = life.readLock();
        try {
            checkAlive();
            check(SaguaroRtl.saguaro_rtl_sync_for_cpu(device, offset, length));
        } finally {
            life.unlockRead(stamp);
        }
    }

    /** The device goes: nothing is synchronised any more. */
    void end() {
        long stamp = life.writeLock();
        ended = true;
        life.unlockWrite(stamp);
    }

    private void checkAlive() throws DeviceException {
        if (ended) {
            throw new DeviceException("rtl: the device was closed");
        }
    }

    private static void check(int result) throws DeviceException {
        if (result != 0) {
            throw new DeviceException("rtl: " + SaguaroRtl.lastError());
        }
    }
}
