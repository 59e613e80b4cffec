// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows of text in aligned columns, for a terminal. Not thread-safe. */
public final class Table {

    private static final String GAP = "  ";
    private static final String ELLIPSIS = "..";

    private final List<String> headings = new ArrayList<>();
    private final List<Boolean> rightAligned = new ArrayList<>();
    /** How narrow a column may become; {@link Integer#MAX_VALUE} for those that stay as they are. */
    private final List<Integer> leastWidths = new ArrayList<>();

    private final List<List<String>> rows = new ArrayList<>();
    private int limit = Integer.MAX_VALUE;

    /** Adds a column of words. */
    public Table column(String heading) {
        return shrinkable(heading, Integer.MAX_VALUE);
    }

    /**
     * Adds a column of words that are shortened in the middle where the table is limited.
     *
     * @param leastWidth the column is not made narrower
     */
    public Table shrinkable(String heading, int leastWidth) {
        headings.add(heading);
        rightAligned.add(false);
        leastWidths.add(leastWidth);
        return this;
    }

    /** Makes lines of at most that many characters, as far as shrinkable columns allow. */
    public Table limit(int characters) {
        limit = characters;
        return this;
    }

    /** Adds a column of figures. */
    public Table figures(String heading) {
        headings.add(heading);
        rightAligned.add(true);
        leastWidths.add(Integer.MAX_VALUE);
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
        shrink(widths);
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            StringBuilder row = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                String cell = shortened(line.get(i), widths[i]);
                String pad = " ".repeat(widths[i] - cell.length());
                row.append(i == 0 ? "" : GAP).append(rightAligned.get(i) ? pad + cell : cell + pad);
            }
            text.append(row.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** Takes from the column that has most to spare until the lines fit. */
    private void shrink(int[] widths) {
        int length = Arrays.stream(widths).sum() + GAP.length() * (widths.length - 1);
        while (length > limit) {
            int widest = -1;
            for (int i = 0; i < widths.length; i++) {
                if (widths[i] > leastWidths.get(i)
                        && (widest < 0 || widths[i] - leastWidths.get(i) > widths[widest] - leastWidths.get(widest))) {
                    widest = i;
                }
            }
            if (widest < 0) {
                return;
            }
            widths[widest]--;
            length--;
        }
    }

    private static String shortened(String cell, int width) {
        if (cell.length() <= width) {
            return cell;
        }
        int head = (width - ELLIPSIS.length()) / 2;
        int tail = width - ELLIPSIS.length() - head;
        return cell.substring(0, head) + ELLIPSIS + cell.substring(cell.length() - tail);
    }
}
