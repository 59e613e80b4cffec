// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.saguaro.experiments.application.Judge;

/**
 * What a run has come to.
 *
 * @param kind {@code real} or {@code simulated}
 * @param status how it ended
 * @param policy the scheduling policy
 * @param pool what it ran on, in words
 * @param durationSeconds requests arrived within
 * @param scale all rates were times that
 * @param elapsedNanos from the beginning to the end of the last request; virtual, if it was simulated
 * @param streams in the workload's order
 * @param processingElements by position
 * @param scheduling what decisions cost
 * @param tasks tasks that are in the traces
 * @param omittedTasks tasks that are not, because they came after the part that is traced, or there were too many
 */
public record RunSummary(
        String kind,
        Status status,
        String policy,
        String pool,
        long seed,
        double durationSeconds,
        double scale,
        long elapsedNanos,
        List<StreamSummary> streams,
        List<PeSummary> processingElements,
        SchedulingSummary scheduling,
        long tasks,
        long omittedTasks) {

    public RunSummary {
        streams = List.copyOf(streams);
        processingElements = List.copyOf(processingElements);
    }

    /** How a run ended. */
    public enum Status {
        /** It has not: so it says until then, and for ever if the process was killed. */
        RUNNING,
        /** All requests came and ended. */
        COMPLETE,
        /** Somebody interrupted it; the results are those until then. */
        INTERRUPTED
    }

    /** Requests that have ended, of all streams. */
    public long requests() {
        return streams.stream().mapToLong(StreamSummary::requests).sum();
    }

    /** Requests that failed for no reason that belongs to a workload: not refused, late or cancelled. */
    public long failed() {
        return streams.stream().mapToLong(StreamSummary::failed).sum();
    }

    /**
     * A stream. Latencies are of completed requests, from when they were due.
     *
     * @param requests that have ended, by whatever outcome
     * @param deadlines whether its requests have a deadline
     * @param late completed after it, the soft one if there are both
     * @param right right answers of so many {@code answers} that were due
     * @param metric what the share of right answers is called; empty if nobody knows what is right
     * @param perSecond completed requests per second
     * @param offeredMbps million bits of input that arrived per second
     * @param reasons of requests without a result, with their number
     * @param firstVerdicts what the first ones said, in the order of arrival
     */
    public record StreamSummary(
            String name,
            String application,
            String tenant,
            long requests,
            long completed,
            long refused,
            long timedOut,
            long missedDeadline,
            long cancelled,
            long failed,
            boolean deadlines,
            long late,
            long right,
            long answers,
            String metric,
            double perSecond,
            double offeredMbps,
            double meanNanos,
            long p50Nanos,
            long p90Nanos,
            long p99Nanos,
            long maxNanos,
            Map<String, Long> reasons,
            List<Judge.Verdict> firstVerdicts) {}

    /**
     * A processing element.
     *
     * @param utilisation share of the run in which it ran tasks
     * @param joules idle and active; empty if not known
     */
    public record PeSummary(String id, String type, long tasks, double utilisation, OptionalDouble joules) {}

    /**
     * What decisions cost.
     *
     * @param rounds that had ready tasks
     * @param decisions tasks given to PEs
     * @param decidingNanos spent on them, by the clock of the machine that ran this
     * @param omittedRounds that are not in the log, because there were too many
     */
    public record SchedulingSummary(long rounds, long decisions, long decidingNanos, long omittedRounds) {}
}
