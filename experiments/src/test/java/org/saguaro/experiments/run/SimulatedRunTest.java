// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.experiments.workload.WorkloadFile;
import org.saguaro.formats.progress.Progress;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.TaskProfile;

class SimulatedRunTest {

    private static final Pool TWO_CORES =
            new Pool("C2", List.of(new Pool.PeType("cpu", 2, "host", 2, 1, 0, List.of())), List.of());

    private static final String MIX = """
            {"seed": 5, "durationSeconds": 20, "streams": [
              {"name": "radar", "application": "radar", "tenant": "army", "softDeadlineMillis": 12,
               "arrivals": {"process": "periodic", "periodMillis": 20}},
              {"name": "radio", "application": "radio", "hardDeadlineMillis": 40,
               "arrivals": {"process": "bursty", "perSecond": 60, "burstMillis": 100, "gapMillis": 200}}]}
            """;

    @TempDir
    Path folder;

    /** A chain of tasks that take so many milliseconds each, more or less. */
    private static ApplicationProfile chain(String name, int tasks, double millis, double deviationMillis) {
        KernelProfile kernel = new KernelProfile(
                name + ":1", 1, 1, List.of(new KernelProfile.Cost("cpu", millis * 1e6, deviationMillis * 1e6)));
        List<TaskProfile> chain = IntStream.range(0, tasks)
                .mapToObj(i -> new TaskProfile(
                        name + i, 0, i == 0 ? List.of() : List.of(new TaskProfile.Input(i - 1, 8)), 8, 0, 0))
                .toList();
        return new ApplicationProfile(name, 1000, List.of(kernel), chain);
    }

    private static Workload workload(String text) throws Exception {
        return WorkloadFile.parse(text, "test", Path.of("/"));
    }

    private RunSummary run(String name, Workload workload, RunFolder.Limits limits, ApplicationProfile... profiles)
            throws Exception {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
        try (RunFolder results = new RunFolder(folder.resolve(name), workload, limits);
                Progress progress = Progress.start("simulating", 1, nowhere)) {
            return new SimulatedRun(workload, List.of(profiles), TWO_CORES)
                    .run("first", new FirstThatCan(), 1, results, progress);
        }
    }

    private RunSummary mix(String name, Workload workload) throws Exception {
        return run(name, workload, RunFolder.Limits.DEFAULT, chain("radar", 3, 3, 0.5), chain("radio", 2, 5, 1));
    }

    private List<CSVRecord> rows(String name, String file) throws Exception {
        CSVFormat format = CSVFormat.RFC4180
                .builder()
                .setHeader()
                .setSkipHeaderRecord(true)
                .get();
        try (BufferedReader reader =
                        Files.newBufferedReader(folder.resolve(name).resolve(file));
                CSVParser parser =
                        CSVParser.builder().setReader(reader).setFormat(format).get()) {
            return parser.getRecords();
        }
    }

    @Test
    void aSeedGivesTheSameTablesByteForByte() throws Exception {
        mix("one", workload(MIX));
        mix("two", workload(MIX));
        mix("other", workload(MIX).withSeed(6));
        for (String file : List.of(RunFolder.REQUESTS, RunFolder.SCHEDULING)) {
            assertThat(folder.resolve("two").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("one").resolve(file));
            assertThat(Files.readString(folder.resolve("other").resolve(file)))
                    .isNotEqualTo(Files.readString(folder.resolve("one").resolve(file)));
        }
    }

    @Test
    void everyFileTellsTheSameStory() throws Exception {
        RunSummary summary = mix("run", workload(MIX));

        assertThat(summary.status()).isEqualTo(RunSummary.Status.COMPLETE);
        RunSummary.StreamSummary radar = summary.streams().get(0);
        RunSummary.StreamSummary radio = summary.streams().get(1);
        assertThat(radar.requests()).isEqualTo(1000);
        assertThat(radar.completed()).isEqualTo(1000);
        // 60 per second for 20 s in bursts: far enough around for any seed, and this one is fixed.
        assertThat(radio.requests()).isBetween(600L, 1800L);
        assertThat(radio.completed() + radio.missedDeadline()).isEqualTo(radio.requests());
        assertThat(radar.meanNanos())
                .as("three tasks of 3 ms, and what they wait")
                .isGreaterThan(8.5e6);

        List<CSVRecord> requests = rows("run", RunFolder.REQUESTS);
        assertThat(requests).hasSize((int) summary.requests());
        assertThat(requests.stream()
                        .filter(row -> row.get("stream").equals("radar"))
                        .mapToDouble(row -> Double.parseDouble(row.get("latencyMillis")))
                        .average()
                        .orElse(0))
                .isCloseTo(radar.meanNanos() / 1e6, within(1e-6));
        long late = requests.stream()
                .filter(row -> row.get("stream").equals("radar")
                        && row.get("deadlineMet").equals("no"))
                .count();
        assertThat(late).isEqualTo(radar.late());
        assertThat(requests).allSatisfy(row -> {
            assertThat(Double.parseDouble(row.get("endMillis")) - Double.parseDouble(row.get("arrivalMillis")))
                    .isCloseTo(Double.parseDouble(row.get("latencyMillis")), within(1e-6));
            assertThat(row.get("outcome")).isIn("completed", "deadline");
        });

        List<CSVRecord> rounds = rows("run", RunFolder.SCHEDULING);
        assertThat(rounds).hasSize((int) summary.scheduling().rounds());
        assertThat(rounds.stream()
                        .mapToLong(row -> Long.parseLong(row.get("decisions")))
                        .sum())
                .isEqualTo(summary.scheduling().decisions());

        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("run/summary.json").toFile());
        assertThat(json.path("complete").asBoolean()).isTrue();
        assertThat(json.at("/streams/0/completed").asLong()).isEqualTo(1000);
        assertThat(folder.resolve("run/summary.txt"))
                .content()
                .contains("radar", "cpu0", "on C2, policy first, seed 5");
        assertThat(folder.resolve("run/workload.json")).content().isEqualTo(MIX);
        assertThat(folder.resolve("run/gantt.html")).content().contains("</title></rect>");
        RunTrace trace = RunTrace.read(folder.resolve("run/tasks.ndjson"));
        assertThat(trace.complete()).isTrue();
        assertThat(trace.tasks())
                .hasSize((int) summary.tasks())
                .allSatisfy(task -> assertThat(task.readyNanos()).isBetween(0L, 10_000_000_000L));
        assertThat(summary.omittedTasks()).as("of the second ten seconds").isPositive();
        assertThat(trace.profiles()).extracting(ApplicationProfile::name).containsExactly("radar", "radio");
    }

    @Test
    void whatThereIsAnyNumberOfIsBounded() throws Exception {
        Workload workload = workload("""
                {"durationSeconds": 1000, "streams": [
                  {"application": "a", "arrivals": {"process": "poisson", "perSecond": 100}}]}
                """);
        RunSummary summary = run("run", workload, new RunFolder.Limits(5_000_000_000L, 100, 50), chain("a", 1, 1, 0));

        assertThat(summary.requests()).isBetween(98_000L, 102_000L);
        assertThat(summary.tasks()).isEqualTo(100);
        assertThat(summary.omittedTasks()).isEqualTo(summary.requests() - 100);
        assertThat(rows("run", RunFolder.SCHEDULING)).hasSize(50);
        assertThat(summary.scheduling().omittedRounds())
                .isEqualTo(summary.scheduling().rounds() - 50);
        assertThat(RunTrace.read(folder.resolve("run/tasks.ndjson")).tasks()).hasSize(100);
    }

    @Test
    void anInterruptedRunSaysSoAndKeepsWhatThereIs() throws Exception {
        Workload workload = workload("""
                {"durationSeconds": 1000000, "streams": [
                  {"application": "a", "arrivals": {"process": "periodic", "periodMillis": 10}}]}
                """);
        Thread.currentThread().interrupt();
        RunSummary summary = run("run", workload, RunFolder.Limits.DEFAULT, chain("a", 1, 1, 0));

        assertThat(Thread.interrupted()).as("taken note of").isFalse();
        assertThat(summary.status()).isEqualTo(RunSummary.Status.INTERRUPTED);
        assertThat(rows("run", RunFolder.REQUESTS)).hasSize((int) summary.requests());
        JsonNode json =
                new ObjectMapper().readTree(folder.resolve("run/summary.json").toFile());
        assertThat(json.path("status").asText()).isEqualTo("interrupted");
        assertThat(json.path("complete").asBoolean()).isFalse();
        assertThat(folder.resolve("run/summary.txt")).content().contains("INTERRUPTED, results until then");
    }

    @Test
    void aPoolThatCannotIsRefusedByName() throws Exception {
        Workload workload =
                workload("{\"durationSeconds\": 1, \"streams\": [{\"application\": \"a\", \"instances\": 1}]}");
        KernelProfile never = new KernelProfile("fft:1", 1, 1, List.of());
        ApplicationProfile profile =
                new ApplicationProfile("a", 1, List.of(never), List.of(new TaskProfile("fft", 0, List.of(), 0, 0, 0)));
        assertThatExceptionOfType(WorkloadException.class)
                .isThrownBy(() -> new SimulatedRun(workload, List.of(profile), TWO_CORES))
                .withMessageContaining("test: ")
                .withMessageContaining("fft:1");
    }
}
