// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

/**
 * What a PE with a clock of its own has done since it came.
 *
 * @param commands that it completed
 * @param cycles that these took, by the device's own counter
 * @param operations that they needed, a multiply-add counting two, without what only fills up the hardware's width
 * @param peakOperationsPerCycle what the hardware can do at most
 * @param clockHz cycles per second
 * @param clockAssumed whether nobody has shown that the hardware runs at that clock
 * @param simulated whether the device is a simulation, so that cycles are exact and time is not
 */
public record CycleCount(
        long commands,
        long cycles,
        long operations,
        double peakOperationsPerCycle,
        long clockHz,
        boolean clockAssumed,
        boolean simulated) {

    public CycleCount {
        if (commands < 0 || cycles < 0 || operations < 0 || !(peakOperationsPerCycle > 0) || clockHz <= 0) {
            throw new IllegalArgumentException("counts must not be negative, clock and peak must be positive");
        }
    }

    /** The part of the peak that was used while it worked, from 0 to 1; 0 before the first command. */
    public double utilization() {
        return cycles == 0 ? 0 : operations / (cycles * peakOperationsPerCycle);
    }

    /** What the cycles take at the clock, in nanoseconds. */
    public long nanos() {
        return Math.round(cycles * 1e9 / clockHz);
    }
}
