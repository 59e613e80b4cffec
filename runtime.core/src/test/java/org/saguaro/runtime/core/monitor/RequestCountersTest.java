// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.DeploymentStatistics;

class RequestCountersTest {

    /** Two significant digits are kept. */
    private static final int PERCENT = 1;

    private final RequestCounters counters = new RequestCounters();

    @Test
    void startsAtZero() {
        assertThat(counters.statistics("m")).isEqualTo(new DeploymentStatistics("m", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    }

    @Test
    void countsHowRequestsEnd() {
        for (int i = 0; i < 7; i++) {
            counters.submitted();
        }
        counters.completed(1_000);
        counters.completed(1_000);
        counters.completed(1_000);
        counters.failed();
        counters.rejected();
        counters.rejected();

        DeploymentStatistics statistics = counters.statistics("m");

        assertThat(statistics.name()).isEqualTo("m");
        assertThat(statistics.submitted()).isEqualTo(7);
        assertThat(statistics.completed()).isEqualTo(3);
        assertThat(statistics.failed()).isEqualTo(1);
        assertThat(statistics.rejected()).isEqualTo(2);
        assertThat(statistics.inFlight()).isEqualTo(3);
    }

    @Test
    void knowsLatencies() {
        for (int i = 1; i <= 1_000; i++) {
            counters.submitted();
            counters.completed(i * 1_000_000L);
        }

        DeploymentStatistics statistics = counters.statistics("m");

        assertThat(statistics.latencyMeanNanos()).as("mean").isCloseTo(500_500_000L, withinPercentage(PERCENT));
        assertThat(statistics.latencyP50Nanos()).as("p50").isCloseTo(500_000_000L, withinPercentage(PERCENT));
        assertThat(statistics.latencyP90Nanos()).as("p90").isCloseTo(900_000_000L, withinPercentage(PERCENT));
        assertThat(statistics.latencyP99Nanos()).as("p99").isCloseTo(990_000_000L, withinPercentage(PERCENT));
        assertThat(statistics.latencyMaxNanos()).as("maximum").isCloseTo(1_000_000_000L, withinPercentage(PERCENT));
    }

    @Test
    void takesVeryShortAndVeryLongLatencies() {
        counters.completed(0);
        long day = 86_400_000_000_000L;
        counters.completed(day);
        assertThat(counters.statistics("m").latencyMaxNanos()).isCloseTo(day, withinPercentage(PERCENT));
    }

    @Test
    void losesNothingOfConcurrentWriters() throws InterruptedException {
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < 4; w++) {
            Thread writer = new Thread(() -> {
                for (int i = 0; i < 10_000; i++) {
                    counters.submitted();
                    counters.completed(100);
                }
            });
            writer.start();
            writers.add(writer);
        }
        for (Thread writer : writers) {
            writer.join();
        }
        DeploymentStatistics statistics = counters.statistics("m");
        assertThat(statistics.completed()).isEqualTo(40_000);
        assertThat(statistics.inFlight()).isZero();
    }
}
