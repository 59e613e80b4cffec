// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

/**
 * What a PE is. The figures are the prior of the cost model; measurements replace them.
 *
 * @param id unique among all PEs, for instance {@code cpu0}; also names its worker thread
 * @param type PEs of one type run the same kernels in the same time, for instance {@code cpu} or {@code zynq-conv}
 * @param threads threads that one kernel uses
 * @param operationsPerSecond attainable peak, a multiply-add counting two
 * @param bytesPerSecond attainable memory bandwidth
 * @param launchNanos fixed cost of one kernel
 */
public record PeDescriptor(
        String id, String type, int threads, double operationsPerSecond, double bytesPerSecond, long launchNanos) {

    public PeDescriptor {
        if (id.isBlank() || type.isBlank()) {
            throw new IllegalArgumentException(
                    "a PE needs an id and a type, found id '" + id + "', type '" + type + "'");
        }
        if (threads < 1 || !(operationsPerSecond > 0) || !(bytesPerSecond > 0) || launchNanos < 0) {
            throw new IllegalArgumentException("PE " + id
                    + ": threads, operationsPerSecond and bytesPerSecond must be positive, launchNanos not negative");
        }
    }

    @Override
    public String toString() {
        return id;
    }
}
