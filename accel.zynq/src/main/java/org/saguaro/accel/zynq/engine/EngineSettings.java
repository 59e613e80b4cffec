// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/**
 * How an engine is waited for.
 *
 * @param interrupts whether by interrupt, else by looking at its status
 * @param watchdogCycles after so many cycles without any progress the engine ends a command itself; 0: never
 * @param timeoutNanos of engine time, without an interrupt until the driver looks what is the matter
 */
public record EngineSettings(boolean interrupts, int watchdogCycles, long timeoutNanos) {

    /** Interrupts; a watchdog of 2^17 cycles, half a millisecond at 250 MHz; a look every 2 ms. */
    public static final EngineSettings DEFAULT = new EngineSettings(true, 1 << 17, 2_000_000);
}
