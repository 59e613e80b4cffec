// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.saguaro.runtime.core.MonitorSnapshot.ApplicationLoad;
import org.saguaro.runtime.core.MonitorSnapshot.HostLoad;
import org.saguaro.runtime.core.MonitorSnapshot.MemoryUse;
import org.saguaro.runtime.core.MonitorSnapshot.PeLoad;
import org.saguaro.runtime.core.MonitorSnapshot.SchedulingLoad;
import org.saguaro.runtime.core.SensorReading;

/**
 * Application, runtime and hardware at one moment as a row of figures: time-aligned features across the layers of the system, as
 * HOPPERFISH collects them (M. Ghanim et al., HOPPERFISH: Holistic Profiling with Portable Extensible and Robust Framework Intended for
 * Systems with Heterogeneity, ACM TACO 2025). {@code docs/monitoring.md} explains the columns. What is not known is an empty cell.
 *
 * @param header names of the columns, separated by commas
 * @param values of the row, separated by commas
 */
record FeatureRow(String header, String values) {

    private static final class Cells {
        private final StringBuilder header = new StringBuilder();
        private final StringBuilder values = new StringBuilder();

        Cells text(String name, String value) {
            if (header.length() > 0) {
                header.append(',');
                values.append(',');
            }
            header.append(quoted(name));
            values.append(quoted(value));
            return this;
        }

        Cells count(String name, long value) {
            return text(name, value < 0 ? "" : Long.toString(value));
        }

        Cells figure(String name, double value) {
            return text(name, Double.isFinite(value) ? String.format(Locale.ROOT, "%.6g", value) : "");
        }

        private static String quoted(String text) {
            return text.contains(",") || text.contains("\"") || text.contains("\n")
                    ? '"' + text.replace("\"", "\"\"").replace("\n", " ") + '"'
                    : text;
        }
    }

    static FeatureRow of(MonitorSnapshot snapshot, List<String> sensorChannels) {
        Cells cells = new Cells()
                .count("time_millis", snapshot.epochMillis())
                .figure("interval_millis", snapshot.intervalNanos() / 1e6);
        scheduling(snapshot.scheduling(), cells);
        snapshot.processingElements().forEach(pe -> processingElement(pe, cells));
        snapshot.applications().forEach(application -> application(application, cells));
        for (MemoryUse memory : snapshot.memory()) {
            cells.count("memory." + memory.space() + ".allocated_bytes", memory.allocatedBytes());
        }
        host(snapshot.host(), cells);
        Map<String, Double> readings = new HashMap<>();
        for (SensorReading reading : snapshot.sensors()) {
            readings.put(channel(reading), reading.value());
        }
        for (String channel : sensorChannels) {
            cells.figure("sensor." + channel, readings.getOrDefault(channel, Double.NaN));
        }
        return new FeatureRow(cells.header.toString(), cells.values.toString());
    }

    /** As {@code SensorBank.channels} names it. */
    private static String channel(SensorReading reading) {
        return reading.name() + "." + reading.quantity().unit();
    }

    private static void scheduling(SchedulingLoad scheduling, Cells cells) {
        cells.text("scheduling.policy", scheduling.policy())
                .count("scheduling.ready_tasks", scheduling.readyTasks())
                .figure("scheduling.rounds_per_s", scheduling.roundsPerSecond())
                .figure("scheduling.placed_per_s", scheduling.placedPerSecond())
                .figure("scheduling.ready_per_round", scheduling.readyPerRound())
                .figure("scheduling.deciding_share", scheduling.decidingShare())
                .figure("scheduling.deciding_ns_per_task", scheduling.decidingNanosPerTask());
    }

    private static void processingElement(PeLoad pe, Cells cells) {
        String prefix = "pe." + pe.id() + ".";
        cells.text(prefix + "state", pe.state().name())
                .figure(prefix + "utilisation", pe.utilisation())
                .count(prefix + "queued", pe.queuedTasks())
                .figure(prefix + "completed_per_s", pe.completedPerSecond())
                .count(prefix + "completed", pe.completedTasks())
                .count(prefix + "failed", pe.failedTasks())
                .count(prefix + "task_p50_ns", pe.task().p50Nanos())
                .count(prefix + "task_p99_ns", pe.task().p99Nanos())
                .count(prefix + "queue_p50_ns", pe.queueWait().p50Nanos())
                .count(prefix + "queue_p99_ns", pe.queueWait().p99Nanos());
    }

    private static void application(ApplicationLoad application, Cells cells) {
        String prefix = "app." + application.name() + ".";
        cells.count(prefix + "in_flight", application.inFlight())
                .figure(prefix + "completed_per_s", application.completedPerSecond())
                .count(prefix + "completed", application.completed())
                .count(prefix + "failed", application.failed())
                .count(prefix + "rejected", application.rejected())
                .count(prefix + "latency_p50_ns", application.latency().p50Nanos())
                .count(prefix + "latency_p99_ns", application.latency().p99Nanos());
    }

    private static void host(HostLoad host, Cells cells) {
        cells.figure("host.cpu_utilisation", host.cpuUtilisation())
                .figure("host.process_cores", host.processCores())
                .figure("host.load_average", host.loadAverage())
                .figure("host.context_switches_per_s", host.contextSwitchesPerSecond())
                .figure("host.page_faults_per_s", host.pageFaultsPerSecond())
                .count("host.memory_available_bytes", host.memoryAvailableBytes())
                .count("host.resident_bytes", host.residentBytes())
                .count("host.heap_bytes", host.heapBytes());
    }
}
