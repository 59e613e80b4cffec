// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.text;

import java.util.ArrayList;
import java.util.List;

/** Rows of text in aligned columns, for a terminal. Not thread-safe. */
public final class Table {

    private static final String GAP = "  ";

    private final List<String> headings = new ArrayList<>();
    private final List<Boolean> rightAligned = new ArrayList<>();
    private final List<List<String>> rows = new ArrayList<>();

    /** Adds a column of words. */
    public Table column(String heading) {
        headings.add(heading);
        rightAligned.add(false);
        return this;
    }

    /** Adds a column of figures. */
    public Table figures(String heading) {
        headings.add(heading);
        rightAligned.add(true);
        return this;
    }

    /** Adds a row; {@code cells} in the columns' order, shown by {@code toString}. */
    public Table row(Object... cells) {
        if (cells.length != headings.size()) {
            throw new IllegalArgumentException(
                    "a row of " + cells.length + " cells for " + headings.size() + " columns");
        }
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(cell.toString());
        }
        rows.add(row);
        return this;
    }

    /** Whether there are no rows. */
    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** Headings, then rows, a line each, every line ended. */
    @Override
    public String toString() {
        int[] widths = new int[headings.size()];
        List<List<String>> lines = new ArrayList<>();
        lines.add(headings);
        lines.addAll(rows);
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String pad = " ".repeat(widths[i] - line.get(i).length());
                row.append(i == 0 ? "" : GAP).append(rightAligned.get(i) ? pad + line.get(i) : line.get(i) + pad);
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }
}
