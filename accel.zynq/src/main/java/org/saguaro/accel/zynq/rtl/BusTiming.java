// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

/**
 * How the simulated memory answers an engine.
 *
 * @param latencyMin least cycles from an address to its first data
 * @param latencyMax most cycles, not below {@code latencyMin}; between the two at random
 * @param readyPercent chance that an address or a write beat is taken in a cycle, 1 to 100
 * @param dataPercent chance that a read beat that is due is delivered in a cycle, 1 to 100
 */
public record BusTiming(int latencyMin, int latencyMax, int readyPercent, int dataPercent) {

    /** As the cycle bars assume it: 40 cycles, then a beat per cycle. */
    public static final BusTiming REGULAR = new BusTiming(40, 40, 100, 100);
}
