// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.saguaro.scheduler.api.contract.FakePe;
import org.saguaro.scheduler.api.contract.FakeRound;
import org.saguaro.scheduler.api.contract.FakeTask;

class RoundRobinTest {

    private final RoundRobin policy = new RoundRobin();

    @Test
    void takesPesInTurnWhateverTheyCost() {
        FakeRound round =
                pool("cpu0", "cpu1", "fpga0").execution((task, pe) -> pe.id().equals("cpu0") ? 1 : 1_000);
        round.pes().set(1, FakePe.idle("cpu1").busy(1_000_000, 50));
        addTasks(round, 5);

        assertThat(round.run(policy).placement()).containsExactly("cpu0", "cpu1", "fpga0", "cpu0", "cpu1");
    }

    @Test
    void goesOnWhereItStoppedInTheRoundBefore() {
        FakeRound round = pool("cpu0", "cpu1", "cpu2");
        addTasks(round, 2);
        round.run(policy);

        assertThat(round.run(policy).placement()).containsExactly("cpu2", "cpu0");
    }

    @Test
    void passesOverPesThatDoNotSupportTheTask() {
        FakeRound round =
                pool("cpu0", "cpu1", "fpga0").support((task, pe) -> pe.type().equals("cpu") || task.signature() == 1);
        addTasks(round, 3);
        round.task(FakeTask.of(3).signature(1));

        assertThat(round.run(policy).placement()).containsExactly("cpu0", "cpu1", "cpu0", "cpu1");
    }

    @Test
    void aTaskThatNobodySupportsDoesNotTurnTheWheel() {
        FakeRound round = pool("cpu0", "cpu1").support((task, pe) -> task.signature() == 0);
        round.task(FakeTask.of(0)).task(FakeTask.of(1).signature(9)).task(FakeTask.of(2));

        assertThat(round.run(policy).placement()).containsExactly("cpu0", "-", "cpu1");
    }

    @Test
    void turnsInTheOrderOfIdsNotOfPositions() {
        FakeRound round = pool("cpu2", "cpu0", "cpu1");
        addTasks(round, 3);

        assertThat(round.run(policy).placement()).containsExactly("cpu0", "cpu1", "cpu2");
    }

    @Test
    void goesOnAfterThePeUsedLastEvenIfItIsGone() {
        FakeRound round = pool("cpu0", "cpu1", "cpu2");
        addTasks(round, 2);
        round.run(policy);
        round.pes().remove(1);

        assertThat(round.run(policy).placement())
                .as("after cpu1, used last, has gone")
                .containsExactly("cpu2", "cpu0");
    }

    private static FakeRound pool(String... ids) {
        FakeRound round = new FakeRound();
        for (String id : ids) {
            round.pe(FakePe.idle(id));
        }
        return round;
    }

    private static void addTasks(FakeRound round, int count) {
        for (int i = 0; i < count; i++) {
            round.task(FakeTask.of(i));
        }
    }
}
