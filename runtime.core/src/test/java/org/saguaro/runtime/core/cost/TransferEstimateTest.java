// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.MemorySpace;
import org.saguaro.runtime.core.TransferStatus;

class TransferEstimateTest {

    private static final MemorySpace DEVICE = new MemorySpace("device");

    @Test
    void saysThePriorUntilSomethingWasMeasured() {
        TransferEstimate estimate = new TransferEstimate();
        assertThat(estimate.nanos(0)).isEqualTo(10_000);
        assertThat(estimate.nanos(1_000_000)).isEqualTo(510_000);
        assertThat(estimate.isMeasured()).isFalse();
    }

    @Test
    void fitsCopiesOfOneSizeByScaling() {
        TransferEstimate estimate = new TransferEstimate();
        for (int i = 0; i < 100; i++) {
            estimate.observe(20_000, 5_000);
        }
        assertThat(estimate.nanos(20_000)).isCloseTo(5_000, withinPercentage(1));
        assertThat(estimate.nanos(0))
                .as("start-up cost, in the prior's proportion")
                .isCloseTo(2_500, withinPercentage(1));
    }

    /** Whatever the link is like: from copies of different sizes it is found out. */
    @Property
    void findsStartAndRate(
            @ForAll @DoubleRange(min = 0, max = 100_000) double start,
            @ForAll @DoubleRange(min = 0.01, max = 10) double rate,
            @ForAll long seed) {
        Random random = new Random(seed);
        TransferEstimate estimate = new TransferEstimate();
        for (int i = 0; i < 200; i++) {
            long bytes = 1_000L + random.nextInt(1_000_000);
            estimate.observe(bytes, Math.round(start + rate * bytes));
        }
        for (long bytes : new long[] {10_000, 100_000, 1_000_000}) {
            assertThat((double) estimate.nanos(bytes))
                    .as("%d bytes", bytes)
                    .isCloseTo(start + rate * bytes, withinPercentage(5));
        }
    }

    @Test
    void followsALinkThatBecameSlower() {
        Random random = new Random(1);
        TransferEstimate estimate = new TransferEstimate();
        for (int i = 0; i < 1_000; i++) {
            long bytes = 1_000L + random.nextInt(1_000_000);
            estimate.observe(bytes, 5_000 + bytes);
        }
        for (int i = 0; i < 100; i++) {
            long bytes = 1_000L + random.nextInt(1_000_000);
            estimate.observe(bytes, 50_000 + 4 * bytes);
        }
        assertThat(estimate.nanos(500_000)).isCloseTo(2_050_000, withinPercentage(5));
    }

    @Test
    void aCopyThatWasHeldUpMovesItLittle() {
        Random random = new Random(1);
        TransferEstimate estimate = new TransferEstimate();
        for (int i = 0; i < 1_000; i++) {
            long bytes = 1_000L + random.nextInt(1_000_000);
            estimate.observe(bytes, 5_000 + bytes);
        }
        estimate.observe(500_000, 500_000_000);
        assertThat(estimate.nanos(500_000)).isCloseTo(505_000, withinPercentage(20));
    }

    @Test
    void neverSaysLessThanNothing() {
        TransferEstimate falling = new TransferEstimate();
        for (int i = 0; i < 50; i++) {
            falling.observe(1_000L * (1 + i % 5), 10_000 - 1_000L * (i % 5));
        }
        assertThat(falling.nanos(100_000)).isPositive();
        TransferEstimate steep = new TransferEstimate();
        for (int i = 0; i < 50; i++) {
            long bytes = 1_000L * (1 + i % 5);
            steep.observe(bytes, bytes * bytes / 1_000);
        }
        assertThat(steep.nanos(0)).isNotNegative();
        assertThat(steep.nanos(3_000)).isPositive();
    }

    @Test
    void directionsAreApart() {
        TransferModel model = new TransferModel(List.of(new TransferStatus("device", "host", 100, 2, 50)));
        assertThat(model.estimate(DEVICE, MemorySpace.HOST).nanos(1_000)).isEqualTo(2_100);
        model.estimate(MemorySpace.HOST, DEVICE).observe(1_000, 42_000);
        assertThat(model.estimate(DEVICE, MemorySpace.HOST).nanos(1_000)).isEqualTo(2_100);
        model.estimate(MemorySpace.HOST, new MemorySpace("another"));
        assertThat(model.measured())
                .extracting(status -> status.from() + ">" + status.to() + " " + status.count())
                .containsExactly("device>host 50", "host>device 1");
        assertThat(model.status()).hasSize(3);
    }
}
