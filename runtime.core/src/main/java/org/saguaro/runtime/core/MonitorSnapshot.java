// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;

/**
 * The runtime and its machine at one moment, and over the interval that ended then: everything was sampled together. Shares are from 0 to 1;
 * {@code NaN} and -1 stand for what this machine does not tell.
 *
 * @param number of the sample, from 1; 0 if nothing was sampled yet
 * @param epochMillis when, by the calendar
 * @param intervalNanos how long the interval was
 * @param on whether tasks and rounds are timed
 * @param processingElements by id
 * @param applications deployments, oldest first
 * @param scheduling what decisions cost
 * @param memory by space
 * @param host the machine and this process
 * @param sensors by name; only those that could be read
 * @param power what was learned of PE types whose power rail is configured
 */
public record MonitorSnapshot(
        long number,
        long epochMillis,
        long intervalNanos,
        boolean on,
        List<PeLoad> processingElements,
        List<ApplicationLoad> applications,
        SchedulingLoad scheduling,
        List<MemoryUse> memory,
        HostLoad host,
        List<SensorReading> sensors,
        List<PowerEstimate> power) {

    public MonitorSnapshot {
        processingElements = List.copyOf(processingElements);
        applications = List.copyOf(applications);
        memory = List.copyOf(memory);
        sensors = List.copyOf(sensors);
        power = List.copyOf(power);
    }

    /** How durations are distributed, right to one per cent; all 0 if there are none. */
    public record Durations(long count, long meanNanos, long p50Nanos, long p90Nanos, long p99Nanos, long maxNanos) {
        /** No durations. */
        public static final Durations NONE = new Durations(0, 0, 0, 0, 0, 0);
    }

    /**
     * A processing element.
     *
     * @param utilisation share of the interval in tasks, one that still ran included
     * @param utilisationSinceArrival the same since it came
     * @param queuedTasks assigned and not finished, the running one included
     * @param completedTasks since it came
     * @param failedTasks since it came
     * @param completedPerSecond in the interval
     * @param task from start to end, per task since it came, moving inputs included
     * @param queueWait from assignment to start, per task since it came
     */
    public record PeLoad(
            String id,
            String type,
            PeStatus.State state,
            double utilisation,
            double utilisationSinceArrival,
            int queuedTasks,
            long completedTasks,
            long failedTasks,
            double completedPerSecond,
            Durations task,
            Durations queueWait) {}

    /**
     * A deployment.
     *
     * @param inFlight requests accepted and not ended
     * @param submitted requests accepted since it was made
     * @param completed requests that gave a result
     * @param failed requests that failed
     * @param rejected requests refused at once
     * @param completedPerSecond in the interval
     * @param latency from submission to completion, per request since it was made
     */
    public record ApplicationLoad(
            String name,
            long inFlight,
            long submitted,
            long completed,
            long failed,
            long rejected,
            double completedPerSecond,
            Durations latency) {}

    /**
     * What scheduling does and costs. A round is timed from its view of tasks and PEs to the last task handed over; its decision ends
     * before the handing over.
     *
     * @param policy the one in use
     * @param readyTasks tasks that wait for another round
     * @param rounds since the start
     * @param placedTasks tasks given to PEs since the start
     * @param roundsPerSecond in the interval
     * @param placedPerSecond in the interval
     * @param readyPerRound mean number of ready tasks that a round saw, in the interval
     * @param decidingShare share of the interval spent on views and decisions
     * @param decidingNanosPerTask the same time by tasks placed, in the interval
     * @param roundNanos mean of a whole round, since the start, from every 61st
     * @param policyNanos what of that was the policy's
     * @param decidingPerTask distribution of the decision's time per placed task, from the same rounds
     */
    public record SchedulingLoad(
            String policy,
            int readyTasks,
            long rounds,
            long placedTasks,
            double roundsPerSecond,
            double placedPerSecond,
            double readyPerRound,
            double decidingShare,
            double decidingNanosPerTask,
            long roundNanos,
            long policyNanos,
            Durations decidingPerTask) {}

    /**
     * A memory space.
     *
     * @param allocatedBytes in tensors; -1 if its provider does not count
     * @param capacityBytes 0 if not known
     */
    public record MemoryUse(String space, long allocatedBytes, long capacityBytes) {}

    /**
     * The machine and this process.
     *
     * @param cores processors that the JVM may use
     * @param cpuUtilisation share of all cores' time in the interval, by anybody
     * @param processCores cores that this process kept busy in the interval
     * @param loadAverage over a minute
     * @param contextSwitchesPerSecond on the whole machine
     * @param pageFaultsPerSecond of this process
     * @param memoryBytes physical memory
     * @param memoryAvailableBytes what a new process could get of it
     * @param residentBytes physical memory of this process
     * @param heapBytes of the Java heap in use
     * @param heapLimitBytes what it may grow to
     */
    public record HostLoad(
            int cores,
            double cpuUtilisation,
            double processCores,
            double loadAverage,
            double contextSwitchesPerSecond,
            double pageFaultsPerSecond,
            long memoryBytes,
            long memoryAvailableBytes,
            long residentBytes,
            long heapBytes,
            long heapLimitBytes) {}

    /**
     * What the PEs of a type draw, learned from a power rail.
     *
     * @param peType of the PEs
     * @param rail the sensor
     * @param idleWatts what the rail draws while no PE on it works
     * @param activeWatts what one busy PE of the type adds
     * @param deviationWatts what the rail typically differs from idle plus active
     * @param samples learned from
     */
    public record PowerEstimate(
            String peType, String rail, double idleWatts, double activeWatts, double deviationWatts, long samples) {}
}
