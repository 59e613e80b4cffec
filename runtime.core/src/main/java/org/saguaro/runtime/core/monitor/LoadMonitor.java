// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.saguaro.runtime.core.MonitorSnapshot.ApplicationLoad;
import org.saguaro.runtime.core.MonitorSnapshot.Durations;
import org.saguaro.runtime.core.MonitorSnapshot.HostLoad;
import org.saguaro.runtime.core.MonitorSnapshot.PeLoad;
import org.saguaro.runtime.core.MonitorSnapshot.SchedulingLoad;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.SchedulingRound;
import org.saguaro.runtime.core.SensorReading;
import org.saguaro.runtime.core.sensors.HostProbe;
import org.saguaro.runtime.core.sensors.SensorBank;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Samples runtime, machine and sensors at a fixed period, on the thread {@code saguaro-monitor}; nothing of it is on the path of a task. A
 * sensor that takes long delays the next sample and nothing else.
 */
public final class LoadMonitor implements Monitor, AutoCloseable {

    /** Each reading of some sensors is a transaction on a slow bus. */
    public static final long SHORTEST_PERIOD_MILLIS = 100;

    private static final Logger LOG = LoggerFactory.getLogger(LoadMonitor.class);
    private static final long END_SECONDS = 5;
    private static final HostLoad NO_HOST = new HostLoad(
            Runtime.getRuntime().availableProcessors(),
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            -1,
            -1,
            -1,
            0,
            0);

    private final LoadSource source;
    private final SensorBank sensors;
    private final HostProbe host;
    private final RailPower power;
    private final Clock calendar;
    private final LongSupplier nanoTime;
    private final List<Consumer<MonitorSnapshot>> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledThreadPoolExecutor thread;

    private static final int MOST_ROUNDS_KEPT = 16_000_000;

    private volatile MonitorSnapshot latest;

    // The sampling thread's: counters at the last sample.
    private long beforeNanos;
    private volatile long leastNanos;
    private Map<String, PeCounters> peCounters = new HashMap<>();
    private Map<String, Long> completedRequests = new HashMap<>();
    private RoundMeter.@Nullable Sample rounds;

    private record PeCounters(long arrivalNanos, long busyNanos, long completedTasks) {}

    /**
     * @param sensors closed with the monitor, as is {@code host}
     * @param nanoTime as {@link System#nanoTime}
     */
    public LoadMonitor(
            LoadSource source,
            SensorBank sensors,
            HostProbe host,
            RailPower power,
            Clock calendar,
            LongSupplier nanoTime) {
        this.source = source;
        this.sensors = sensors;
        this.host = host;
        this.power = power;
        this.calendar = calendar;
        this.nanoTime = nanoTime;
        beforeNanos = nanoTime.getAsLong();
        latest = new MonitorSnapshot(
                0,
                calendar.millis(),
                0,
                source.rounds().isOn(),
                List.of(),
                List.of(),
                new SchedulingLoad(source.activePolicy(), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Durations.NONE),
                List.of(),
                NO_HOST,
                List.of(),
                List.of());
        thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "saguaro-monitor");
            made.setDaemon(true);
            return made;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
        takeBaseline();
    }

    /** What was counted before this monitor was made is in no interval. */
    private void takeBaseline() {
        pes(1);
        applications(1);
        scheduling(1);
        host.probe(beforeNanos);
    }

    /** Begins to sample. */
    public void start(long periodMillis) {
        long period = Math.max(SHORTEST_PERIOD_MILLIS, periodMillis);
        leastNanos = TimeUnit.MILLISECONDS.toNanos(period) / 2;
        // At a rate, so that rows of a log stand on a grid.
        var unused = thread.scheduleAtFixedRate(this::tick, period, period, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        // Ticks that a slow sensor missed come all at once; one of them is enough.
        boolean tooSoon = latest.number() > 0 && nanoTime.getAsLong() - beforeNanos < leastNanos;
        if (tooSoon || !source.rounds().isOn()) {
            return;
        }
        try {
            sample();
        } catch (RuntimeException e) {
            // Thrown on, it would end the sampling in silence.
            LOG.error("a sample of the monitor failed", e);
        }
    }

    /** Told of each sample on the sampling thread; what one throws is logged. */
    public void addListener(Consumer<MonitorSnapshot> listener) {
        listeners.add(listener);
    }

    /** The sensors there are, readable now or not, as {@code name.unit}. On the sampling thread. */
    public List<String> sensorChannels() {
        return sensors.channels();
    }

    // --- Monitor ---

    @Override
    public MonitorSnapshot snapshot() {
        return latest;
    }

    @Override
    public List<SensorReading> sensors() {
        return latest.sensors();
    }

    @Override
    public boolean isOn() {
        return source.rounds().isOn();
    }

    @Override
    public void on(boolean on) {
        source.rounds().on(on);
    }

    @Override
    public void keepRounds(int capacity) {
        if (capacity < 0 || capacity > MOST_ROUNDS_KEPT) {
            throw new IllegalArgumentException(
                    "found " + capacity + " rounds to keep, expected 0 to " + MOST_ROUNDS_KEPT);
        }
        source.rounds().keep(capacity);
    }

    @Override
    public List<SchedulingRound> takeRounds() {
        return source.rounds().take();
    }

    // --- sampling ---

    /** Samples; at most one thread at a time. */
    MonitorSnapshot sample() {
        List<SensorReading> readings = sensors.read();
        long now = nanoTime.getAsLong();
        double seconds = Math.max(1, now - beforeNanos) / 1e9;
        List<PeLoad> pes = pes(seconds);
        power.observe(pes, readings);
        MonitorSnapshot snapshot = new MonitorSnapshot(
                latest.number() + 1,
                calendar.millis(),
                now - beforeNanos,
                source.rounds().isOn(),
                pes,
                applications(seconds),
                scheduling(seconds),
                source.memoryUse(),
                host.probe(now),
                readings,
                power.estimates());
        beforeNanos = now;
        latest = snapshot;
        for (Consumer<MonitorSnapshot> listener : listeners) {
            try {
                listener.accept(snapshot);
            } catch (RuntimeException e) {
                LOG.error("a listener of the monitor failed", e);
            }
        }
        return snapshot;
    }

    private List<PeLoad> pes(double seconds) {
        Map<String, PeCounters> next = new HashMap<>();
        List<PeLoad> loads =
                source.peSamples().stream().map(pe -> load(pe, seconds, next)).toList();
        peCounters = next;
        return loads;
    }

    private PeLoad load(PeSample pe, double seconds, Map<String, PeCounters> next) {
        PeStatus status = pe.status();
        String id = status.descriptor().id();
        PeCounters now =
                new PeCounters(nanoTime.getAsLong() - status.presentNanos(), pe.busyNanos(), status.completedTasks());
        PeCounters before = peCounters.get(id);
        // Fewer than before: another PE under the same id.
        boolean same = before != null
                && before.completedTasks <= now.completedTasks
                && before.arrivalNanos >= now.arrivalNanos - TimeUnit.MILLISECONDS.toNanos(100);
        PeCounters since = before != null && same ? before : new PeCounters(0, 0, 0);
        next.put(id, now);
        double span = Math.min(seconds, status.presentNanos() / 1e9);
        return new PeLoad(
                id,
                status.descriptor().type(),
                status.state(),
                share(now.busyNanos - since.busyNanos, span),
                share(now.busyNanos, status.presentNanos() / 1e9),
                status.queuedTasks(),
                status.completedTasks(),
                status.failedTasks(),
                (now.completedTasks - since.completedTasks) / Math.max(1e-9, span),
                pe.taskNanos(),
                pe.queueNanos());
    }

    private static double share(long nanos, double ofSeconds) {
        return ofSeconds <= 0 ? 0 : Math.max(0, Math.min(1, nanos / 1e9 / ofSeconds));
    }

    private List<ApplicationLoad> applications(double seconds) {
        Map<String, Long> next = new HashMap<>();
        List<ApplicationLoad> loads = source.statistics().stream()
                .map(s -> {
                    next.put(s.name(), s.completed());
                    long before = Math.min(s.completed(), completedRequests.getOrDefault(s.name(), 0L));
                    return load(s, (s.completed() - before) / seconds);
                })
                .toList();
        completedRequests = next;
        return loads;
    }

    private static ApplicationLoad load(DeploymentStatistics s, double completedPerSecond) {
        return new ApplicationLoad(
                s.name(),
                s.inFlight(),
                s.submitted(),
                s.completed(),
                s.failed(),
                s.rejected(),
                completedPerSecond,
                s.completed() == 0
                        ? Durations.NONE
                        : new Durations(
                                s.completed(),
                                s.latencyMeanNanos(),
                                s.latencyP50Nanos(),
                                s.latencyP90Nanos(),
                                s.latencyP99Nanos(),
                                s.latencyMaxNanos()));
    }

    private SchedulingLoad scheduling(double seconds) {
        RoundMeter.Sample now = source.rounds().sample();
        RoundMeter.Sample last = rounds;
        rounds = now;
        long roundCount = now.rounds() - (last == null ? 0 : last.rounds());
        long placed = now.placedTasks() - (last == null ? 0 : last.placedTasks());
        long shown = now.shownTasks() - (last == null ? 0 : last.shownTasks());
        long deciding = now.decidingNanos() - (last == null ? 0 : last.decidingNanos());
        return new SchedulingLoad(
                source.activePolicy(),
                now.readyTasks(),
                now.rounds(),
                now.placedTasks(),
                roundCount / seconds,
                placed / seconds,
                roundCount == 0 ? 0 : (double) shown / roundCount,
                share(deciding, seconds),
                placed == 0 ? 0 : (double) deciding / placed,
                now.timedRounds() == 0 ? 0 : now.timedRoundNanos() / now.timedRounds(),
                now.timedRounds() == 0 ? 0 : now.timedPolicyNanos() / now.timedRounds(),
                now.nanosPerTask());
    }

    /** Ends sampling; returns when no sample is under way. */
    @Override
    public void close() {
        // No interrupt: that would close the sensors' files under the reader, in the middle of a bus transaction.
        thread.shutdown();
        try {
            if (!thread.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a sensor does not answer; the monitor's thread is left behind with it");
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        sensors.close();
        host.close();
    }
}
