// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import java.time.Duration;

/**
 * What can be set about the controller.
 *
 * @param frozen whether it begins frozen
 * @param dwell least time between two changes of shape
 * @param average how fast the average number of tasks follows: after so long two thirds of the way
 * @param leastGain how many times as fast the wide shape must be for a task alone, to be used at all
 * @param explore how often a shape that did not pay is tried again
 * @param arenaIdle after so long without a request, a deployment's buffers are given back
 * @param arenaRuns buffers of so many finished requests are kept per plan at most
 * @param memoryCapBytes what kernels may hold together; 0 for no bound
 */
public record ProvisioningSettings(
        boolean frozen,
        Duration dwell,
        Duration average,
        double leastGain,
        Duration explore,
        Duration arenaIdle,
        int arenaRuns,
        long memoryCapBytes) {

    /** Without configuration. */
    public static final ProvisioningSettings DEFAULT = new ProvisioningSettings(
            false,
            Duration.ofMillis(50),
            Duration.ofMillis(20),
            1.05,
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            64,
            0);

    public ProvisioningSettings {
        if (dwell.isNegative() || average.isNegative() || explore.isNegative() || arenaIdle.isNegative()) {
            throw new IllegalArgumentException("provisioning: times must not be negative, found dwell " + dwell
                    + ", average " + average + ", explore " + explore + ", arena idle " + arenaIdle);
        }
        if (!(leastGain >= 1) || arenaRuns < 1 || memoryCapBytes < 0) {
            throw new IllegalArgumentException(
                    "provisioning: the least gain and the arena's runs must be 1 or more and the memory cap 0 or more, found "
                            + leastGain + ", " + arenaRuns + " and " + memoryCapBytes);
        }
    }

    /** The same with another bound on memory. */
    public ProvisioningSettings withMemoryCapBytes(long bytes) {
        return new ProvisioningSettings(frozen, dwell, average, leastGain, explore, arenaIdle, arenaRuns, bytes);
    }
}
