// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.provisioning.MemoryPlan.Holding;

/** Whose kernels go. */
class MemoryPlanTest {

    @Test
    void evictsThoseIdleLongestUntilItFits() {
        Holding old = new Holding("old", 40, 0, 1);
        Holding middle = new Holding("middle", 40, 0, 2);
        Holding fresh = new Holding("fresh", 40, 0, 3);
        List<Holding> all = List.of(fresh, old, middle);
        assertThat(MemoryPlan.evictions(all, 120, 0)).isEmpty();
        assertThat(MemoryPlan.evictions(all, 119, 0)).containsExactly(old);
        assertThat(MemoryPlan.evictions(all, 80, 10)).containsExactly(old, middle);
        assertThat(MemoryPlan.evictions(all, 1, 0)).containsExactly(old, middle, fresh);
        assertThat(MemoryPlan.evictions(all, 0, 0)).as("no bound").isEmpty();
    }

    @Test
    void leavesAloneWhatRequestsUseAndWhatHoldsNothing() {
        Holding busy = new Holding("busy", 100, 1, 1);
        Holding empty = new Holding("empty", 0, 0, 2);
        Holding idle = new Holding("idle", 10, 0, 3);
        assertThat(MemoryPlan.evictions(List.of(busy, empty, idle), 50, 0)).containsExactly(idle);
    }

    @Test
    void evictsNoMoreThanNeededWhateverThereIs() {
        Random random = new Random(7);
        for (int trial = 0; trial < 2_000; trial++) {
            List<Holding> all = new ArrayList<>();
            long held = 0;
            for (int i = 0; i < random.nextInt(8); i++) {
                Holding holding = new Holding("d" + i, random.nextInt(100), random.nextInt(2), random.nextInt(1000));
                all.add(holding);
                held += holding.residentBytes();
            }
            long cap = 1L + random.nextInt(300);
            long needed = random.nextInt(100);
            List<Holding> chosen = MemoryPlan.evictions(all, cap, needed);
            long left = held
                    + needed
                    - chosen.stream().mapToLong(Holding::residentBytes).sum();
            assertThat(chosen).allMatch(holding -> holding.inFlight() == 0 && holding.residentBytes() > 0);
            if (left > cap) {
                assertThat(all.stream().filter(h -> h.inFlight() == 0 && h.residentBytes() > 0))
                        .as("all that could go, although it is not enough")
                        .hasSameSizeAs(chosen);
            }
            if (!chosen.isEmpty()) {
                assertThat(left + chosen.get(chosen.size() - 1).residentBytes())
                        .as("without the last one")
                        .isGreaterThan(cap);
            }
        }
    }
}
