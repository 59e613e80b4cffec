// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import java.util.List;

/**
 * What a simulation has come to. Times are virtual.
 *
 * @param endNanos when the last request ended: the makespan, if the first one arrived at 0
 * @param tasks how many PEs ran, those of dropped requests included
 * @param requests how many ended
 * @param dropped those of them that got no result: the policy gave them up, or their hard deadline passed
 * @param interrupted whether it was stopped before its end: then it tells of the time until then
 * @param applications by position
 * @param pes by position
 */
public record SimulationResult(
        long endNanos,
        long tasks,
        long requests,
        long dropped,
        boolean interrupted,
        List<ApplicationResult> applications,
        List<PeResult> pes) {

    public SimulationResult {
        applications = List.copyOf(applications);
        pes = List.copyOf(pes);
    }

    /** Energy of all PEs, in joules. */
    public double joules() {
        return pes.stream().mapToDouble(PeResult::joules).sum();
    }

    /**
     * One application: execution times from the arrival of a request to its end, those that were dropped not counted.
     *
     * <p>All times are 0 if none was completed.
     *
     * @param late requests that were completed after their soft deadline
     */
    public record ApplicationResult(
            String name,
            long requests,
            long dropped,
            long late,
            double meanNanos,
            long p50Nanos,
            long p90Nanos,
            long p99Nanos,
            long maxNanos) {}

    /**
     * One PE.
     *
     * @param busyNanos in kernels
     * @param transferNanos in copies of inputs, and of the results of requests whose last task it ran
     * @param dispatchNanos in what comes before each kernel
     * @param joules idle and active
     */
    public record PeResult(
            String id,
            String type,
            long tasks,
            long busyNanos,
            long transferNanos,
            long dispatchNanos,
            double joules) {}
}
