// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;

/**
 * What a kernel is, and what it was seen to take.
 *
 * @param name its signature, as the cost model knows it: operators, and a hash of shapes, element types and attributes, for instance
 *     {@code fft_fft:1f0c...}; or any other name that cost rules match
 * @param operations arithmetic, a multiply-add counting two
 * @param bytes weights, inputs and outputs, each once
 * @param measured what it was seen to take, by type of PE; empty if it was never run
 */
public record KernelProfile(String name, double operations, double bytes, List<Cost> measured) {

    public KernelProfile {
        measured = List.copyOf(measured);
    }

    /**
     * Execution time on one type of PE.
     *
     * @param peType the type
     * @param meanNanos mean
     * @param deviationNanos standard deviation
     */
    public record Cost(String peType, double meanNanos, double deviationNanos) {}
}
