// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/** Rows as they are written to a CSV file; the page shows the same texts. Not thread-safe. */
final class Sheet {

    private final String file;
    private final List<String> columns;
    private final List<List<String>> rows = new ArrayList<>();

    /** @param columns with units in their names */
    Sheet(String file, String... columns) {
        this.file = file;
        this.columns = List.of(columns);
    }

    String file() {
        return file;
    }

    /** @throws IllegalArgumentException if there are not as many cells as columns */
    void row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(
                    file + ": found " + cells.length + " cells, expected one per column of " + columns);
        }
        rows.add(List.of(cells));
    }

    List<List<String>> rows() {
        return List.copyOf(rows);
    }

    void write(Path folder) throws IOException {
        CSVFormat format = CSVFormat.DEFAULT
                .builder()
                .setHeader(columns.toArray(String[]::new))
                .setRecordSeparator("\n")
                .get();
        try (Writer out = Files.newBufferedWriter(folder.resolve(file));
                CSVPrinter printer = new CSVPrinter(out, format)) {
            for (List<String> row : rows) {
                printer.printRecord(row);
            }
        }
    }

    /** A quantity of which a thousandth does not matter. */
    static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    /** Seconds of which microseconds matter. */
    static String precise(double seconds) {
        return String.format(Locale.ROOT, "%.6f", seconds);
    }

    /** A value with the digits that were published. */
    static String published(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }
}
