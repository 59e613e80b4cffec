// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;

/** Two copies of one memory, joined by synchronising whole cache lines. */
final class ModelMemory implements DmaRegion {

    private static final long BASE = 0x7000_0000L;
    private static final int PAGE = 4096;
    private static final int LINE = 64;

    private final ByteBuffer cpu;
    private final ByteBuffer device;
    private boolean closed;

    ModelMemory(long size) {
        int bytes = Math.toIntExact((size + PAGE - 1) / PAGE * PAGE);
        ByteBuffer block = ByteBuffer.allocateDirect(bytes + PAGE);
        cpu = block.slice(PAGE - block.alignmentOffset(0, PAGE), bytes).order(ByteOrder.LITTLE_ENDIAN);
        device = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public long physicalAddress() {
        return BASE;
    }

    @Override
    public ByteBuffer bytes() {
        return cpu;
    }

    @Override
    public void syncForDevice(long offset, long length) throws DeviceException {
        copy(cpu, device, offset, length);
    }

    @Override
    public void syncForCpu(long offset, long length) throws DeviceException {
        copy(device, cpu, offset, length);
    }

    private void copy(ByteBuffer from, ByteBuffer to, long offset, long length) throws DeviceException {
        checkOpen();
        if (offset < 0 || length < 0 || offset > cpu.capacity() - length) {
            throw new DeviceException(
                    "model: range " + offset + "+" + length + " is not in the memory of " + cpu.capacity());
        }
        if (length > 0) {
            int begin = (int) (offset / LINE * LINE);
            int end = (int) ((offset + length + LINE - 1) / LINE * LINE);
            to.put(begin, from, begin, end - begin);
        }
    }

    synchronized void checkOpen() throws DeviceException {
        if (closed) {
            throw new DeviceException("model: the device was closed");
        }
    }

    synchronized void close() {
        closed = true;
    }

    /** What engines see. */
    ByteBuffer device() {
        return device;
    }
}
