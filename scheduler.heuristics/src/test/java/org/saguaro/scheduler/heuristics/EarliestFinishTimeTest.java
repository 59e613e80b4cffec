// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.saguaro.scheduler.api.contract.FakePe;
import org.saguaro.scheduler.api.contract.FakeRound;
import org.saguaro.scheduler.api.contract.FakeTask;

class EarliestFinishTimeTest {

    private final EarliestFinishTime policy = new EarliestFinishTime();

    @Test
    void takesTheFasterPe() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("fpga0"))
                .task(FakeTask.of(1))
                .execution((task, pe) -> pe.type().equals("fpga") ? 10 : 100);

        assertThat(round.run(policy).placement()).containsExactly("fpga0");
    }

    @Test
    void countsTheTransfer() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("fpga0"))
                .task(FakeTask.of(1))
                .execution((task, pe) -> pe.type().equals("fpga") ? 10 : 100)
                .transfer((task, pe) -> pe.type().equals("fpga") ? 95 : 0);

        assertThat(round.run(policy).placement()).as("100 against 10 + 95").containsExactly("cpu0");
    }

    @Test
    void countsTheWaitForABusyPe() {
        FakeRound round = new FakeRound()
                .now(1_000)
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("fpga0").busy(1_095, 1))
                .task(FakeTask.of(1))
                .execution((task, pe) -> pe.type().equals("fpga") ? 10 : 100);

        assertThat(round.run(policy).placement()).as("1100 against 1095 + 10").containsExactly("cpu0");
    }

    @Test
    void aPastAvailabilityIsNoAdvantage() {
        FakeRound round = new FakeRound()
                .now(1_000)
                .pe(FakePe.idle("cpu0").busy(999, 0))
                .pe(FakePe.idle("cpu1").busy(1, 0))
                .task(FakeTask.of(1));

        assertThat(round.run(policy).placement())
                .as("a draw at 1000: the first")
                .containsExactly("cpu0");
    }

    @Test
    void countsWhatItHasAssignedInTheSameRound() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("fpga0"))
                .execution((task, pe) -> pe.type().equals("fpga") ? 40 : 100);
        for (int i = 0; i < 4; i++) {
            round.task(FakeTask.of(i));
        }

        // Finishes: fpga0 at 40, at 80, then 120 against cpu0's 100, then 120 against 200.
        assertThat(round.run(policy).placement()).containsExactly("fpga0", "fpga0", "cpu0", "fpga0");
    }

    @Test
    void aDrawGoesToTheFirstInThePool() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu1"))
                .pe(FakePe.idle("cpu0"))
                .task(FakeTask.of(1))
                .execution((task, pe) -> 5);

        assertThat(round.run(policy).placement()).containsExactly("cpu1");
    }

    /** Against the rule as it is written, without the short cut. */
    @Test
    void choosesWhatTheRuleSays() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int pes = random.nextInt(8) + 1;
            long now = random.nextInt(50);
            int[][] costs = new int[20][pes];
            FakeRound round = new FakeRound()
                    .now(now)
                    .support((task, pe) -> costs[(int) task.id()][position(pe)] % 3 != 0)
                    .execution((task, pe) -> costs[(int) task.id()][position(pe)] % 40)
                    .transfer((task, pe) -> costs[(int) task.id()][position(pe)] % 7);
            for (int pe = 0; pe < pes; pe++) {
                round.pe(FakePe.idle("pe" + pe).busy(random.nextInt(100), 0));
            }
            for (int task = 0; task < costs.length; task++) {
                costs[task] = random.ints(pes, 0, 1_000).toArray();
                round.task(FakeTask.of(task));
            }
            round.run(policy);
            assertThat(round.violations()).isEmpty();
            assertFollowsTheRule(round, costs, now, seed);
        }
    }

    private static void assertFollowsTheRule(FakeRound round, int[][] costs, long now, int seed) {
        long[] available = round.pes().stream()
                .mapToLong(pe -> Math.max(now, pe.availableAtNanos()))
                .toArray();
        for (int task = 0; task < costs.length; task++) {
            int best = FakeRound.NOWHERE;
            long earliest = Long.MAX_VALUE;
            for (int pe = 0; pe < available.length; pe++) {
                long finish = available[pe] + costs[task][pe] % 40 + costs[task][pe] % 7;
                if (costs[task][pe] % 3 != 0 && finish < earliest) {
                    earliest = finish;
                    best = pe;
                }
            }
            assertThat(round.peOf(task))
                    .as("PE of task %d, seed %d", task, seed)
                    .isEqualTo(best);
            if (best != FakeRound.NOWHERE) {
                available[best] = earliest;
            }
        }
    }

    private static int position(FakePe pe) {
        return Integer.parseInt(pe.id().substring(2));
    }
}
