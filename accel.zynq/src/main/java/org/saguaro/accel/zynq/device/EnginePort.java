// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

/**
 * One engine in the programmable logic: its page of registers and its interrupt line. Used by one thread at a time, but for {@link #description}.
 */
public interface EnginePort {

    /** Which one it is, for messages: {@code uio4 (conv0 at 0xa0000000)}, {@code rtl conv0}. */
    String description();

    /**
     * One aligned 32-bit load.
     *
     * @param offset in bytes, a multiple of 4 below 4096
     * @throws DeviceException if the page cannot be reached any more
     */
    int read(int offset) throws DeviceException;

    /** One aligned 32-bit store; as {@link #read}. Later accesses are not done before it. */
    void write(int offset, int value) throws DeviceException;

    /**
     * Waits until the interrupt line is or was high, and re-arms it. The driver clears the engine's status itself.
     *
     * @param timeoutNanos of the engine's time: in a simulation as many cycles as the overlay's clock would do in that time
     * @return false if the time is over
     * @throws DeviceException if there is nothing to wait for any more
     */
    boolean awaitInterrupt(long timeoutNanos) throws DeviceException;

    /** Lets some time pass between two looks at a register: a pause on hardware, a few cycles in a simulation. */
    void pause() throws DeviceException;
}
