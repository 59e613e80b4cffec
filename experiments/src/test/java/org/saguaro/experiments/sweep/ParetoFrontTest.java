// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ParetoFrontTest {

    private record Costs(double first, double second, int number) {

        boolean beats(Costs other) {
            boolean noWorse = first <= other.first && second <= other.second;
            return noWorse && (first < other.first || second < other.second || number < other.number);
        }
    }

    @Property(tries = 2000)
    void hasWhatNothingBeats(@ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int size) {
        Random random = new Random(seed);
        // Few values, so that equal ones are frequent.
        int values = 1 + random.nextInt(30);
        ParetoFront<Costs> front = new ParetoFront<>();
        List<Costs> all = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Costs costs = new Costs(random.nextInt(values), random.nextInt(values), i);
            all.add(costs);
            front.add(costs.first(), costs.second(), costs);
        }
        List<Costs> expected = all.stream()
                .filter(costs -> all.stream().noneMatch(other -> other.beats(costs)))
                .sorted(Comparator.comparingDouble(Costs::first))
                .toList();
        assertThat(front.values()).as("%s", all).isEqualTo(expected);
    }
}
