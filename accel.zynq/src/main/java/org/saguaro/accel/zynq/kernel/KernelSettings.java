// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.zynq.device.DmaPool;

/**
 * What the kernels of one engine have in common.
 *
 * @param pe id of the processing element, for messages
 * @param pool the device's memory
 * @param clockHz of the engine
 * @param simulated whether cycles, not the clock on the wall, say how long the engine takes
 * @param cyclesDone told after each command what the engine has worked
 */
public record KernelSettings(String pe, DmaPool pool, long clockHz, boolean simulated, CycleCounter cyclesDone) {

    /** Adds up what an engine has worked. */
    @FunctionalInterface
    public interface CycleCounter {
        void add(long cycles);
    }
}
