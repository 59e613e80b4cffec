// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.List;
import java.util.Locale;
import org.saguaro.accel.api.CycleCount;
import org.saguaro.accel.zynq.device.DmaPool;
import org.saguaro.accel.zynq.device.Overlay;

/** What the shell's command {@code fpga} shows. */
final class FpgaReport {

    private static final double MEBI = 1 << 20;

    private FpgaReport() {}

    static String of(Fpga fpga, List<EnginePe> pes) {
        StringBuilder text = new StringBuilder();
        Overlay loaded = fpga.overlay();
        line(text, "device    %s%s", fpga.name(), fpga.isSimulated() ? " (simulated, time counted in cycles)" : "");
        line(
                text,
                "overlay   %s, %d loads, the last took %d ms",
                loaded == null ? "unknown" : loaded.name(),
                fpga.loads(),
                fpga.lastLoadMillis());
        DmaPool.Usage usage = fpga.pool().usage();
        line(
                text,
                "memory    %.1f of %.1f MiB in %d buffers, at most %.1f MiB, largest free %.1f MiB, no room %d times",
                usage.usedBytes() / MEBI,
                usage.capacityBytes() / MEBI,
                usage.buffers(),
                usage.peakBytes() / MEBI,
                usage.largestFreeBytes() / MEBI,
                usage.refusals());
        for (Overlay overlay : fpga.overlays()) {
            line(
                    text,
                    "%s %-9s %.0f MHz%s, %s",
                    overlay.equals(loaded) ? "*" : " ",
                    overlay.name(),
                    overlay.clockHz() / 1e6,
                    overlay.clockAssumed() ? " (assumed)" : "",
                    overlay.description());
            for (EnginePe pe : pes) {
                if (pe.slot().overlay().equals(overlay)) {
                    engine(text, fpga, pe);
                }
            }
        }
        String error = fpga.lastError();
        line(text, "error     %s", error == null ? "none" : error);
        return text.toString().stripTrailing();
    }

    private static void engine(StringBuilder text, Fpga fpga, EnginePe pe) {
        CycleCount count = pe.cycleCount();
        double seconds = count.nanos() / 1e9;
        line(
                text,
                "    %-16s %-5s at 0x%x: %d commands, %d cycles, of their peak %.1f %%; %.3f s at its clock, %.1f %% of the time since the device was opened",
                pe.descriptor().id(),
                pe.slot().description().kind().wireName(),
                pe.slot().description().address(),
                count.commands(),
                count.cycles(),
                100 * count.utilization(),
                seconds,
                100 * seconds / fpga.secondsOpen());
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
