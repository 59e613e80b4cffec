// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.saguaro.formats.text.Figures;
import org.saguaro.formats.text.Table;
import org.saguaro.formats.trace.GanttChart;

/** What replays of a trace came to, side by side. */
public final class WhatIfReport {

    private static final CSVFormat CSV =
            CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

    private WhatIfReport() {}

    /** A row for each run and application; times in milliseconds. */
    public static Table table(List<WhatIf.Run> runs) {
        Table table = new Table()
                .column("run")
                .column("policy")
                .column("on")
                .column("application")
                .figures("requests")
                .figures("mean ms")
                .figures("p50 ms")
                .figures("p99 ms")
                .figures("makespan ms")
                .figures("util")
                .figures("J");
        for (WhatIf.Run run : runs) {
            boolean first = true;
            for (WhatIf.Application application : run.applications()) {
                table.row(
                        first ? run.run() : "",
                        first ? run.policy() : "",
                        first ? run.pool() : "",
                        application.name(),
                        application.requests() + (application.dropped() > 0 ? " (-" + application.dropped() + ")" : ""),
                        number(application.meanNanos() / 1e6),
                        Figures.millis(application.p50Nanos()),
                        Figures.millis(application.p99Nanos()),
                        first ? Figures.millis(run.makespanNanos()) : "",
                        first ? Double.isNaN(run.utilisation()) ? "-" : Figures.percent(run.utilisation()) : "",
                        first ? number(run.joules()) : "");
                first = false;
            }
        }
        return table;
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "-" : Figures.threeDigits(value);
    }

    /** How far one run's mean execution time and makespan are from another's, in a line. */
    public static String difference(WhatIf.Run run, WhatIf.Run from) {
        return String.format(
                Locale.ROOT,
                "mean %+.1f %%, makespan %+.1f %%",
                100 * (run.meanNanos() / from.meanNanos() - 1),
                100 * ((double) run.makespanNanos() / from.makespanNanos() - 1));
    }

    /**
     * Writes {@code whatif.csv} and a Gantt chart of each run.
     *
     * @param folder is made if need be; what is there of an earlier report is replaced
     */
    public static void write(Path folder, List<WhatIf.Run> runs) throws IOException {
        Files.createDirectories(folder);
        try (Writer writer = Files.newBufferedWriter(folder.resolve("whatif.csv"), StandardCharsets.UTF_8);
                CSVPrinter csv = new CSVPrinter(writer, CSV)) {
            csv.printRecord(
                    "run",
                    "policy",
                    "pool",
                    "application",
                    "requests",
                    "dropped",
                    "meanMillis",
                    "p50Millis",
                    "p99Millis",
                    "makespanMillis",
                    "utilisation",
                    "joules");
            for (WhatIf.Run run : runs) {
                for (WhatIf.Application application : run.applications()) {
                    csv.printRecord(
                            run.run(),
                            run.policy(),
                            run.pool(),
                            application.name(),
                            application.requests(),
                            application.dropped(),
                            plain(application.meanNanos() / 1e6),
                            plain(application.p50Nanos() / 1e6),
                            plain(application.p99Nanos() / 1e6),
                            plain(run.makespanNanos() / 1e6),
                            plain(run.utilisation()),
                            plain(run.joules()));
                }
            }
        }
        for (WhatIf.Run run : runs) {
            // The same policy may have run on the recorded pool and on another one.
            boolean elsewhere = !run.pool().equals(runs.get(0).pool());
            String name = run.run() + "-" + run.policy() + (elsewhere ? "-" + run.pool() : "");
            Path chart = folder.resolve(name.replaceAll("[^A-Za-z0-9_+-]", "_") + ".html");
            try (Writer writer = Files.newBufferedWriter(chart, StandardCharsets.UTF_8)) {
                GanttChart.write(
                        "Saguaro: " + run.run() + " under " + run.policy() + ", " + run.pool(), run.tasks(), writer);
            }
        }
    }

    private static String plain(double value) {
        return Double.isNaN(value)
                ? ""
                : new BigDecimal(String.format(Locale.ROOT, "%.6f", value))
                        .stripTrailingZeros()
                        .toPlainString();
    }
}
