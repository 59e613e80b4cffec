// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.api.contract.FakePe;
import org.saguaro.scheduler.api.contract.FakeRound;
import org.saguaro.scheduler.api.contract.FakeTask;

/** The rules that prefer some tasks to others and leave the rest ready, by hand. */
class LateRulesTest {

    private static final long NEVER = FakeTask.NO_DEADLINE;

    @Test
    void edfTakesTheEarliestDeadlineAndLeavesTheRestReady() {
        FakeRound round = onePe().task(FakeTask.of(0))
                .task(FakeTask.of(1).due(500, NEVER, 1))
                .task(FakeTask.of(2).due(NEVER, 300, 1))
                .task(FakeTask.of(3).due(400, 900, 1));

        round.run(new EarliestDeadlineFirst());

        assertThat(round.assignmentOrder()).as("a queue of 2").containsExactly(2L, 3L);
        assertThat(round.placement()).containsExactly("-", "-", "cpu0", "cpu0");
    }

    @Test
    void edfGivesNothingToPesThatHaveEnough() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0").busy(10, 2))
                .pe(FakePe.idle("cpu1").busy(10_000, 1))
                .task(FakeTask.of(0).due(5, NEVER, 1))
                .task(FakeTask.of(1));

        // Both would be done first on cpu0, which is full: they wait for it rather than for cpu1.
        assertThat(round.run(new EarliestDeadlineFirst()).placement()).containsExactly("-", "-");
    }

    @Test
    void whatCannotGoIsPlannedSoThatOthersTakeWhatIsFree() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("fpga0").busy(100, 2))
                .pe(FakePe.idle("cpu0"))
                .execution((task, pe) -> pe.type().equals("fpga") ? 100 : 350);
        for (int id = 0; id < 4; id++) {
            round.task(FakeTask.of(id));
        }

        // On fpga0 at 200 and 300; then cpu0 at 350 beats 400; then fpga0 again.
        assertThat(round.run(new EarliestDeadlineFirst()).placement()).containsExactly("-", "-", "cpu0", "-");
    }

    @Test
    void equalDeadlinesGoByPriorityThenByAge() {
        FakeRound round = onePe().task(FakeTask.of(0).due(100, NEVER, 1))
                .task(FakeTask.of(1).due(100, NEVER, 1))
                .task(FakeTask.of(2).due(100, NEVER, 1).priority(1));

        round.run(new EarliestDeadlineFirst());

        assertThat(round.assignmentOrder()).containsExactly(2L, 0L);
    }

    @Test
    void llfTakesWhoHasLeastTimeToSpare() {
        FakeRound round = onePe().task(FakeTask.of(0).due(1_000, NEVER, 1).signature(900))
                .task(FakeTask.of(1).due(500, NEVER, 1).signature(10))
                .task(FakeTask.of(2).due(800, NEVER, 1).signature(10))
                .execution((task, pe) -> task.signature())
                .remaining((task, pe) -> task.id() == 2 ? 600 : 0);

        round.run(new LeastLaxityFirst());

        // To spare: 100, 490, 190.
        assertThat(round.assignmentOrder()).containsExactly(0L, 2L);
        round.run(new EarliestDeadlineFirst());
        assertThat(round.assignmentOrder()).as("EDF, for comparison").containsExactly(1L, 2L);
    }

    @Test
    void dmdasTakesPriorityThenRank() {
        FakeRound round = onePe().task(FakeTask.of(0).upwardRank(5))
                .task(FakeTask.of(1).upwardRank(9))
                .task(FakeTask.of(2).priority(1))
                .task(FakeTask.of(3));

        round.run(new Dmdas());

        assertThat(round.assignmentOrder()).containsExactly(2L, 1L);
    }

    @Test
    void vosDropsWhatCannotEarnAnythingAnyMore() {
        FakeRound round = new FakeRound()
                .now(1_000)
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("fpga0").busy(1_500, 1))
                .execution((task, pe) -> pe.type().equals("fpga") ? 100 : 500)
                .remaining((task, pe) -> 50)
                // At the earliest 1550 on cpu0 and 1650 on fpga0.
                .task(FakeTask.of(0).due(1_100, 1_549, 1))
                .task(FakeTask.of(1).due(1_100, 1_551, 1))
                .task(FakeTask.of(2).due(10, NEVER, 0.1));

        assertThat(round.run(new ValueOfService()).placement()).as("x: dropped").containsExactly("x", "cpu0", "fpga0");
    }

    @Test
    void vosTakesWhatEarnsMostPerTime() {
        FakeRound round = onePe().execution((task, pe) -> task.signature())
                .task(FakeTask.of(0).due(10_000, 20_000, 10).signature(1_000))
                .task(FakeTask.of(1).due(10_000, 20_000, 1).signature(10))
                .task(FakeTask.of(2).due(10_000, 20_000, 3).signature(100));

        round.run(new ValueOfService());

        // Per ns: 0.01, 0.1, 0.03.
        assertThat(round.assignmentOrder()).containsExactly(1L, 2L);
    }

    @Test
    void vosCountsWhatIsLostByWaiting() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("cpu1"))
                .execution((task, pe) -> 100)
                // Full value on an idle PE only; the second loses half its value behind the first.
                .task(FakeTask.of(0).due(100, 200, 2))
                .task(FakeTask.of(1).due(100, 300, 2));

        assertThat(round.run(new ValueOfService()).placement()).containsExactly("cpu0", "cpu1");
    }

    @Test
    void fairShareFollowsTheWeights() {
        SchedulingPolicy policy = new FairShare();
        FakeRound round = onePe();
        long[] served = new long[3];
        Random random = new Random(4);
        long id = 0;
        for (int i = 0; i < 4_000; i++) {
            // Always something ready of each; tenant 0 sends by far the most, and longer tasks.
            while (round.tasks().size() < 30) {
                int tenant = Math.max(0, random.nextInt(6) - 3);
                round.task(FakeTask.of(id++).signature(tenant == 0 ? 300 : 100).tenant(tenant, tenant + 1));
            }
            for (int tenant = 0; tenant < 3; tenant++) {
                int wanted = tenant;
                if (round.tasks().stream().noneMatch(task -> task.tenant() == wanted)) {
                    round.task(FakeTask.of(id++).signature(100).tenant(tenant, tenant + 1));
                }
            }
            round.advance(i * 100L).run(policy);
            for (int task = 0; task < round.tasks().size(); task++) {
                if (round.peOf(task) >= 0) {
                    served[round.tasks().get(task).tenant()] +=
                            round.tasks().get(task).signature();
                }
            }
            round.dispatch();
        }
        double all = served[0] + served[1] + served[2];
        assertThat(served[0] / all).as("weight 1 of 6").isCloseTo(1 / 6.0, within(0.01));
        assertThat(served[1] / all).as("weight 2 of 6").isCloseTo(2 / 6.0, within(0.01));
        assertThat(served[2] / all).as("weight 3 of 6").isCloseTo(3 / 6.0, within(0.01));
    }

    @Test
    void aTenantThatWasIdleHasNoCredit() {
        SchedulingPolicy policy = new FairShare();
        FakeRound round = onePe();
        long id = 0;
        for (int i = 0; i < 100; i++) {
            round.task(FakeTask.of(id++).signature(100).tenant(0, 1));
            round.advance(i * 100L).run(policy);
            round.dispatch();
        }
        // 10 us of tenant 0's went by. Now tenant 1 comes, and both want everything.
        long first = id;
        for (int i = 0; i < 40; i++) {
            round.task(FakeTask.of(id++).signature(100).tenant(i % 2, 1));
        }
        int[] served = new int[2];
        for (int i = 100; i < 120; i++) {
            round.advance(i * 100L).run(policy);
            for (int task = 0; task < round.tasks().size(); task++) {
                if (round.peOf(task) >= 0 && round.tasks().get(task).id() >= first) {
                    served[round.tasks().get(task).tenant()]++;
                }
            }
            round.dispatch();
        }
        assertThat(served[0])
                .as("of tenant 0, against %d of tenant 1", served[1])
                .isCloseTo(served[1], within(2));
    }

    @Test
    void theOldestIsOvertakenByAsManyAsPatienceSays() {
        for (SchedulingPolicy policy : new SchedulingPolicy[] {
            new EarliestDeadlineFirst(TieBreak.of("first", 0), 1, 7),
            new LeastLaxityFirst(TieBreak.of("first", 0), 1, 7),
            new ValueOfService(TieBreak.of("first", 0), 1, 7),
            new Dmdas(new Fitness(1, 1, 0), TieBreak.of("first", 0), 1, 7)
        }) {
            FakeRound round = onePe().task(FakeTask.of(0).signature(100).due(1_000_000, NEVER, 0.001));
            long id = 1;
            int rounds = 0;
            while (round.tasks().stream().anyMatch(task -> task.id() == 0)) {
                for (int i = 0; i < 2; i++) {
                    round.task(FakeTask.of(id++).signature(100).priority(1).due(rounds * 100L, NEVER, 100));
                }
                round.advance(rounds * 100L).run(policy);
                round.dispatch();
                rounds++;
            }
            assertThat(rounds).as("rounds of one placement each, %s", policy).isEqualTo(8);
        }
    }

    private static FakeRound onePe() {
        return new FakeRound().pe(FakePe.idle("cpu0")).execution((task, pe) -> Math.max(1, task.signature()));
    }
}
