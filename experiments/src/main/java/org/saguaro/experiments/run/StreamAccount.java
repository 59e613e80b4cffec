// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.saguaro.experiments.application.Judge;
import org.saguaro.experiments.workload.Stream;

/** Sums up the requests of a stream in bounded memory. Used by one thread. */
final class StreamAccount {

    private static final int DIGITS = 3;
    private static final int MOST_REASONS = 20;
    private static final int VERDICTS_KEPT = 8;
    private static final String OTHERS = "others";

    private final Stream stream;
    private final Histogram latencies = new Histogram(DIGITS);
    private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    private final Map<String, Long> reasons = new TreeMap<>();
    private final Map<Long, Judge.Verdict> firstVerdicts = new TreeMap<>();
    private double latencySum;
    private long late;
    private long right;
    private long answers;

    StreamAccount(Stream stream) {
        this.stream = stream;
    }

    void add(RequestRow row) {
        outcomes.merge(row.outcome(), 1L, Long::sum);
        if (row.outcome() != Outcome.COMPLETED) {
            boolean known = reasons.containsKey(row.reason()) || reasons.size() < MOST_REASONS;
            reasons.merge(known ? row.reason() : OTHERS, 1L, Long::sum);
            return;
        }
        latencies.recordValue(row.latencyNanos());
        latencySum += row.latencyNanos();
        if (met(stream, row).equals(Optional.of(false))) {
            late++;
        }
        Judge.Verdict verdict = row.verdict();
        if (verdict != null) {
            right += verdict.right();
            answers += verdict.of();
            if (row.number() < VERDICTS_KEPT) {
                firstVerdicts.put(row.number(), verdict);
            }
        }
    }

    /** Whether a request met its deadline, the soft one if it has both; empty if it has none. */
    static Optional<Boolean> met(Stream stream, RequestRow row) {
        Optional<Duration> deadline = stream.options().softDeadline().isPresent()
                ? stream.options().softDeadline()
                : stream.options().hardDeadline();
        return deadline.map(d -> row.outcome() == Outcome.COMPLETED && row.latencyNanos() <= d.toNanos());
    }

    RunSummary.StreamSummary summary(String application, String metric, long inputBits, double seconds) {
        long completed = outcomes.getOrDefault(Outcome.COMPLETED, 0L);
        long requests = outcomes.values().stream().mapToLong(Long::longValue).sum();
        return new RunSummary.StreamSummary(
                stream.name(),
                application,
                stream.options().tenant(),
                requests,
                completed,
                outcomes.getOrDefault(Outcome.REFUSED, 0L),
                outcomes.getOrDefault(Outcome.TIMED_OUT, 0L),
                outcomes.getOrDefault(Outcome.DEADLINE, 0L),
                outcomes.getOrDefault(Outcome.CANCELLED, 0L),
                outcomes.getOrDefault(Outcome.FAILED, 0L),
                stream.options().softDeadline().isPresent()
                        || stream.options().hardDeadline().isPresent(),
                late,
                right,
                answers,
                metric,
                seconds > 0 ? completed / seconds : 0,
                seconds > 0 ? requests * (double) inputBits / 1e6 / seconds : 0,
                completed == 0 ? 0 : latencySum / completed,
                latencies.getValueAtPercentile(50),
                latencies.getValueAtPercentile(90),
                latencies.getValueAtPercentile(99),
                latencies.getMaxValue(),
                Map.copyOf(reasons),
                List.copyOf(new ArrayList<>(firstVerdicts.values())));
    }
}
