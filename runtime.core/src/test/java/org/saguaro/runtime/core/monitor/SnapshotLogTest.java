// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.saguaro.runtime.core.sensors.HostProbe;
import org.saguaro.runtime.core.sensors.SensorBank;

class SnapshotLogTest {

    private static final long LARGE = 1 << 20;

    @TempDir
    Path folder;

    private final FakeLoad load = new FakeLoad();
    private final LoadMonitor monitor = new LoadMonitor(
            load,
            SensorBank.none(),
            new HostProbe(Path.of("nothing")),
            RailPower.of(List.of()),
            Clock.systemUTC(),
            () -> load.nowNanos);

    @AfterEach
    void close() {
        monitor.close();
    }

    private MonitorSnapshot next() {
        load.nowNanos += 1_000_000_000;
        return monitor.sample();
    }

    private SnapshotLog log(Path file, SnapshotLog.Format format, long largestBytes, int kept) {
        return new SnapshotLog(file, format, largestBytes, kept, () -> List.of("chip/temp1.C"));
    }

    private static List<String> cells(String line) {
        return Arrays.asList(line.split(",", -1));
    }

    @Test
    void rowsOfFeaturesHaveAHeaderThatStays() throws IOException {
        Path file = folder.resolve("log/features.csv");
        load.pe("cpu0").ran(500_000_000);
        load.applications.add(FakeLoad.application("digits, small", 7, 4));
        try (SnapshotLog log = log(file, SnapshotLog.Format.CSV, LARGE, 2)) {
            log.accept(next());
            log.accept(next());
        }
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(3);
        String header = lines.get(0);
        assertThat(header)
                .startsWith("time_millis,interval_millis,scheduling.policy,scheduling.ready_tasks")
                .contains("pe.cpu0.utilisation", "\"app.digits, small.in_flight\"", "memory.host.allocated_bytes")
                .endsWith("sensor.chip/temp1.C");
        String plain = header.replace("\"app.digits, small.", "\"app.digits small.");
        int utilisation = cells(plain).indexOf("pe.cpu0.utilisation");
        assertThat(cells(lines.get(1))).hasSameSizeAs(cells(plain));
        assertThat(cells(lines.get(1)).get(utilisation)).isEqualTo("0.500000");
        assertThat(cells(lines.get(2)).get(utilisation)).isEqualTo("0.00000");
        assertThat(cells(lines.get(1)).get(cells(plain).indexOf("host.load_average")))
                .as("what is not known")
                .isEmpty();
        assertThat(lines.get(1)).as("a sensor that cannot be read").endsWith(",");
    }

    @Test
    void anotherSetOfPesBeginsANewFile() throws IOException {
        Path file = folder.resolve("features.csv");
        load.pe("cpu0");
        try (SnapshotLog log = log(file, SnapshotLog.Format.CSV, LARGE, 2)) {
            log.accept(next());
            load.pe("cpu1");
            log.accept(next());
            log.accept(next());
        }
        assertThat(Files.readAllLines(folder.resolve("features.1.csv"))).hasSize(2);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).contains("pe.cpu1.utilisation");
        assertThat(folder.resolve("features.2.csv")).doesNotExist();
    }

    @Test
    void theSizeIsBounded() throws IOException {
        Path file = folder.resolve("snapshots.jsonl");
        int largest = 4_000;
        try (SnapshotLog log = log(file, SnapshotLog.Format.JSONL, largest, 2)) {
            for (int i = 0; i < 40; i++) {
                log.accept(next());
            }
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("snapshots.jsonl", "snapshots.1.jsonl", "snapshots.2.jsonl");
        }
        assertThat(Files.size(folder.resolve("snapshots.1.jsonl"))).isBetween(largest / 2L, (long) largest);
        JsonNode last = new ObjectMapper()
                .readTree(Files.readAllLines(file).get(Files.readAllLines(file).size() - 1));
        assertThat(last.path("number").asLong()).isEqualTo(40);
        assertThat(last.at("/host/loadAverage").isNull()).as("JSON has no NaN").isTrue();
        assertThat(last.at("/memory/0/allocatedBytes").asLong()).isEqualTo(4096);
    }

    @Test
    void aRestartKeepsTheOldFile() throws IOException {
        Path file = folder.resolve("snapshots.jsonl");
        for (int start = 0; start < 2; start++) {
            try (SnapshotLog log = log(file, SnapshotLog.Format.JSONL, LARGE, 2)) {
                log.accept(next());
            }
        }
        assertThat(Files.readAllLines(file)).hasSize(1);
        assertThat(Files.readAllLines(folder.resolve("snapshots.1.jsonl"))).hasSize(1);
    }

    @Test
    void aFullDiskCostsTheLogOnly() {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.isWritable(full), "this machine has no /dev/full");
        try (SnapshotLog log = log(full, SnapshotLog.Format.CSV, LARGE, 2)) {
            for (int i = 0; i < 200; i++) {
                log.accept(next());
            }
        }
        assertThat(monitor.snapshot().number()).isEqualTo(200);
    }

    @Test
    void aLogThatCouldNotBeWrittenGoesOnWhenItCan() throws IOException {
        Path inTheWay = Files.writeString(folder.resolve("log"), "a file where a folder should be");
        Path file = inTheWay.resolve("snapshots.jsonl");
        try (SnapshotLog log = log(file, SnapshotLog.Format.JSONL, LARGE, 2)) {
            log.accept(next());
            Files.delete(inTheWay);
            for (int i = 0; i < 60; i++) {
                log.accept(next());
            }
        }
        assertThat(Files.readAllLines(file)).isNotEmpty();
    }
}
