// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class FiguresTest {

    @Test
    void durationsHaveThreeDigitsAndAUnit() {
        assertThat(Figures.duration(850)).isEqualTo("850 ns");
        assertThat(Figures.duration(12_345)).isEqualTo("12.3 us");
        assertThat(Figures.duration(999_499)).isEqualTo("999 us");
        assertThat(Figures.duration(999_500)).isEqualTo("1.00 ms");
        assertThat(Figures.duration(1_234_000_000L)).isEqualTo("1.23 s");
        assertThat(Figures.duration(200_000_000_000L)).isEqualTo("3 min 20 s");
        assertThat(Figures.duration(7_500_000_000_000L)).isEqualTo("2 h 5 min");
    }

    @Test
    void countsAreShort() {
        assertThat(Figures.count(999)).isEqualTo("999");
        assertThat(Figures.count(12_345)).isEqualTo("12.3 k");
        assertThat(Figures.count(999_500)).isEqualTo("1.00 M");
    }

    @Test
    void tablesAreAligned() {
        Table table = new Table().column("name").figures("ms").row("a", 1).row("long name", 12345);

        assertThat(table.toString()).isEqualTo("name          ms\na              1\nlong name  12345\n");
    }
}
