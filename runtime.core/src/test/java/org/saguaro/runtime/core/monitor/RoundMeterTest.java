// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.SchedulingRound;

class RoundMeterTest {

    private final RoundMeter meter = new RoundMeter();

    private void round(long begun, int ready) {
        meter.begin(begun);
        meter.end(ready, ready - 1, 1, begun + 10L * ready);
    }

    @Test
    void keepsRoundsOnlyWhenAskedAndGivesEachOnce() {
        round(100, 2);
        assertThat(meter.take()).as("nobody asked").isEmpty();

        meter.keep(8);
        round(200, 3);
        round(300, 4);
        assertThat(meter.take())
                .containsExactly(new SchedulingRound(200, 3, 2, 1, 30), new SchedulingRound(300, 4, 3, 1, 40));
        assertThat(meter.take()).as("taken before").isEmpty();

        meter.keep(0);
        round(400, 2);
        assertThat(meter.take()).as("not asked any more").isEmpty();
    }

    @Test
    void keepsTheFirstOnesWhereTheReaderIsTooSlow() {
        meter.keep(4);
        for (int i = 0; i < 10; i++) {
            round(i, 2);
        }
        assertThat(meter.take()).extracting(SchedulingRound::begunNanos).containsExactly(0L, 1L, 2L, 3L);
        round(77, 2);
        assertThat(meter.take()).extracting(SchedulingRound::begunNanos).containsExactly(77L);
    }

    @Test
    void aReaderBesideTheWriterSeesWholeRoundsInOrder() throws Exception {
        meter.keep(64);
        int count = 200_000;
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < count; i++) {
                round(i, i % 1000 + 1);
            }
        });
        List<SchedulingRound> seen = new ArrayList<>();
        while (!writer.isDone()) {
            seen.addAll(meter.take());
        }
        writer.get();
        seen.addAll(meter.take());

        assertThat(seen).isNotEmpty().isSortedAccordingTo(Comparator.comparingLong(SchedulingRound::begunNanos));
        assertThat(seen)
                .allSatisfy(round -> assertThat(round)
                        .isEqualTo(new SchedulingRound(
                                round.begunNanos(),
                                (int) (round.begunNanos() % 1000 + 1),
                                (int) (round.begunNanos() % 1000),
                                1,
                                10 * (round.begunNanos() % 1000 + 1))));
    }
}
