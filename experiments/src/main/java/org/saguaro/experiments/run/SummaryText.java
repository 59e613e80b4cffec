// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.saguaro.experiments.run.RunSummary.PeSummary;
import org.saguaro.experiments.run.RunSummary.StreamSummary;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Table;

/** A summary as people read it. */
public final class SummaryText {

    private SummaryText() {}

    /** All of it. */
    public static String of(RunSummary summary) {
        StringBuilder text = new StringBuilder();
        text.append(streams(summary)).append('\n').append(processingElements(summary));
        text.append('\n').append(scheduling(summary)).append('\n');
        for (StreamSummary stream : summary.streams()) {
            for (Map.Entry<String, Long> reason : stream.reasons().entrySet()) {
                text.append(stream.name())
                        .append(": ")
                        .append(reason.getValue())
                        .append(reason.getValue() == 1 ? " request: " : " requests: ")
                        .append(reason.getKey())
                        .append('\n');
            }
        }
        text.append(headline(summary)).append('\n');
        return text.toString();
    }

    /** What it was, in a line. */
    public static String headline(RunSummary summary) {
        return (summary.status() == RunSummary.Status.INTERRUPTED ? "INTERRUPTED, results until then: " : "")
                + summary.requests() + " requests in " + Figures.duration(summary.elapsedNanos())
                + (summary.kind().equals("simulated") ? " of virtual time" : "") + " on " + summary.pool() + ", policy "
                + summary.policy() + ", seed " + summary.seed();
    }

    private static Table streams(RunSummary summary) {
        boolean losses = summary.streams().stream().anyMatch(s -> s.completed() < s.requests());
        boolean deadlines = summary.streams().stream().anyMatch(StreamSummary::deadlines);
        boolean truth = summary.streams().stream().anyMatch(s -> !s.metric().isEmpty());
        Table table = new Table().column("stream").figures("requests").figures("per second");
        table.figures("Mbps")
                .figures("mean ms")
                .figures("p50 ms")
                .figures("p90 ms")
                .figures("p99 ms");
        if (losses) {
            table.figures("refused").figures("timed out").figures("deadline").figures("failed");
        }
        if (deadlines) {
            table.figures("late");
        }
        if (truth) {
            table.figures("right").column("");
        }
        for (StreamSummary s : summary.streams()) {
            List<Object> cells = new ArrayList<>();
            boolean none = s.completed() == 0;
            cells.add(s.name());
            cells.add(s.requests());
            cells.add(Figures.threeDigits(s.perSecond()));
            cells.add(Figures.threeDigits(s.offeredMbps()));
            cells.add(none ? "-" : Figures.threeDigits(s.meanNanos() / 1e6));
            cells.add(none ? "-" : Figures.millis(s.p50Nanos()));
            cells.add(none ? "-" : Figures.millis(s.p90Nanos()));
            cells.add(none ? "-" : Figures.millis(s.p99Nanos()));
            if (losses) {
                cells.add(s.refused());
                cells.add(s.timedOut());
                cells.add(s.missedDeadline());
                cells.add(s.failed() + s.cancelled());
            }
            if (deadlines) {
                cells.add(s.deadlines() ? Long.toString(s.late()) : "-");
            }
            if (truth) {
                cells.add(s.answers() == 0 ? "-" : Figures.percent((double) s.right() / s.answers()));
                cells.add(s.metric());
            }
            table.row(cells.toArray());
        }
        return table;
    }

    private static Table processingElements(RunSummary summary) {
        boolean energy =
                summary.processingElements().stream().anyMatch(pe -> pe.joules().orElse(0) > 0);
        Table table = new Table()
                .column("processing element")
                .column("type")
                .figures("tasks")
                .figures("utilisation");
        if (energy) {
            table.figures("joules");
        }
        for (PeSummary pe : summary.processingElements()) {
            Object[] cells = {pe.id(), pe.type(), pe.tasks(), Figures.percent(pe.utilisation())};
            if (energy) {
                cells = Arrays.copyOf(cells, cells.length + 1);
                cells[cells.length - 1] = Figures.threeDigits(pe.joules().orElse(0));
            }
            table.row(cells);
        }
        return table;
    }

    private static String scheduling(RunSummary summary) {
        RunSummary.SchedulingSummary s = summary.scheduling();
        return "Scheduling: " + s.decisions() + " decisions in " + s.rounds() + " rounds"
                + (s.decisions() == 0
                        ? ""
                        : String.format(
                                Locale.ROOT, ", %.0f ns per decision", (double) s.decidingNanos() / s.decisions()));
    }
}
