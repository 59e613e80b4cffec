// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import java.nio.ByteBuffer;

/**
 * Physically contiguous memory that the CPU and all engines of a device reach. The two do not see each other's writes until the
 * range was synchronised, on boards whose ports are not coherent and in the simulation. Thread-safe as far as ranges do not overlap.
 */
public interface DmaRegion {

    /** Where engines see its first byte; a multiple of 4096. */
    long physicalAddress();

    /**
     * The CPU's view: direct, little-endian, all of it, beginning at a multiple of 4096. Valid as long as it or a slice of it is reachable, also after
     * the device was closed; what is synchronised then is refused.
     */
    ByteBuffer bytes();

    /** What the CPU wrote there is what engines read from now on. */
    void syncForDevice(long offset, long length) throws DeviceException;

    /** What engines wrote there is what the CPU reads from now on. */
    void syncForCpu(long offset, long length) throws DeviceException;
}
