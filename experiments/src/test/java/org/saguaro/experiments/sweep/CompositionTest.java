// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompositionTest {

    @Test
    void rangesAndListsGiveEveryChoiceTheLastTypeChangingFastest() {
        assertThat(Composition.expand(List.of("C1..2+F0,2")))
                .extracting(Composition::toString)
                .containsExactly("C1", "C1+F2", "C2", "C2+F2");
    }

    @Test
    void eachPoolComesOnceHoweverItIsWritten() {
        assertThat(Composition.expand(List.of("C1+F1", "F1+C1", "C1+F0..1", "F1")))
                .extracting(Composition::toString)
                .containsExactly("C1+F1", "C1", "F1");
    }

    @Property(tries = 300)
    void asManyAsTheProductOfTheCounts(@ForAll long seed) {
        Random random = new Random(seed);
        List<String> parts = new ArrayList<>();
        int product = 1;
        boolean mayBeEmpty = true;
        for (char letter = 'A'; letter < 'A' + 1 + random.nextInt(4); letter++) {
            int from = random.nextInt(3);
            int to = from + random.nextInt(5);
            parts.add(letter + (from == to ? "" + from : from + ".." + to));
            product *= to - from + 1;
            mayBeEmpty &= from == 0;
        }
        String text = String.join("+", parts);
        if (mayBeEmpty && product == 1) {
            assertThatThrownBy(() -> Composition.expand(List.of(text)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected one at least");
            return;
        }
        List<Composition> expanded = Composition.expand(List.of(text));
        assertThat(expanded).as(text).hasSize(product - (mayBeEmpty ? 1 : 0)).doesNotHaveDuplicates();
        // What is written of a pool is that pool again.
        for (Composition composition : expanded) {
            assertThat(Composition.expand(List.of(composition.toString())))
                    .extracting(Composition::toString)
                    .containsExactly(composition.toString());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | expected letters and counts",
                "C | expected letters and counts",
                "3C | expected letters and counts",
                "C3+ | expected letters and counts",
                "C3 F1 | expected letters and counts",
                "C-1 | expected letters and counts",
                "C1... | expected letters and counts",
                "C1..2..3 | expected a number or a range",
                "C4..1 | expected a range that rises",
                "C1+C2 | found C twice",
                "C0+F0 | expected one at least",
                "A0..999+B0..999 | expected at most 100000"
            })
    void otherTextsAreRefused(String text, String reason) {
        assertThatThrownBy(() -> Composition.expand(List.of(text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
