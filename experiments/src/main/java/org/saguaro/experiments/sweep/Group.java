// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

/**
 * The points that differ in their seed only: means over the seeds, of all applications together.
 *
 * @param pool position among the plan's candidates
 * @param policy position among the sweep's
 * @param rate position among the sweep's
 * @param seeds how many points
 * @param meanMillis of the points' mean latencies; NaN if no request was served
 * @param meanMillisDeviation their standard deviation over the seeds; 0 for one seed
 * @param missShare late or dropped requests, as a part of all
 */
record Group(
        int pool,
        int policy,
        int rate,
        int seeds,
        double meanMillis,
        double meanMillisDeviation,
        double p99Millis,
        double throughputPerSecond,
        double missShare,
        double joulesPerRequest,
        double energyDelayJouleSeconds,
        double meanWatts) {

    /** Whether all that is compared is a number. */
    boolean isComparable() {
        return Double.isFinite(meanMillis)
                && Double.isFinite(joulesPerRequest)
                && Double.isFinite(energyDelayJouleSeconds);
    }

    double cost(SweepDescription.Objective objective) {
        return switch (objective) {
            case TIME -> meanMillis;
            case ENERGY -> joulesPerRequest;
            case EDP -> energyDelayJouleSeconds;
        };
    }
}
