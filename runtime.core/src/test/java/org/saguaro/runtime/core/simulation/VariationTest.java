// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.saguaro.runtime.core.simulation.Scene.cpus;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VariationTest {

    private static Variation of(long seed, boolean varied, double relativeDeviation) {
        CostRule rule = new CostRule("*", new CostRule.Fixed(1e6), relativeDeviation);
        KernelTimes times = new KernelTimes("test", List.of(cpus(1, rule)));
        times.add(new KernelProfile("a", 0, 0, List.of()));
        return new Variation(times, new SimulationSettings(seed, varied, false, Map.of()));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.05, 0.3, 1})
    void hasTheMeanAndDeviationOfTheKernel(double relativeDeviation) {
        Variation variation = of(7, true, relativeDeviation);
        int count = 200_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            double nanos = variation.executionNanos(0, i / 100, i % 100);
            assertThat(nanos).isPositive();
            sum += nanos;
            squares += nanos * nanos;
        }

        double mean = sum / count;
        assertThat(mean).isCloseTo(1e6, within(1e6 * relativeDeviation * 0.02));
        assertThat(Math.sqrt(squares / count - mean * mean))
                .isCloseTo(1e6 * relativeDeviation, within(1e6 * relativeDeviation * 0.06));
    }

    @Test
    void dependsOnSeedRequestAndTaskAlone() {
        Variation variation = of(7, true, 0.3);
        long first = variation.executionNanos(0, 3, 4);
        variation.executionNanos(0, 9, 9);

        assertThat(variation.executionNanos(0, 3, 4)).isEqualTo(first);
        assertThat(variation.executionNanos(0, 4, 3)).isNotEqualTo(first);
        assertThat(variation.executionNanos(0, 3, 5)).isNotEqualTo(first);
        assertThat(of(8, true, 0.3).executionNanos(0, 3, 4)).isNotEqualTo(first);
    }

    @Test
    void isTheMeanWhereNothingVaries() {
        assertThat(of(7, false, 0.3).executionNanos(0, 3, 4)).isEqualTo(1_000_000);
        assertThat(of(7, true, 0).executionNanos(0, 3, 4)).isEqualTo(1_000_000);
    }
}
