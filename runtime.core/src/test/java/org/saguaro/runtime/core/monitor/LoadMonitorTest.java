// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.saguaro.runtime.core.MonitorSnapshot.PeLoad;
import org.saguaro.runtime.core.MonitorSnapshot.SchedulingLoad;
import org.saguaro.runtime.core.sensors.HostProbe;
import org.saguaro.runtime.core.sensors.SensorBank;

@Timeout(60)
class LoadMonitorTest {

    private static final long SECOND = 1_000_000_000;
    private static final Clock NOON = Clock.fixed(Instant.parse("2026-11-23T12:00:00Z"), ZoneOffset.UTC);

    @TempDir
    static Path root;

    private final FakeLoad load = new FakeLoad();
    private final LoadMonitor monitor = new LoadMonitor(
            load, SensorBank.none(), new HostProbe(root), RailPower.of(List.of()), NOON, () -> load.nowNanos);

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void utilisationIsOfTheIntervalAndSinceArrival() {
        FakeLoad.Pe pe = load.pe("cpu0");
        load.nowNanos += SECOND;
        pe.ran(SECOND / 4);
        assertThat(monitor.sample().processingElements().get(0).utilisation()).isCloseTo(0.25, within(1e-9));
        load.nowNanos += SECOND;
        pe.ran(SECOND / 2);
        pe.ran(SECOND / 4);
        PeLoad second = monitor.sample().processingElements().get(0);
        assertThat(second.utilisation()).isCloseTo(0.75, within(1e-9));
        assertThat(second.utilisationSinceArrival()).isCloseTo(0.5, within(1e-9));
        assertThat(second.completedPerSecond()).isCloseTo(2, within(1e-9));
        assertThat(second.task().count()).isEqualTo(3);
        assertThat((double) second.task().p50Nanos()).isCloseTo(SECOND / 4.0, within(SECOND / 100.0));
        assertThat((double) second.task().maxNanos()).isCloseTo(SECOND / 2.0, within(SECOND / 100.0));
        assertThat(second.queuedTasks()).isEqualTo(2);
    }

    @Test
    void aPeThatCameDuringTheIntervalIsMeasuredSinceThen() {
        load.nowNanos += SECOND / 2;
        FakeLoad.Pe pe = load.pe("cpu0");
        load.nowNanos += SECOND / 2;
        pe.ran(SECOND / 2);
        assertThat(monitor.sample().processingElements().get(0).utilisation()).isCloseTo(1, within(1e-9));
    }

    @Test
    void anotherPeUnderTheSameIdStartsAnew() {
        FakeLoad.Pe first = load.pe("cpu0");
        first.ran(SECOND / 2);
        load.nowNanos += SECOND;
        monitor.sample();
        load.pes.clear();
        load.nowNanos += SECOND / 2;
        FakeLoad.Pe second = load.pe("cpu0");
        second.ran(SECOND / 4);
        second.ran(SECOND / 4);
        load.nowNanos += SECOND / 2;
        assertThat(monitor.sample().processingElements().get(0).utilisation()).isCloseTo(1, within(1e-9));
    }

    @Test
    void whatWasCountedBeforeTheMonitorWasMadeIsInNoInterval() {
        load.pe("cpu0").ran(SECOND / 2);
        load.applications.add(FakeLoad.application("a", 100, 100));
        load.rounds.begin(1_000);
        load.rounds.end(5, 2, 3, 3_000);
        try (LoadMonitor later = new LoadMonitor(
                load, SensorBank.none(), new HostProbe(root), RailPower.of(List.of()), NOON, () -> load.nowNanos)) {
            load.nowNanos += SECOND;
            MonitorSnapshot snapshot = later.sample();
            assertThat(snapshot.processingElements().get(0).utilisation()).isZero();
            assertThat(snapshot.applications().get(0).completedPerSecond()).isZero();
            assertThat(snapshot.scheduling().placedPerSecond()).isZero();
            assertThat(snapshot.scheduling().placedTasks()).isEqualTo(2);
        }
    }

    @Test
    void applicationsAndSchedulingHaveRates() {
        load.applications.add(FakeLoad.application("a", 10, 4));
        load.nowNanos += SECOND;
        monitor.sample();
        load.applications.set(0, FakeLoad.application("a", 30, 24));
        for (int i = 0; i < 100; i++) {
            load.rounds.begin(1_000);
            load.rounds.beginPolicy();
            load.rounds.endPolicy();
            load.rounds.end(5, 2, 3, 3_000);
        }
        load.nowNanos += 2 * SECOND;
        MonitorSnapshot snapshot = monitor.sample();
        assertThat(snapshot.number()).isEqualTo(2);
        assertThat(snapshot.epochMillis()).isEqualTo(NOON.millis());
        assertThat(snapshot.applications().get(0).completedPerSecond()).isEqualTo(10);
        assertThat(snapshot.applications().get(0).inFlight()).isEqualTo(6);
        SchedulingLoad scheduling = snapshot.scheduling();
        assertThat(scheduling.roundsPerSecond()).isEqualTo(50);
        assertThat(scheduling.placedPerSecond()).isEqualTo(100);
        assertThat(scheduling.readyPerRound()).isEqualTo(5);
        assertThat(scheduling.readyTasks()).isEqualTo(3);
        assertThat(scheduling.decidingNanosPerTask()).isEqualTo(1_000);
        assertThat(scheduling.decidingShare()).isCloseTo(100 * 2_000 / 2e9, within(1e-12));
        assertThat(scheduling.decidingPerTask().count())
                .as("two of 100 rounds are timed")
                .isEqualTo(2);
        assertThat(scheduling.policyNanos()).isNotNegative();
    }

    @Test
    void shortTasksAreSampledAndLongOnesAllCounted() {
        PeMeter meter = new PeMeter();
        for (int i = 0; i < 10 * PeMeter.SAMPLED_EVERY; i++) {
            meter.completed(i == 1 ? 50_000 : 100, 500);
        }
        assertThat(meter.taskNanos().count()).isEqualTo(10L * PeMeter.SAMPLED_EVERY);
        assertThat((double) meter.taskNanos().p50Nanos()).isCloseTo(500, within(5.0));
        assertThat(meter.queueNanos().maxNanos())
                .as("longest wait, although not entered")
                .isEqualTo(50_000);
        meter.completed(100, PeMeter.ALWAYS_NANOS);
        assertThat(meter.taskNanos().count()).isEqualTo(10L * PeMeter.SAMPLED_EVERY + 1);
    }

    @Test
    void aListenerThatFailsDoesNotEndTheOthers() {
        List<Long> seen = new ArrayList<>();
        monitor.addListener(snapshot -> {
            throw new IllegalStateException("as it was told to");
        });
        monitor.addListener(snapshot -> seen.add(snapshot.number()));
        monitor.sample();
        monitor.sample();
        assertThat(seen).containsExactly(1L, 2L);
    }

    @Test
    void samplesOnItsOwnThreadWhileItIsOn() throws InterruptedException {
        CountDownLatch sampled = new CountDownLatch(1);
        List<String> threads = new ArrayList<>();
        monitor.addListener(snapshot -> {
            threads.add(Thread.currentThread().getName());
            sampled.countDown();
        });
        assertThat(monitor.isOn()).isTrue();
        monitor.start(LoadMonitor.SHORTEST_PERIOD_MILLIS);
        assertThat(sampled.await(30, TimeUnit.SECONDS))
                .as("a sample within 30 s")
                .isTrue();
        monitor.on(false);
        monitor.close();
        assertThat(threads).allMatch("saguaro-monitor"::equals);
        assertThat(load.rounds.isOn()).isFalse();
        long rounds = load.rounds.sample().rounds();
        load.rounds.begin(1);
        load.rounds.end(1, 1, 0, 2);
        assertThat(load.rounds.sample().rounds()).as("while it is off").isEqualTo(rounds);
    }
}
