// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.shell;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Table;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.saguaro.runtime.core.MonitorSnapshot.ApplicationLoad;
import org.saguaro.runtime.core.MonitorSnapshot.HostLoad;
import org.saguaro.runtime.core.MonitorSnapshot.MemoryUse;
import org.saguaro.runtime.core.MonitorSnapshot.PeLoad;
import org.saguaro.runtime.core.MonitorSnapshot.PowerEstimate;
import org.saguaro.runtime.core.MonitorSnapshot.SchedulingLoad;
import org.saguaro.runtime.core.SensorReading;
import org.saguaro.runtime.core.SensorReading.Quantity;

/** A snapshot as one screen. */
final class MonitorText {

    private static final int BAR_WIDTH = 10;
    private static final String UNKNOWN = "-";

    private MonitorText() {}

    static String text(MonitorSnapshot snapshot, boolean on, Duration age) {
        StringBuilder text = new StringBuilder();
        text.append("over the last ")
                .append(Figures.duration(snapshot.intervalNanos()))
                .append(on ? "" : "; monitoring is off, this is " + Figures.duration(age.toNanos()) + " old")
                .append("\n\n");
        text.append(processingElements(snapshot.processingElements())).append('\n');
        text.append(applications(snapshot.applications())).append('\n');
        text.append(scheduling(snapshot.scheduling()));
        text.append("memory      ").append(memory(snapshot.memory())).append('\n');
        text.append("host        ").append(host(snapshot.host())).append('\n');
        text.append(sensors(snapshot.sensors()));
        for (PowerEstimate power : snapshot.power()) {
            text.append(String.format(
                    Locale.ROOT,
                    "power       %s on %s: %.2f W per busy PE over %.2f W idle (+-%.2f W, %d samples)%n",
                    power.peType(),
                    power.rail(),
                    power.activeWatts(),
                    power.idleWatts(),
                    power.deviationWatts(),
                    power.samples()));
        }
        return text.toString();
    }

    private static String processingElements(List<PeLoad> pes) {
        Table table = new Table()
                .column("PE")
                .column("type")
                .column("state")
                .column("busy")
                .figures("")
                .figures("queued")
                .figures("tasks/s")
                .figures("task p50")
                .figures("p99")
                .figures("max")
                .figures("wait p50")
                .figures("p99");
        for (PeLoad pe : pes) {
            table.row(
                    pe.id(),
                    pe.type(),
                    pe.state().name().toLowerCase(Locale.ROOT),
                    bar(pe.utilisation()),
                    Figures.percent(pe.utilisation()),
                    pe.queuedTasks(),
                    Figures.threeDigits(pe.completedPerSecond()),
                    Figures.duration(pe.task().p50Nanos()),
                    Figures.duration(pe.task().p99Nanos()),
                    Figures.duration(pe.task().maxNanos()),
                    Figures.duration(pe.queueWait().p50Nanos()),
                    Figures.duration(pe.queueWait().p99Nanos()));
        }
        return table.isEmpty() ? "no processing elements\n" : table.toString();
    }

    private static String bar(double share) {
        int full = (int) Math.round(share * BAR_WIDTH);
        return "#".repeat(full) + ".".repeat(BAR_WIDTH - full);
    }

    private static String applications(List<ApplicationLoad> applications) {
        Table table = new Table()
                .column("application")
                .figures("in flight")
                .figures("completed")
                .figures("failed")
                .figures("refused")
                .figures("per second")
                .figures("p50")
                .figures("p90")
                .figures("p99")
                .figures("max");
        for (ApplicationLoad application : applications) {
            table.row(
                    application.name(),
                    application.inFlight(),
                    application.completed(),
                    application.failed(),
                    application.rejected(),
                    Figures.threeDigits(application.completedPerSecond()),
                    Figures.duration(application.latency().p50Nanos()),
                    Figures.duration(application.latency().p90Nanos()),
                    Figures.duration(application.latency().p99Nanos()),
                    Figures.duration(application.latency().maxNanos()));
        }
        return table.isEmpty() ? "nothing is deployed\n" : table.toString();
    }

    private static String scheduling(SchedulingLoad scheduling) {
        return String.format(
                Locale.ROOT,
                "scheduling  policy %s, %d ready, %s tasks/s placed in %s rounds/s of %s ready%n"
                        + "            decisions %s of the time, %s per task (p50 %s, p99 %s); a round %s, its policy %s%n",
                scheduling.policy(),
                scheduling.readyTasks(),
                Figures.threeDigits(scheduling.placedPerSecond()),
                Figures.threeDigits(scheduling.roundsPerSecond()),
                Figures.threeDigits(scheduling.readyPerRound()),
                Figures.percent(scheduling.decidingShare()),
                Figures.duration((long) scheduling.decidingNanosPerTask()),
                Figures.duration(scheduling.decidingPerTask().p50Nanos()),
                Figures.duration(scheduling.decidingPerTask().p99Nanos()),
                Figures.duration(scheduling.roundNanos()),
                Figures.duration(scheduling.policyNanos()));
    }

    private static String memory(List<MemoryUse> spaces) {
        List<String> parts = new ArrayList<>();
        for (MemoryUse use : spaces) {
            parts.add(use.space() + " " + bytes(use.allocatedBytes())
                    + (use.capacityBytes() > 0 ? " of " + bytes(use.capacityBytes()) : "") + " in tensors");
        }
        return String.join(", ", parts);
    }

    private static String host(HostLoad host) {
        return "CPU " + (Double.isNaN(host.cpuUtilisation()) ? UNKNOWN : Figures.percent(host.cpuUtilisation()))
                + " of " + host.cores() + " cores, this process "
                + figure(host.processCores()) + " cores, load " + figure(host.loadAverage())
                + "; memory " + bytes(host.memoryAvailableBytes()) + " of " + bytes(host.memoryBytes())
                + " available, this process " + bytes(host.residentBytes()) + " (heap " + bytes(host.heapBytes())
                + " of " + bytes(host.heapLimitBytes()) + ")";
    }

    private static String figure(double value) {
        return Double.isNaN(value) ? UNKNOWN : Figures.threeDigits(value);
    }

    /** The hottest, and all that draws power: the rest is in {@code sensors}. */
    private static String sensors(List<SensorReading> readings) {
        if (readings.isEmpty()) {
            return "";
        }
        List<String> parts = new ArrayList<>();
        readings.stream()
                .filter(reading -> reading.quantity() == Quantity.TEMPERATURE)
                .max((a, b) -> Double.compare(a.value(), b.value()))
                .ifPresent(hottest -> parts.add("hottest " + shown(hottest)));
        readings.stream()
                .filter(reading -> reading.quantity() == Quantity.POWER || reading.quantity() == Quantity.LOAD)
                .map(MonitorText::shown)
                .forEach(parts::add);
        return "sensors     " + String.join(", ", parts) + (parts.isEmpty() ? "" : "; ") + readings.size()
                + " in all, see 'sensors'\n";
    }

    private static String shown(SensorReading reading) {
        return reading.name() + " " + Figures.threeDigits(reading.value()) + " "
                + reading.quantity().unit();
    }

    private static String bytes(long bytes) {
        if (bytes < 0) {
            return UNKNOWN;
        }
        return bytes < 1 << 20
                ? Figures.threeDigits(bytes / 1024.0) + " KiB"
                : bytes < 1 << 30
                        ? Figures.threeDigits(bytes / (double) (1 << 20)) + " MiB"
                        : Figures.threeDigits(bytes / (double) (1 << 30)) + " GiB";
    }
}
