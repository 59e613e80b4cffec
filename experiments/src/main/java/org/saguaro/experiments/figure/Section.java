// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.figure;

import java.util.List;

/**
 * One figure as the page shows it, and the sheets that it was made of.
 *
 * @param id for instance {@code fig-a}
 * @param about what was simulated, in a few sentences
 * @param complete whether all runs have ended; if not there are no pictures and criteria
 * @param notes where ours differs, and why
 * @param sheets written beside the page
 */
record Section(
        String id,
        String title,
        String about,
        boolean complete,
        List<Picture> pictures,
        List<PageTable> tables,
        List<Criterion> criteria,
        List<String> notes,
        List<Sheet> sheets) {

    Section {
        pictures = List.copyOf(pictures);
        tables = List.copyOf(tables);
        criteria = List.copyOf(criteria);
        notes = List.copyOf(notes);
        sheets = List.copyOf(sheets);
    }

    /**
     * A picture.
     *
     * @param file beside the page; the page holds a copy
     * @param link a file beside the page that shows more; empty if there is none
     */
    record Picture(String file, String caption, String link) {}

    /**
     * A table of the page.
     *
     * @param rows of cells; what stands behind a line break is published and set smaller
     */
    record PageTable(String caption, List<String> columns, List<List<String>> rows) {}
}
