// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.experiments.profile.Profiles;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;

/** Traces of runs in files: what is written is read, what was cut is read as far as it goes, and what is wrong is named. */
class RunTraceTest {

    @TempDir
    Path folder;

    private static final RunTrace.Header HEADER = new RunTrace.Header(
            "2026-11-23T23:00:00Z",
            "eft",
            List.of(
                    new RunTrace.Pe("cpu0", "cpu", "host", 5, 0.5, false),
                    new RunTrace.Pe("fft0", "fft", "dma", 1, 0, true)),
            List.of(new RunTrace.Transfer("host", "dma", 10_000, 0.5)),
            List.of("Made by hand."));

    private static RunTrace some() {
        return new RunTrace(
                HEADER,
                List.of(Profiles.diamond("radar"), Profiles.diamond("radio")),
                List.of(
                        RunTrace.Request.of(
                                3,
                                "radar",
                                1_000,
                                201_000,
                                RequestOptions.DEFAULT
                                        .withTenant("alice")
                                        .withPriority(2)
                                        .withSoftDeadline(Duration.ofMillis(5)),
                                2.5,
                                RunTrace.Request.COMPLETED),
                        RunTrace.Request.of(
                                4, "radio", 5_000, 9_000, RequestOptions.DEFAULT, 1, RunTrace.Request.DROPPED)),
                List.of(new TaskRecord(3, "radar", 0, "first", "fft0", 1_000, 2_000, 3_000, 24_000, Outcome.COMPLETED)),
                true);
    }

    private static void write(Path file, RunTrace trace) throws IOException {
        try (RunTraceWriter writer = new RunTraceWriter(file, trace.header())) {
            for (var profile : trace.profiles()) {
                writer.profile(profile);
            }
            for (RunTrace.Request request : trace.requests()) {
                writer.request(request);
            }
            for (TaskRecord task : trace.tasks()) {
                writer.task(task);
            }
        }
    }

    private List<String> lines() throws IOException {
        Path file = folder.resolve("whole.ndjson");
        write(file, some());
        return Files.readAllLines(file);
    }

    private Path file(String text) throws IOException {
        Path file = folder.resolve("run.ndjson");
        Files.writeString(file, text);
        return file;
    }

    @Test
    void readsWhatItWrites() throws Exception {
        Path file = folder.resolve("run.ndjson");
        write(file, some());
        assertThat(RunTrace.read(file)).isEqualTo(some());
    }

    @Test
    void readsWhatAnInterruptedRunLeft() throws Exception {
        List<String> lines = lines();
        String whole = String.join("\n", lines.subList(0, 4)) + "\n";
        RunTrace cut = RunTrace.read(file(whole + lines.get(4).substring(0, 20)));
        assertThat(cut.requests()).isEqualTo(some().requests().subList(0, 1));
        assertThat(cut.complete()).isFalse();
        assertThat(RunTrace.read(file(whole)).complete())
                .as("cut between lines")
                .isFalse();
        assertThat(RunTrace.read(file(whole + lines.get(4))).requests())
                .as("cut before the newline")
                .isEqualTo(some().requests());
    }

    private void assertRefused(String text, String message) throws IOException {
        Path file = file(text);
        assertThatThrownBy(() -> RunTrace.read(file))
                .isInstanceOf(RunTraceException.class)
                .hasMessageMatching(Pattern.quote(file.toString()) + "(?s):" + message);
    }

    @Test
    void namesFileAndLineOfWhatIsWrong() throws Exception {
        List<String> lines = lines();
        String text = String.join("\n", lines) + "\n";
        assertRefused("", "1: found no line, expected the header.*");
        assertRefused(
                text.substring(text.indexOf('\n') + 1), "1: found a line of kind 'profile', expected the header.*");
        assertRefused(text.replace("\"version\":1", "\"version\":9"), "1: version: found 9, expected 1.*");
        assertRefused(
                text.replace("\"id\":4,\"application\":\"radio\"", "\"id\":4,\"application\":\"tv\""),
                "5: application: found 'tv', expected one of which a profile came before");
        assertRefused(text.replace("\"id\":4", "\"id\":3"), "5: id: found 3 again.*");
        assertRefused(
                text.replace("\"endNanos\":9000", "\"endNanos\":10"), "5: endNanos: found 10, expected 5000 .*or more");
        assertRefused(
                text.replace("\"pe\":\"fft0\"", "\"pe\":\"gpu\""), "6: pe: found 'gpu', expected one of the header's");
        assertRefused(text.replace("COMPLETED", "DONE"), "6: outcome: found 'DONE', expected one of .*");
        assertRefused(text.replace("\"kind\":\"task\"", "\"kind\":\"tusk\""), "6: kind: found 'tusk', expected .*");
        assertRefused(
                text.replace("\"readyNanos\":1000", "\"readyNanos\":\"soon\""),
                "6: column \\d+: readyNanos: found .*soon.*, expected an integer.*");
        assertRefused(text + lines.get(5) + "\n", "8: found a line after the one of kind end.*");
        // Only the last line may be cut.
        assertRefused(text.replace(lines.get(2), lines.get(2).substring(0, 30)), "3: .*found no valid JSON.*");
    }

    @Test
    void refusesRequestsOfUnknownApplicationsAlreadyWhenWriting() throws Exception {
        try (RunTraceWriter writer = new RunTraceWriter(folder.resolve("run.ndjson"), HEADER)) {
            assertThatThrownBy(() -> writer.request(some().requests().get(0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("radar");
        }
    }

    /** Whatever is done to a file, it is read or refused with its name and a line. */
    @Property(tries = 2_000)
    void survivesDamage(@ForAll Random random) throws Exception {
        Path file = Files.createTempFile("run", ".ndjson");
        try {
            write(file, some());
            byte[] bytes = Files.readAllBytes(file);
            int changes = 1 + random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                bytes = damaged(bytes, random);
            }
            Files.write(file, bytes);
            try {
                RunTrace trace = RunTrace.read(file);
                assertThat(trace.header().pes()).isNotEmpty();
            } catch (RunTraceException e) {
                assertThat(e.getMessage())
                        .as(new String(bytes, StandardCharsets.ISO_8859_1))
                        .matches("(?s)" + Pattern.quote(file.toString()) + ":\\d+: .*found.*expected.*|(?s)"
                                + Pattern.quote(file.toString()) + ":\\d+: .*found no valid JSON.*|(?s)"
                                + Pattern.quote(file.toString()) + ":\\d+: .*found more after.*");
            }
        } finally {
            Files.delete(file);
        }
    }

    private static byte[] damaged(byte[] bytes, Random random) {
        byte[] next = bytes.clone();
        if (next.length == 0) {
            return next;
        }
        int at = random.nextInt(next.length);
        switch (random.nextInt(4)) {
            case 0 -> next[at] = (byte) random.nextInt(256);
            case 1 -> next[at] = (byte) "{}[]\",:0-\n".charAt(random.nextInt(10));
            case 2 -> {
                return Arrays.copyOf(next, at);
            }
            default -> {
                byte[] longer = Arrays.copyOf(next, next.length + 1);
                System.arraycopy(next, at, longer, at + 1, next.length - at);
                longer[at] = (byte) ('0' + random.nextInt(10));
                return longer;
            }
        }
        return next;
    }
}
