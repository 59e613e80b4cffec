// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

/** How often requests of a stream come, in the mean. */
public sealed interface Rate {

    /** So many requests per second. */
    record PerSecond(double requests) implements Rate {}

    /** So many million bits of input per second. */
    record Mbps(double megabits) implements Rate {}

    /** A part of the workload's injection rate, relative to the shares of the other streams. */
    record Share(double share) implements Rate {}
}
