// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/**
 * How far what a kernel computes is from what the CPU computes of the same inputs, over all elements of a task's outputs.
 *
 * @param relativeRms root of the sum of squared differences over the sum of the CPU's squares; infinite where the CPU has zeros only and
 *     the kernel has not
 * @param largestAbsolute the largest difference of an element
 * @param inputs of what inputs, for people: {@code the deployment's samples}
 */
public record MeasuredError(double relativeRms, double largestAbsolute, String inputs) {

    /** Nothing differs, to the last bit. */
    public boolean isExact() {
        return largestAbsolute == 0;
    }

    /** The same as a ratio of signal to noise, in decibels; infinite if nothing differs. */
    public double signalToNoiseDecibels() {
        return -20 * Math.log10(relativeRms);
    }

    /** The larger one. */
    public MeasuredError max(MeasuredError other) {
        return other.relativeRms > relativeRms ? other : this;
    }
}
