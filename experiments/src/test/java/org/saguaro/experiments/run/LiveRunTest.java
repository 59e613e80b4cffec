// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.experiments.application.Target;
import org.saguaro.experiments.application.Targets;
import org.saguaro.experiments.workload.Source;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadFile;
import org.saguaro.formats.progress.Progress;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.SchedulingRound;

class LiveRunTest {

    @TempDir
    Path folder;

    private final QuietRuntime runtime = new QuietRuntime();

    private RunSummary run(Target target, String stream) throws Exception {
        Workload workload = WorkloadFile.parse(
                "{\"durationSeconds\": 1, \"streams\": [{\"application\": \"a\", " + stream + "}]}", "test", Path.of("/"));
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
        try (RunFolder results = new RunFolder(folder, workload, RunFolder.Limits.DEFAULT);
                Progress progress = Progress.start("serving", 1, nowhere);
                Targets targets = Targets.of(Map.of(new Source.Application("a"), target))) {
            return new LiveRun(runtime, runtime).run(workload, targets, 1, results, progress);
        }
    }

    @Test
    void everyOutcomeIsCountedWithItsReason() throws Exception {
        List<Target.End> ends = List.of(
                ScriptedTarget.right(true),
                ScriptedTarget.right(false),
                ScriptedTarget.failed(Category.REJECTED),
                ScriptedTarget.failed(Category.TIMEOUT),
                ScriptedTarget.failed(Category.DEADLINE),
                ScriptedTarget.failed(Category.FAILED),
                ScriptedTarget.failed(Category.UNDEPLOYED));
        ScriptedTarget target = new ScriptedTarget(ends::get, () -> {});

        RunSummary summary = run(target, "\"instances\": 7");

        RunSummary.StreamSummary stream = summary.streams().get(0);
        assertThat(summary.status()).isEqualTo(RunSummary.Status.COMPLETE);
        assertThat(stream.requests()).isEqualTo(7);
        assertThat(stream.completed()).isEqualTo(2);
        assertThat(stream.refused()).isEqualTo(1);
        assertThat(stream.timedOut()).isEqualTo(1);
        assertThat(stream.missedDeadline()).isEqualTo(1);
        assertThat(stream.failed()).isEqualTo(2);
        assertThat(stream.right()).isEqualTo(1);
        assertThat(stream.answers()).isEqualTo(2);
        assertThat(stream.reasons()).containsExactly(Map.entry("as scripted", 5L));
        assertThat(target.samples).as("in turn").containsExactly(0, 1, 2, 0, 1, 2, 0);
        assertThat(Files.readAllLines(folder.resolve("requests.csv")))
                .hasSize(8)
                .anyMatch(row -> row.startsWith("2,a,a,default,0.000000,") && row.endsWith(",refused,,,,as scripted"));
        assertThat(folder.resolve("summary.txt")).content().contains("a: 5 requests: as scripted");
        assertThat(folder.resolve("tasks.ndjson")).as("its graph is not known").doesNotExist();
    }

    @Test
    void latencyCountsFromWhenARequestWasDue() throws Exception {
        // Ended in the past, as if it had been due then: not before it was due.
        ScriptedTarget target = new ScriptedTarget(n -> ScriptedTarget.right(true), () -> {});
        RunSummary summary = run(target, "\"arrivals\": {\"process\": \"periodic\", \"periodMillis\": 100}");
        assertThat(summary.requests()).isEqualTo(10);
        assertThat(summary.elapsedNanos()).as("the last one is due at 900 ms").isGreaterThanOrEqualTo(900_000_000L - 20_000);
        List<String> rows = Files.readAllLines(folder.resolve("requests.csv"));
        for (int i = 0; i < 10; i++) {
            assertThat(rows.get(i + 1).split(",", -1)[4]).isEqualTo(i * 100 + ".000000");
        }
    }

    @Test
    void roundsOfTheRunAreWrittenDown() throws Exception {
        long before = System.nanoTime();
        runtime.round(new SchedulingRound(before - 1_000_000, 9, 9, 0, 999));
        ScriptedTarget target = new ScriptedTarget(
                n -> {
                    runtime.round(new SchedulingRound(System.nanoTime(), 4, 3, 1, 700));
                    return ScriptedTarget.right(true);
                },
                () -> {});
        RunSummary summary = run(target, "\"instances\": 1");
        assertThat(summary.scheduling()).isEqualTo(new RunSummary.SchedulingSummary(1, 3, 700, 0));
        assertThat(Files.readAllLines(folder.resolve("scheduling.csv")))
                .hasSize(2)
                .anyMatch(row -> row.endsWith(",4,3,700"));
        assertThat(runtime.kept()).as("not kept any more").isZero();
    }

    @Test
    void anInterruptedRunCancelsAndSaysSo() throws Exception {
        Thread self = Thread.currentThread();
        ScriptedTarget target =
                new ScriptedTarget(n -> n == 0 ? ScriptedTarget.right(true) : null, self::interrupt);

        RunSummary summary = run(target, "\"instances\": 2");

        assertThat(Thread.interrupted()).as("taken note of").isFalse();
        assertThat(summary.status()).isEqualTo(RunSummary.Status.INTERRUPTED);
        assertThat(summary.streams().get(0).completed()).isEqualTo(1);
        assertThat(summary.streams().get(0).cancelled()).isEqualTo(1);
        assertThat(folder.resolve("summary.json")).content().contains("\"status\" : \"interrupted\"");
    }
}
