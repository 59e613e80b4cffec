// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.jspecify.annotations.Nullable;
import org.saguaro.experiments.application.Judge;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.experiments.trace.RunTraceWriter;
import org.saguaro.experiments.workload.Stream;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.formats.trace.ChromeTrace;
import org.saguaro.formats.trace.GanttChart;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/**
 * The results of a run, the same for real and simulated ones; docs/workloads.md tells of each file. Rows are written as they come, so that
 * what is there is right at any time; {@code summary.json} says whether it is all. What was there of an earlier run is replaced. Used by
 * one thread.
 */
public final class RunFolder implements AutoCloseable {

    public static final String WORKLOAD = "workload.json";
    public static final String REQUESTS = "requests.csv";
    public static final String SCHEDULING = "scheduling.csv";
    public static final String SUMMARY_JSON = "summary.json";
    public static final String SUMMARY_TEXT = "summary.txt";
    public static final String TASKS = "tasks.ndjson";
    public static final String TRACE = "trace.json";
    public static final String GANTT = "gantt.html";

    /** More make no page that a browser moves smoothly. */
    private static final int MOST_TASKS_IN_CHART = 20_000;

    private static final CSVFormat CSV =
            CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

    private final Path folder;
    private final Workload workload;
    private final Limits limits;
    private final List<StreamAccount> accounts = new ArrayList<>();
    private final List<TaskRecord> tasks = new ArrayList<>();
    private final CSVPrinter requests;
    private final CSVPrinter scheduling;

    private @Nullable RunTraceWriter trace;
    private List<String> traced = List.of();

    private long omittedTasks;
    private long rounds;
    private long decisions;
    private long decidingNanos;
    private long omittedRounds;

    /**
     * How much is written down of what there may be any number of.
     *
     * @param traceNanos tasks that became ready later, from the beginning, are not in the traces
     * @param tasks more are not in the traces
     * @param rounds more are not in the log of scheduling
     */
    public record Limits(long traceNanos, int tasks, int rounds) {

        /** Ten seconds, at most 200,000 tasks; 200,000 rounds. */
        public static final Limits DEFAULT = new Limits(10_000_000_000L, 200_000, 200_000);

        /** The same with another part traced. */
        public Limits withTraceSeconds(double seconds) {
            return new Limits((long) (seconds * 1e9), tasks, rounds);
        }
    }

    /**
     * Makes the folder, and says in it that the run has begun.
     *
     * @throws IOException if it cannot be written
     */
    public RunFolder(Path folder, Workload workload, Limits limits) throws IOException {
        this.folder = folder;
        this.workload = workload;
        this.limits = limits;
        workload.streams().forEach(stream -> accounts.add(new StreamAccount(stream)));
        Files.createDirectories(folder);
        for (String file : List.of(SUMMARY_JSON, SUMMARY_TEXT, TASKS, TRACE, GANTT)) {
            Files.deleteIfExists(folder.resolve(file));
        }
        Files.writeString(folder.resolve(WORKLOAD), workload.text());
        Files.writeString(folder.resolve(SUMMARY_JSON), "{\n  \"status\" : \"running\",\n  \"complete\" : false\n}\n");
        requests = csv(
                REQUESTS,
                "request",
                "stream",
                "application",
                "tenant",
                "arrivalMillis",
                "endMillis",
                "latencyMillis",
                "outcome",
                "deadlineMet",
                "right",
                "answers",
                "reason");
        scheduling = csv(SCHEDULING, "timeMillis", "readyTasks", "decisions", "decidingNanos");
    }

    private CSVPrinter csv(String file, Object... columns) throws IOException {
        Writer writer = Files.newBufferedWriter(folder.resolve(file), StandardCharsets.UTF_8);
        CSVPrinter printer = new CSVPrinter(writer, CSV);
        printer.printRecord(columns);
        return printer;
    }

    /**
     * Begins the trace that can be replayed. Without it there is none.
     *
     * @param profiles what a request of each stream consists of; streams may have the same
     */
    void trace(RunTrace.Header header, List<ApplicationProfile> profiles) throws IOException {
        RunTraceWriter writer = new RunTraceWriter(folder.resolve(TASKS), header);
        trace = writer;
        traced = profiles.stream().map(ApplicationProfile::name).toList();
        Set<String> known = new HashSet<>();
        for (ApplicationProfile profile : profiles) {
            if (known.add(profile.name())) {
                writer.profile(profile);
            }
        }
    }

    /** Where it is. */
    public Path path() {
        return folder;
    }

    /** A request has ended. */
    void request(RequestRow row) throws IOException {
        Stream stream = workload.streams().get(row.stream());
        accounts.get(row.stream()).add(row);
        Judge.Verdict verdict = row.verdict();
        Optional<Boolean> met = StreamAccount.met(stream, row);
        requests.printRecord(
                row.request(),
                stream.name(),
                stream.source().name(),
                stream.options().tenant(),
                millis(row.arrivalNanos()),
                millis(row.endNanos()),
                millis(row.latencyNanos()),
                row.outcome().text(),
                met.isEmpty() ? "" : met.get() ? "yes" : "no",
                verdict == null ? "" : verdict.right(),
                verdict == null ? "" : verdict.of(),
                row.reason());
        if (trace != null && row.arrivalNanos() < limits.traceNanos()) {
            trace.request(RunTrace.Request.of(
                    row.traceId(),
                    traced.get(row.stream()),
                    row.arrivalNanos(),
                    row.endNanos(),
                    stream.options(),
                    workload.tenantWeights().getOrDefault(stream.options().tenant(), 1.0),
                    switch (row.outcome()) {
                        case COMPLETED -> RunTrace.Request.COMPLETED;
                        case DEADLINE -> RunTrace.Request.DROPPED;
                        case REFUSED, TIMED_OUT, CANCELLED, FAILED ->
                            row.outcome().text();
                    }));
        }
    }

    /** To the nanosecond, so that nothing is lost. */
    private static String millis(long nanos) {
        return BigDecimal.valueOf(nanos, 6).toPlainString();
    }

    /**
     * A task has run.
     *
     * @param task with times from the beginning of the run
     */
    void task(TaskRecord task) throws IOException {
        if (task.readyNanos() < limits.traceNanos() && tasks.size() < limits.tasks()) {
            tasks.add(task);
            if (trace != null) {
                trace.task(task);
            }
        } else {
            omittedTasks++;
        }
    }

    /** Whether further tasks will be left out of the traces anyway. */
    boolean isTraceFull(long nowNanos) {
        return tasks.size() >= limits.tasks() || nowNanos >= limits.traceNanos();
    }

    /** Tasks that nobody will tell of. */
    void omittedTasks(long count) {
        omittedTasks += count;
    }

    /**
     * A scheduling round is over.
     *
     * @param nanos what it took by the clock of this machine; empty in virtual time
     */
    void round(long atNanos, int ready, int decided, OptionalLong nanos) throws IOException {
        if (rounds++ >= limits.rounds()) {
            omittedRounds++;
        } else {
            scheduling.printRecord(
                    millis(atNanos), ready, decided, nanos.isPresent() ? Long.toString(nanos.getAsLong()) : "");
        }
        decisions += decided;
        decidingNanos += nanos.orElse(0);
    }

    /** Time spent on decisions that is not told by round. */
    void deciding(long nanos) {
        decidingNanos += nanos;
    }

    /** Lets others see what is there so far. */
    void flush() throws IOException {
        requests.flush();
        scheduling.flush();
        if (trace != null) {
            trace.flush();
        }
    }

    /** Requests that have ended, by stream, as a summary has them. */
    List<RunSummary.StreamSummary> streams(List<String> metrics, long[] inputBits, double seconds) {
        List<RunSummary.StreamSummary> summaries = new ArrayList<>();
        for (int i = 0; i < accounts.size(); i++) {
            String application = workload.streams().get(i).source().name();
            summaries.add(accounts.get(i).summary(application, metrics.get(i), inputBits[i], seconds));
        }
        return summaries;
    }

    RunSummary.SchedulingSummary scheduling() {
        return new RunSummary.SchedulingSummary(rounds, decisions, decidingNanos, omittedRounds);
    }

    long tasks() {
        return tasks.size();
    }

    long omittedTasks() {
        return omittedTasks;
    }

    /** Writes traces, chart and summary: then the folder is complete, or says that it is not. */
    void finish(RunSummary summary) throws IOException {
        flush();
        if (trace != null) {
            trace.close();
            trace = null;
        }
        List<TaskRecord> charted = tasks.subList(0, Math.min(tasks.size(), MOST_TASKS_IN_CHART));
        try (Writer writer = Files.newBufferedWriter(folder.resolve(GANTT), StandardCharsets.UTF_8)) {
            GanttChart.write("Saguaro: what ran where, " + summary.pool() + ", " + summary.policy(), charted, writer);
        }
        try (OutputStream stream = new BufferedOutputStream(Files.newOutputStream(folder.resolve(TRACE)))) {
            ChromeTrace.write(tasks, stream);
        }
        Files.writeString(folder.resolve(SUMMARY_TEXT), SummaryText.of(summary));
        // Last, and at once: whoever sees it sees the rest.
        Path fresh = folder.resolve(SUMMARY_JSON + ".new");
        Files.writeString(fresh, SummaryJson.text(summary));
        Files.move(fresh, folder.resolve(SUMMARY_JSON), StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() throws IOException {
        requests.close();
        scheduling.close();
        if (trace != null) {
            // Not its own end: it has none.
            trace.flush();
        }
    }
}
