// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.CycleCount;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Json;
import org.saguaro.formats.text.Table;
import org.saguaro.runtime.core.PeStatus;

/** What processing elements with a clock of their own have done, as people and programs read it. */
public final class CycleTable {

    private CycleTable() {}

    /** A row per such PE, with a remark where a clock is assumed; empty if there is none. */
    public static Optional<String> text(List<PeStatus> pes) {
        Table table = new Table()
                .column("engine")
                .figures("commands")
                .figures("cycles")
                .figures("operations")
                .figures("utilization")
                .figures("clock")
                .figures("time at that clock");
        boolean any = false;
        boolean assumed = false;
        boolean simulated = false;
        for (PeStatus pe : pes) {
            CycleCount count = pe.cycles().orElse(null);
            if (count != null) {
                any = true;
                assumed |= count.clockAssumed();
                simulated |= count.simulated();
                table.row(
                        pe.descriptor().id(),
                        Figures.count(count.commands()),
                        Figures.count(count.cycles()),
                        Figures.count(count.operations()),
                        Figures.percent(count.utilization()),
                        Figures.threeDigits(count.clockHz() / 1e6) + " MHz" + (count.clockAssumed() ? " *" : ""),
                        Figures.duration(count.nanos()));
            }
        }
        if (!any) {
            return Optional.empty();
        }
        String remark = (assumed ? "* an assumption: no design has been shown to run at it\n" : "")
                + (simulated
                        ? "Engines are simulated cycle by cycle: cycles are exact, latencies are the simulation's\n"
                        : "");
        return Optional.of(table + remark);
    }

    /** For programs; null where the PE has no clock of its own. */
    public static @Nullable Object json(Optional<CycleCount> cycles) {
        return cycles.<Object>map(count -> Json.object(
                        "commands", count.commands(),
                        "cycles", count.cycles(),
                        "operations", count.operations(),
                        "peakOperationsPerCycle", count.peakOperationsPerCycle(),
                        "utilization", count.utilization(),
                        "clockHz", count.clockHz(),
                        "clockAssumed", count.clockAssumed(),
                        "simulated", count.simulated(),
                        "nanosAtClock", count.nanos()))
                .orElse(null);
    }
}
