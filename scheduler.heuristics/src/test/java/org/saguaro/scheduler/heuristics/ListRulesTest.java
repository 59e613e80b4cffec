// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.saguaro.scheduler.api.contract.FakePe;
import org.saguaro.scheduler.api.contract.FakeRound;
import org.saguaro.scheduler.api.contract.FakeTask;

/** The rules that take one task after the other, by hand. */
class ListRulesTest {

    @Test
    void metTakesTheFastestHoweverBusy() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("fpga0").busy(1_000_000, 9))
                .task(FakeTask.of(0))
                .execution((task, pe) -> pe.type().equals("fpga") ? 10 : 11)
                .transfer((task, pe) -> pe.type().equals("fpga") ? 99 : 0);

        assertThat(round.run(new MinimumExecutionTime()).placement()).containsExactly("fpga0");
    }

    @Test
    void metSpreadsOverThePesOfATypeByDefault() {
        FakeRound round = new FakeRound().pe(FakePe.idle("cpu0").busy(5, 1)).pe(FakePe.idle("cpu1"));
        addTasks(round, 3);

        assertThat(round.run(new MinimumExecutionTime()).placement()).containsExactly("cpu1", "cpu0", "cpu1");
        assertThat(round.run(new MinimumExecutionTime(TieBreak.of("first", 0))).placement())
                .containsOnly("cpu0");
    }

    @Test
    void randomTakesAllThatSupportEquallyOften() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("fpga0"))
                .pe(FakePe.idle("cpu1"))
                .support((task, pe) -> pe.type().equals("cpu"));
        addTasks(round, 10_000);

        var placement = round.run(new RandomChoice(1)).placement();

        assertThat(Collections.frequency(placement, "cpu0")).isCloseTo(5_000, within(250));
        assertThat(placement).doesNotContain("fpga0", "-");
        assertThat(round.run(new RandomChoice(1)).placement()).as("same seed").isEqualTo(placement);
        assertThat(round.run(new RandomChoice(2)).placement())
                .as("another seed")
                .isNotEqualTo(placement);
    }

    @Test
    void heftRtRanksByTheMeanOverThePesThatSupport() {
        // Means: task 0 (20 + 40) / 2 = 30; task 1 on a0 only: 31, where CEDR's mean over all PEs would be less; task
        // 2: 5.
        int[][] nanos = {{20, 40}, {31, -1}, {5, 5}};
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("a0"))
                .pe(FakePe.idle("b0"))
                .support((task, pe) -> nanos(nanos, task, pe) >= 0)
                .execution((task, pe) -> nanos(nanos, task, pe));
        addTasks(round, 3);

        // Task 1 to a0 (31). Task 0: b0 at 40 rather than a0 at 51. Task 2: a0 at 36.
        assertThat(round.run(new HeftRt()).placement()).containsExactly("b0", "a0", "a0");
        assertThat(round.assignmentOrder()).containsExactly(1L, 0L, 2L);
    }

    @Test
    void heftTakesTheLargestUpwardRankFirst() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("a0"))
                .pe(FakePe.idle("b0"))
                .task(FakeTask.of(0).upwardRank(10))
                .task(FakeTask.of(1).upwardRank(80))
                .task(FakeTask.of(2).upwardRank(80))
                .execution((task, pe) -> pe.id().equals("a0") ? 10 : 15);

        // Task 1: a0 at 10. Task 2: b0 at 15 rather than a0 at 20. Task 0: a0 at 20.
        assertThat(round.run(new Heft()).placement()).containsExactly("a0", "a0", "b0");
        assertThat(round.assignmentOrder()).containsExactly(1L, 2L, 0L);
    }

    @Test
    void peftAddsWhatFollows() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("a0"))
                .pe(FakePe.idle("b0"))
                .task(FakeTask.of(0))
                .task(FakeTask.of(1))
                .execution((task, pe) -> pe.id().equals("a0") ? 10 : 15)
                // Task 0: means 4; task 1: 16.
                .remaining((task, pe) -> task.id() == 0 ? 4 : pe.id().equals("a0") ? 30 : 2);

        // Task 1 first: 10 + 30 on a0, 15 + 2 on b0. Task 0: 10 + 4 on a0.
        assertThat(round.run(new Peft()).placement()).containsExactly("a0", "b0");
        assertThat(round.assignmentOrder()).containsExactly(1L, 0L);
    }

    @Test
    void dmdaPaysForTransfersAndEnergyByItsWeights() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("gpu0"))
                .task(FakeTask.of(0))
                .execution((task, pe) -> pe.type().equals("gpu") ? 40 : 100)
                .transfer((task, pe) -> pe.type().equals("gpu") ? 50 : 0)
                .energy((task, pe) -> pe.type().equals("gpu") ? 3_000_000 : 0);

        // Ends 100 and 90. alpha only: the gpu. With beta 1: 10 against 50.
        assertThat(dmda(1, 0, 0, round)).isEqualTo("gpu0");
        assertThat(dmda(1, 1, 0, round)).isEqualTo("cpu0");
        assertThat(dmda(10, 1, 0, round)).as("100 against 50").isEqualTo("gpu0");
        // 1 microsecond per joule is 0.000001 ns per nJ: 3 ns for 3 mJ, against 10.
        assertThat(dmda(1, 0, 1, round)).isEqualTo("gpu0");
        assertThat(dmda(1, 0, 1000, round)).as("3000 ns for 3 mJ").isEqualTo("cpu0");
    }

    @Test
    void edpWeighsEnergyAgainstDelay() {
        FakeRound round = new FakeRound()
                .now(1_000)
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("fpga0").busy(1_020, 1))
                .task(FakeTask.of(0))
                .execution((task, pe) -> pe.type().equals("fpga") ? 80 : 20)
                .energy((task, pe) -> pe.type().equals("fpga") ? 1 : 6);

        // 6 * 20 = 120 against 1 * (20 + 80) = 100.
        assertThat(round.run(new EnergyDelayProduct()).placement()).containsExactly("fpga0");
        round.pes().set(1, FakePe.idle("fpga0").busy(1_050, 1));
        assertThat(round.run(new EnergyDelayProduct()).placement()).as("130").containsExactly("cpu0");
    }

    @Test
    void tiesAreBrokenAsAsked() {
        FakeRound round = new FakeRound()
                .now(10)
                .pe(FakePe.idle("cpu0").busy(5, 2))
                .pe(FakePe.idle("cpu1").busy(5, 1))
                .task(FakeTask.of(0));

        assertThat(round.run(new EarliestFinishTime()).placement()).containsExactly("cpu0");
        assertThat(round.run(new EarliestFinishTime(TieBreak.of("least-loaded", 0)))
                        .placement())
                .containsExactly("cpu1");
        EarliestFinishTime byLot = new EarliestFinishTime(TieBreak.of("random", 3));
        int first = 0;
        for (int i = 0; i < 1_000; i++) {
            first += round.run(byLot).placement().equals(java.util.List.of("cpu0")) ? 1 : 0;
        }
        assertThat(first).as("times that cpu0 was drawn of 1000").isBetween(400, 600);
    }

    @Test
    void optionsThatMakeNoSenseAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TieBreak.of("best", 0))
                .withMessage("option 'ties' is 'best', expected 'first', 'least-loaded' or 'random'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Room(0))
                .withMessage("option 'queue.depth' is 0, expected 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Patience(0))
                .withMessage("option 'patience' is 0, expected 1 or more");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Fitness(1, -1, 0))
                .withMessage("option 'beta' is -1.0, expected a number from 0");
    }

    private static String dmda(double alpha, double beta, double gamma, FakeRound round) {
        return round.run(new Dmda(new Fitness(alpha, beta, gamma), TieBreak.of("first", 0)))
                .placement()
                .get(0);
    }

    private static int nanos(int[][] nanos, FakeTask task, FakePe pe) {
        return nanos[(int) task.id()][pe.id().equals("a0") ? 0 : 1];
    }

    private static void addTasks(FakeRound round, int count) {
        for (int i = 0; i < count; i++) {
            round.task(FakeTask.of(i));
        }
    }
}
