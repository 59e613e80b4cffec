// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

/**
 * What the kernels of some name take on a type of PE.
 *
 * @param kernels names of kernels, with {@code *} for any characters
 * @param time how long they take
 * @param relativeDeviation standard deviation as a part of the mean; NaN: that of what was measured, where {@link Scaled}, else 0
 */
public record CostRule(String kernels, Time time, double relativeDeviation) {

    /** How a time is told. */
    public sealed interface Time permits Fixed, Roofline, Scaled, Unsupported {}

    /** Always the same: from a table, or cycles at a clock. */
    public record Fixed(double nanos) implements Time {}

    /** What arithmetic and memory traffic take, whichever is longer, after a start. */
    public record Roofline(double startNanos, double operationsPerSecond, double bytesPerSecond) implements Time {}

    /** A multiple of what was measured on another type of PE, for instance of a core of another make. */
    public record Scaled(String peType, double factor) implements Time {}

    /** They do not run there. */
    public record Unsupported() implements Time {}
}
