// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** A fake that let everything pass would make every policy look right. */
class FakeRoundTest {

    private final FakeRound round = new FakeRound()
            .pe(FakePe.idle("cpu0"))
            .pe(FakePe.idle("fpga0"))
            .task(FakeTask.of(10))
            .task(FakeTask.of(11).signature(1))
            .support((task, pe) -> pe.type().equals("cpu") || task.signature() == 1)
            .execution((task, pe) -> 100)
            .transfer((task, pe) -> 7);

    @Test
    void remembersWhatWasAssigned() {
        round.run((ready, pool, costs, assignment) -> {
            assignment.assign(1, 1);
            assignment.assign(0, 0);
        });

        assertThat(round.placement()).containsExactly("cpu0", "fpga0");
        assertThat(round.assignmentOrder()).containsExactly(11L, 10L);
        assertThat(round.violations()).isEmpty();
    }

    @Test
    void refusesAndRemembersWhatIsAgainstTheRules() {
        breaks("does not support", (ready, pool, costs, assignment) -> assignment.assign(0, 1));
        breaks("unknown", (ready, pool, costs, assignment) -> assignment.assign(2, 0));
        breaks("unknown", (ready, pool, costs, assignment) -> assignment.assign(0, -1));
        breaks("unknown", (ready, pool, costs, assignment) -> costs.supports(0, 2));
        breaks("not supported", (ready, pool, costs, assignment) -> costs.executionNanos(0, 1));
        breaks("not supported", (ready, pool, costs, assignment) -> costs.transferNanos(0, 1));
        breaks("assigned or dropped", (ready, pool, costs, assignment) -> {
            assignment.assign(1, 0);
            assignment.assign(1, 1);
        });
        assertThat(round.violations()).hasSize(7);
    }

    @Test
    void dispatchKeepsPesBusyAndTheRestReady() {
        round.now(1_000).run((ready, pool, costs, assignment) -> assignment.assign(1, 1));
        round.dispatch();

        assertThat(round.tasks()).extracting(FakeTask::id).containsExactly(10L);
        assertThat(round.pes().get(1)).isEqualTo(FakePe.idle("fpga0").busy(1_107, 1));
        assertThat(round.pes().get(0)).isEqualTo(FakePe.idle("cpu0"));
    }

    @Test
    void pesFinishWhatTheyWereGivenAsTimePasses() {
        round.task(FakeTask.of(12)).run((ready, pool, costs, assignment) -> {
            assignment.assign(0, 0);
            assignment.assign(2, 0);
        });
        round.dispatch();

        round.advance(106);
        assertThat(round.pes().get(0).queuedTasks()).as("before the first ends").isEqualTo(2);
        round.advance(107);
        assertThat(round.pes().get(0).queuedTasks()).as("after the first").isEqualTo(1);
        round.advance(214);
        assertThat(round.pes().get(0).queuedTasks()).as("after the second").isZero();
    }

    @Test
    void dropsOnlyWhatHasAHardDeadlineAndOnlyOnce() {
        round.task(FakeTask.of(12).due(1, 2, 1));

        breaks("no hard deadline", (ready, pool, costs, assignment) -> assignment.drop(0));
        breaks("unknown", (ready, pool, costs, assignment) -> assignment.drop(3));
        breaks("assigned or dropped", (ready, pool, costs, assignment) -> {
            assignment.drop(2);
            assignment.assign(2, 0);
        });
        round.run((ready, pool, costs, assignment) -> assignment.drop(2));
        assertThat(round.isDropped(2)).isTrue();
        assertThat(round.placement()).containsExactly("-", "-", "x");
        round.dispatch();
        assertThat(round.tasks()).extracting(FakeTask::id).containsExactly(10L, 11L);
    }

    private void breaks(String rule, SchedulingPolicy policy) {
        assertThatIllegalArgumentException().isThrownBy(() -> round.run(policy)).withMessageContaining(rule);
    }
}
