// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.sensors;

import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.MonitorSnapshot.HostLoad;

/**
 * What the machine and this process use, from {@code /proc}. Shares and rates are of the time since the probe before. Not thread-safe.
 */
public final class HostProbe implements AutoCloseable {

    /** The kernel's unit of times in {@code /proc}: fixed on all architectures we run on. */
    private static final double TICKS_PER_SECOND = 100;

    private static final int IDLE = 3;
    private static final int IO_WAIT = 4;
    /** Times of guests are in those of their hosts already. */
    private static final int GUEST = 8;

    // Fields of /proc/self/stat after the name, which may hold blanks.
    private static final int MINOR_FAULTS = 7;
    private static final int MAJOR_FAULTS = 9;
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;

    private final SystemFile stat;
    private final SystemFile memory;
    private final SystemFile load;
    private final SystemFile process;
    private final SystemFile processStatus;
    private @Nullable Counters before;

    /** What the kernel counts. */
    private static final class Counters {
        final long nanos;
        /** By column of the first line of {@code /proc/stat}. */
        final long[] cpuTicks;

        final long contextSwitches;
        final long processTicks;
        final long pageFaults;

        Counters(long nanos, long[] cpuTicks, long contextSwitches, long processTicks, long pageFaults) {
            this.nanos = nanos;
            this.cpuTicks = cpuTicks;
            this.contextSwitches = contextSwitches;
            this.processTicks = processTicks;
            this.pageFaults = pageFaults;
        }
    }

    /** @param root of the file system: {@code /}, but for tests */
    public HostProbe(Path root) {
        Path proc = root.resolve("proc");
        stat = new SystemFile(proc.resolve("stat"));
        memory = new SystemFile(proc.resolve("meminfo"));
        load = new SystemFile(proc.resolve("loadavg"));
        process = new SystemFile(proc.resolve("self/stat"));
        processStatus = new SystemFile(proc.resolve("self/status"));
    }

    /** Probes. */
    public HostLoad probe(long nowNanos) {
        Counters last = before;
        Counters now = counters(nowNanos);
        before = now;
        String memoryText = orEmpty(memory.text());
        Runtime jvm = Runtime.getRuntime();
        return new HostLoad(
                jvm.availableProcessors(),
                last == null ? Double.NaN : cpuUtilisation(last, now),
                last == null
                        ? Double.NaN
                        : perSecond(last, now, now.processTicks - last.processTicks) / TICKS_PER_SECOND,
                loadAverage(),
                last == null ? Double.NaN : perSecond(last, now, now.contextSwitches - last.contextSwitches),
                last == null ? Double.NaN : perSecond(last, now, now.pageFaults - last.pageFaults),
                kibibytes(memoryText, "MemTotal:"),
                kibibytes(memoryText, "MemAvailable:"),
                kibibytes(orEmpty(processStatus.text()), "VmRSS:"),
                jvm.totalMemory() - jvm.freeMemory(),
                jvm.maxMemory());
    }

    private Counters counters(long nowNanos) {
        String text = orEmpty(stat.text());
        String own = orEmpty(process.text());
        String[] fields = own.substring(own.lastIndexOf(')') + 1).strip().split(" ", -1);
        return new Counters(
                nowNanos,
                text.startsWith("cpu ")
                        ? numbers(text.lines().findFirst().orElse("").substring(4))
                        : new long[0],
                number(lineAfter(text, "ctxt ")),
                sum(fields, USER_TICKS, SYSTEM_TICKS),
                sum(fields, MINOR_FAULTS, MAJOR_FAULTS));
    }

    private static double cpuUtilisation(Counters last, Counters now) {
        int columns = Math.min(GUEST, Math.min(last.cpuTicks.length, now.cpuTicks.length));
        if (columns <= IO_WAIT) {
            return Double.NaN;
        }
        long total = 0;
        long idle = 0;
        for (int i = 0; i < columns; i++) {
            // Some of them run backwards at times; what they claim for one interval does not matter.
            long ticks = Math.max(0, now.cpuTicks[i] - last.cpuTicks[i]);
            total += ticks;
            idle += i == IDLE || i == IO_WAIT ? ticks : 0;
        }
        return total == 0 ? Double.NaN : (double) (total - idle) / total;
    }

    private static double perSecond(Counters last, Counters now, long count) {
        long nanos = now.nanos - last.nanos;
        return nanos <= 0 || last.cpuTicks.length == 0 ? Double.NaN : Math.max(0, count) * 1e9 / nanos;
    }

    private double loadAverage() {
        String text = orEmpty(load.text());
        int end = text.indexOf(' ');
        try {
            return end < 0 ? Double.NaN : Double.parseDouble(text.substring(0, end));
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private static long kibibytes(String text, String key) {
        String rest = lineAfter(text, key).strip();
        int end = rest.indexOf(' ');
        long number = number(end < 0 ? rest : rest.substring(0, end));
        return number < 0 ? -1 : number * 1024;
    }

    private static String lineAfter(String text, String key) {
        int at = text.startsWith(key) ? 0 : text.indexOf("\n" + key) + 1;
        if (at == 0 && !text.startsWith(key)) {
            return "";
        }
        int end = text.indexOf('\n', at);
        return text.substring(at + key.length(), end < 0 ? text.length() : end);
    }

    private static long[] numbers(String text) {
        return Arrays.stream(text.strip().split(" +", -1))
                .mapToLong(HostProbe::number)
                .toArray();
    }

    private static long sum(String[] fields, int first, int second) {
        return fields.length <= Math.max(first, second) ? 0 : number(fields[first]) + number(fields[second]);
    }

    /** -1 if it is none. */
    private static long number(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    @Override
    public void close() {
        stat.close();
        memory.close();
        load.close();
        process.close();
        processStatus.close();
    }
}
