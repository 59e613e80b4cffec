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
 * @param activeWatts what it draws while a kernel runs, over what it draws when idle; 0 if that is not known
 */
public record PeDescriptor(
        String id,
        String type,
        int threads,
        double operationsPerSecond,
        double bytesPerSecond,
        long launchNanos,
        double activeWatts) {

    /** As above, of unknown power. */
    public PeDescriptor(
            String id, String type, int threads, double operationsPerSecond, double bytesPerSecond, long launchNanos) {
        this(id, type, threads, operationsPerSecond, bytesPerSecond, launchNanos, 0);
    }

    public PeDescriptor {
        if (id.isBlank() || type.isBlank()) {
            throw new IllegalArgumentException(
                    "a PE needs an id and a type, found id '" + id + "', type '" + type + "'");
        }
        if (threads < 1
                || !(operationsPerSecond > 0)
                || !(bytesPerSecond > 0)
                || launchNanos < 0
                || !(activeWatts >= 0)) {
            throw new IllegalArgumentException(
                    "PE " + id
                            + ": threads, operationsPerSecond and bytesPerSecond must be positive, launchNanos and activeWatts not negative");
        }
    }

    @Override
    public String toString() {
        return id;
    }
}
