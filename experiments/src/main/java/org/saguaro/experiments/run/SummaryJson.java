// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.util.List;
import java.util.Locale;
import org.saguaro.formats.text.Json;

/** A summary as programs read it; docs/workloads.md says what its members are. */
final class SummaryJson {

    private SummaryJson() {}

    static String text(RunSummary summary) {
        return Json.text(of(summary)) + "\n";
    }

    private static Object of(RunSummary s) {
        List<Object> streams =
                s.streams().stream().<Object>map(SummaryJson::stream).toList();
        List<Object> pes = s.processingElements().stream()
                .<Object>map(pe -> Json.objectWithNulls(
                        "id", pe.id(),
                        "type", pe.type(),
                        "tasks", pe.tasks(),
                        "utilisation", pe.utilisation(),
                        "joules", pe.joules().isPresent() ? pe.joules().getAsDouble() : null))
                .toList();
        RunSummary.SchedulingSummary scheduling = s.scheduling();
        return Json.objectWithNulls(
                "status", s.status().name().toLowerCase(Locale.ROOT),
                "complete", s.status() == RunSummary.Status.COMPLETE,
                "kind", s.kind(),
                "policy", s.policy(),
                "pool", s.pool(),
                "seed", s.seed(),
                "durationSeconds", s.durationSeconds(),
                "scaleRate", s.scale(),
                "elapsedSeconds", s.elapsedNanos() / 1e9,
                "requests", s.requests(),
                "streams", streams,
                "processingElements", pes,
                "scheduling",
                        Json.object(
                                "rounds", scheduling.rounds(),
                                "decisions", scheduling.decisions(),
                                "decidingNanos", scheduling.decidingNanos(),
                                "omittedRounds", scheduling.omittedRounds()),
                "tracedTasks", s.tasks(),
                "omittedTasks", s.omittedTasks());
    }

    private static Object stream(RunSummary.StreamSummary s) {
        boolean none = s.completed() == 0;
        return Json.objectWithNulls(
                "name", s.name(),
                "application", s.application(),
                "tenant", s.tenant(),
                "requests", s.requests(),
                "completed", s.completed(),
                "refused", s.refused(),
                "timedOut", s.timedOut(),
                "missedDeadline", s.missedDeadline(),
                "cancelled", s.cancelled(),
                "failed", s.failed(),
                "late", s.deadlines() ? s.late() : null,
                "right", s.metric().isEmpty() ? null : s.right(),
                "answers", s.metric().isEmpty() ? null : s.answers(),
                "metric", s.metric().isEmpty() ? null : s.metric(),
                "perSecond", s.perSecond(),
                "offeredMbps", s.offeredMbps(),
                "meanMillis", none ? null : s.meanNanos() / 1e6,
                "p50Millis", none ? null : s.p50Nanos() / 1e6,
                "p90Millis", none ? null : s.p90Nanos() / 1e6,
                "p99Millis", none ? null : s.p99Nanos() / 1e6,
                "maxMillis", none ? null : s.maxNanos() / 1e6,
                "reasons", s.reasons());
    }
}
