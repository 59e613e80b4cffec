// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TimeAxisTest {

    @Test
    void marksAreRound() {
        assertThat(labels(1_000_000))
                .containsExactly(
                        "0", "100 ms", "200 ms", "300 ms", "400 ms", "500 ms", "600 ms", "700 ms", "800 ms", "900 ms",
                        "1 s");
        assertThat(labels(1_160))
                .containsExactly("0", "200 \u00b5s", "400 \u00b5s", "600 \u00b5s", "800 \u00b5s", "1 ms");
    }

    @Test
    void anySpanGetsAReadableNumberOfMarks() {
        for (double span = 0.013; span < 1e13; span *= 1.7) {
            assertThat(TimeAxis.marks(span)).as("marks for %s us", span).hasSizeBetween(5, 11);
        }
        assertThat(labels(0)).containsExactly("0");
    }

    private static List<String> labels(double span) {
        return TimeAxis.marks(span).stream().map(TimeAxis.Mark::label).toList();
    }
}
