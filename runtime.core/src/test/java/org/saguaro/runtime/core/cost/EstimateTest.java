// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.runtime.core.CostStatus;

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
    void theFirstMeasurementsCountByTheirMedian() {
        Estimate estimate = new Estimate(1);
        assertThat(estimate.deviationNanos()).as("of the prior").isEqualTo(1);
        estimate.observe(900);
        assertThat(estimate.deviationNanos()).as("of one measurement").isEqualTo(900);
        long[] measured = {100, 140, 60, 80};
        for (long nanos : measured) {
            estimate.observe(nanos);
        }
        // By hand: 60, 80, 100, 140, 900; deviations from 100 are 0, 20, 40, 40, 800.
        assertThat(estimate.meanNanos()).isEqualTo(100);
        assertThat(estimate.deviationNanos()).isEqualTo((long) (1.4826 * 40));
        assertThat(entry(estimate).count()).isEqualTo(5);
    }

    @Test
    void oneThatHasSettledIsMovedByAsLittleAsOneThatLearntForLong() {
        Estimate settled = new Estimate(3_200.0, 320.0);
        assertThat(settled.isMeasured()).isTrue();
        settled.observe(3_520);
        assertThat(settled.meanNanos()).isEqualTo(3_200 + 320 / Estimate.MEMORY);
    }

    @Test
    void approachesMeanAndDeviation() {
        Random random = new Random(7);
        Estimate estimate = new Estimate(1);
        double means = 0;
        double deviations = 0;
        int samples = 5_000;
        for (int i = 0; i < 1_000 + samples; i++) {
            estimate.observe((long) (100_000 + 10_000 * random.nextGaussian()));
            if (i >= 1_000) {
                means += (double) estimate.meanNanos() / samples;
                deviations += (double) estimate.deviationNanos() / samples;
            }
        }
        assertThat(means).isCloseTo(100_000, withinPercentage(2));
        assertThat(deviations).isCloseTo(10_000, withinPercentage(20));
        assertThat(status(estimate).changes())
                .as("changes found where there are none")
                .isLessThan(10);
        // Of 10 % noise: 8 % mean absolute error at best, and no bias.
        assertThat(status(estimate).meanAbsoluteError()).isBetween(0.04, 0.16);
        assertThat(status(estimate).bias()).isBetween(-0.08, 0.08);
    }

    private static CostStatus status(Estimate estimate) {
        return estimate.status("k", "cpu");
    }

    private static long noisy(long nanos, double noise, Random random) {
        return Math.round(nanos * (1 + noise * (2 * random.nextDouble() - 1)));
    }

    /** Throttling or contention: after a step the estimate is right again within 24 executions, and usually four. */
    @Property
    void followsAStep(
            @ForAll @IntRange(min = 5, max = 500) int before,
            @ForAll @LongRange(min = 1_000, max = 1_000_000_000) long nanos,
            @ForAll @DoubleRange(min = 0, max = 0.05) double noise,
            @ForAll @DoubleRange(min = 2, max = 20) double factor,
            @ForAll boolean slower,
            @ForAll long seed) {
        Random random = new Random(seed);
        Estimate estimate = new Estimate(nanos);
        for (int i = 0; i < before; i++) {
            estimate.observe(noisy(nanos, noise, random));
        }
        long after = slower ? (long) (nanos * factor) : (long) (nanos / factor);
        for (int i = 0; i < 24; i++) {
            estimate.observe(noisy(after, noise, random));
        }
        assertThat(estimate.meanNanos()).isCloseTo(after, withinPercentage(11));
        assertThat(status(estimate).changes()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.5, 2, 10})
    void fourExecutionsTellAStepWithoutNoise(double factor) {
        Estimate estimate = new Estimate(1);
        for (int i = 0; i < 50; i++) {
            estimate.observe(100_000);
        }
        long after = (long) (100_000 * factor);
        for (int i = 0; i < 4; i++) {
            assertThat(estimate.meanNanos()).as("while it could be an outlier").isCloseTo(100_000, withinPercentage(3));
            estimate.observe(after);
        }
        assertThat(estimate.meanNanos()).isEqualTo(after);
    }

    @Property
    void followsAStepFromCalibration(
            @ForAll @LongRange(min = 1_000, max = 1_000_000_000) long nanos,
            @ForAll @DoubleRange(min = 0, max = 0.1) double noise,
            @ForAll long seed) {
        Random random = new Random(seed);
        double deviation = noise * nanos;
        Estimate estimate =
                new Estimate(new CalibrationStore.Entry("k", "cpu", 2.0 * nanos, deviation * deviation, 1_000_000));
        for (int i = 0; i < 24; i++) {
            estimate.observe(noisy(nanos, noise, random));
        }
        assertThat(estimate.meanNanos()).isCloseTo(nanos, withinPercentage(11));
    }

    /** A slow creep, of a tenth in a hundred executions, is followed closely. */
    @Property
    void followsACreep(@ForAll @DoubleRange(min = 0, max = 0.1) double noise, @ForAll long seed) {
        Random random = new Random(seed);
        Estimate estimate = new Estimate(1);
        double nanos = 1e6;
        for (int i = 0; i < 1_000; i++) {
            nanos *= 1.001;
            estimate.observe(noisy((long) nanos, noise, random));
        }
        assertThat(estimate.meanNanos()).isCloseTo((long) nanos, withinPercentage(11));
    }

    /** A preempted execution, now and then, moves the estimate little. */
    @Property
    void outliersMoveItLittle(
            @ForAll @LongRange(min = 10_000, max = 1_000_000_000) long nanos,
            @ForAll @DoubleRange(min = 0, max = 0.05) double noise,
            @ForAll @DoubleRange(min = 3, max = 1_000) double factor,
            @ForAll @IntRange(min = 8, max = 50) int every,
            @ForAll long seed) {
        Random random = new Random(seed);
        Estimate estimate = new Estimate(nanos);
        for (int i = 0; i < 5; i++) {
            estimate.observe(noisy(nanos, noise, random));
        }
        for (int i = 1; i < 400; i++) {
            estimate.observe(i % every == 0 ? (long) (nanos * factor) : noisy(nanos, noise, random));
            assertThat(estimate.meanNanos()).isCloseTo(nanos, withinPercentage(25));
        }
    }

    @Test
    void oneOutlierIsHardlySeen() {
        Estimate estimate = new Estimate(1);
        for (int i = 0; i < 100; i++) {
            estimate.observe(i % 2 == 0 ? 990_000 : 1_010_000);
        }
        long before = estimate.meanNanos();
        estimate.observe(100_000_000);
        assertThat(estimate.meanNanos()).isCloseTo(before, withinPercentage(0.5));
    }

    @Test
    void tellsItsErrors() {
        Estimate estimate = new Estimate(5);
        estimate.observe(1_000);
        assertThat(status(estimate).predictions())
                .as("predictions by a measurement")
                .isZero();
        estimate.observe(2_000);
        // It said 1,000; now it says the median of both.
        estimate.observe(1_200);
        assertThat(status(estimate).predictions()).isEqualTo(2);
        assertThat(status(estimate).lastError()).isEqualTo(0.25, within(1e-9));
        assertThat(status(estimate).meanAbsoluteError()).isEqualTo((0.5 + 0.25) / 2, within(1e-9));
        assertThat(status(estimate).bias()).isEqualTo((-0.5 + 0.25) / 2, within(1e-9));
        assertThat(status(estimate).priorNanos()).isEqualTo(5);
    }

    @Test
    void goesOnFromCalibration() {
        Estimate estimate = new Estimate(new CalibrationStore.Entry("k", "cpu", 100_000, 1e6, 300));
        assertThat(estimate.meanNanos()).isEqualTo(100_000);
        assertThat(estimate.deviationNanos()).isEqualTo(1_000);
        assertThat(estimate.isMeasured()).isTrue();
        assertThat(status(estimate).priorNanos()).isEqualTo(CostStatus.NO_PRIOR);
        estimate.observe(102_000);
        assertThat(estimate.meanNanos()).as("one more than five").isEqualTo(100_000 + 2_000 / 6);
        assertThat(entry(estimate).count()).isEqualTo(301);
    }

    @Test
    void leavesOutMeasurementsRatherThanLetWritersWait() throws InterruptedException {
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
        long learned = entry(estimate).count();
        assertThat(learned).as("measurements of 20,000").isBetween(1L, 20_000L);
        assertThat(estimate.meanNanos()).isEqualTo(700);
        estimate.observe(700);
        assertThat(entry(estimate).count())
                .as("measurements after one that nobody disturbs")
                .isEqualTo(learned + 1);
    }
}
