// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EstimateTest {

    private static CalibrationStore.Entry entry(Estimate estimate) {
        return estimate.entry("k", "cpu");
    }

    @Test
    void saysThePriorUntilSomethingWasMeasured() {
        Estimate estimate = new Estimate(500);
        assertThat(estimate.meanNanos()).isEqualTo(500);
        assertThat(estimate.isMeasured()).isFalse();
    }

    @Test
    void theFirstMeasurementReplacesThePrior() {
        Estimate estimate = new Estimate(500);
        estimate.observe(100);
        assertThat(estimate.meanNanos()).isEqualTo(100);
        assertThat(estimate.isMeasured()).isTrue();
        assertThat(entry(estimate)).isEqualTo(new CalibrationStore.Entry("k", "cpu", 100, 0, 1));
    }

    @Test
    void isMeanAndVarianceOfFewMeasurements() {
        Estimate estimate = new Estimate(1);
        long[] measured = {100, 140, 60, 180, 20};
        for (long nanos : measured) {
            estimate.observe(nanos);
        }
        // By hand: mean 100; squared differences 0, 1600, 1600, 6400, 6400, their mean 3200.
        assertThat(estimate.meanNanos()).isEqualTo(100);
        assertThat(entry(estimate).varianceNanos2()).isEqualTo(3200, within(1e-6));
        assertThat(entry(estimate).count()).isEqualTo(5);
    }

    @Test
    void followsDrift() {
        Estimate estimate = new Estimate(1);
        for (int i = 0; i < 10_000; i++) {
            estimate.observe(1_000);
        }
        estimate.observe(2_000);
        assertThat(estimate.meanNanos())
                .as("one measurement weighs one %dth", Estimate.LEAST_WEIGHT_DIVISOR)
                .isEqualTo(1_000 + 1_000 / Estimate.LEAST_WEIGHT_DIVISOR);
        for (int i = 0; i < 10 * Estimate.LEAST_WEIGHT_DIVISOR; i++) {
            estimate.observe(2_000);
        }
        assertThat(estimate.meanNanos()).isBetween(1_999L, 2_000L);
    }

    @Test
    void goesOnFromCalibration() {
        Estimate estimate = new Estimate(100, 0, 3);
        assertThat(estimate.meanNanos()).isEqualTo(100);
        assertThat(estimate.isMeasured()).isTrue();
        estimate.observe(140);
        assertThat(estimate.meanNanos()).isEqualTo(110);
        assertThat(entry(estimate).count()).isEqualTo(4);
    }

    @Test
    void losesNoMeasurementOfConcurrentWriters() throws InterruptedException {
        Estimate estimate = new Estimate(1);
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread writer = new Thread(() -> {
                for (int n = 0; n < 5_000; n++) {
                    estimate.observe(700);
                }
            });
            writer.start();
            writers.add(writer);
        }
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(entry(estimate).count()).isEqualTo(20_000);
        assertThat(estimate.meanNanos()).isEqualTo(700);
    }
}
