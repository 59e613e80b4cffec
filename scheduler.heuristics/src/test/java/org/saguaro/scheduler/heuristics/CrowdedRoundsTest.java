// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.api.contract.FakePe;
import org.saguaro.scheduler.api.contract.FakeRound;
import org.saguaro.scheduler.api.contract.FakeTask;

/** What policies that bind late do when ready tasks are many. */
class CrowdedRoundsTest {

    private static final long NEVER = FakeTask.NO_DEADLINE;

    /** With as many tasks more than {@link Room#FEW}, a PE is given a millisecond of work. */
    private static final int TASKS = Room.FEW + 1_000;

    static Stream<SchedulingPolicy> latePolicies() {
        return Stream.of(
                new EarliestDeadlineFirst(),
                new LeastLaxityFirst(),
                new ValueOfService(),
                new FairShare(),
                new Dmdas(new Fitness(1, 1, 0), TieBreak.of(TieBreak.FIRST, 0), 2, 64));
    }

    private static FakeRound crowd(long executionNanos) {
        FakeRound round = new FakeRound().pe(FakePe.idle("cpu0")).execution((task, pe) -> executionNanos);
        for (int id = 0; id < TASKS; id++) {
            round.task(FakeTask.of(id));
        }
        return round;
    }

    @ParameterizedTest
    @MethodSource("latePolicies")
    void tinyTasksAreGivenOutInBatches(SchedulingPolicy policy) {
        FakeRound round = crowd(2_000).run(policy);

        assertThat(round.assignedCount()).as("a millisecond of work").isEqualTo(500);
        assertThat(round.assignmentOrder().get(499))
                .as("the last one, in order of age")
                .isEqualTo(499L);

        round.dispatch();
        assertThat(round.advance(100_000).run(policy).assignedCount())
                .as("while the PE has enough")
                .isZero();
        assertThat(round.advance(800_000).run(policy).assignedCount())
                .as("what brings 0.2 ms of work to half a millisecond, as there are half as many")
                .isEqualTo(150);
    }

    @ParameterizedTest
    @MethodSource("latePolicies")
    void longTasksWaitForAPlaceInTheQueueAsEver(SchedulingPolicy policy) {
        FakeRound round = crowd(10_000_000).run(policy);

        assertThat(round.assignedCount()).isEqualTo(2);
        round.dispatch();
        assertThat(round.advance(9_000_000).run(policy).assignedCount())
                .as("while the queue is full")
                .isZero();
        assertThat(round.advance(10_000_000).run(policy).assignedCount())
                .as("when the first has ended")
                .isEqualTo(1);
        round.dispatch();
        assertThat(round.pe(FakePe.idle("cpu1")).advance(10_000_001).run(policy).assignedCount())
                .as("for a PE that comes right after a look, when none will be done soon")
                .isEqualTo(2);
    }

    @Test
    void theOldestIsNotOvertakenByAllThatALookGivesOut() {
        FakeRound round = new FakeRound().pe(FakePe.idle("cpu0")).execution((task, pe) -> 2_000);
        for (int id = 0; id < TASKS; id++) {
            round.task(FakeTask.of(id).due(id == 0 ? NEVER : 1_000, NEVER, 1));
        }
        SchedulingPolicy policy = new EarliestDeadlineFirst(TieBreak.of(TieBreak.FIRST, 0), 1, 7);

        assertThat(round.run(policy).assignedCount()).isEqualTo(7);
        round.dispatch();
        assertThat(round.run(policy).assignmentOrder().get(0))
                .as("right after that")
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("latePolicies")
    void whatNobodyWantsIsNotLookedAtEveryTime(SchedulingPolicy policy) {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0"))
                .pe(FakePe.idle("slow0"))
                .execution((task, pe) -> pe.id().equals("slow0") ? 1_000_000_000 : 2_000);
        for (int id = 0; id < TASKS; id++) {
            round.task(FakeTask.of(id));
        }
        assertThat(round.run(policy).placement()).doesNotContain("slow0").contains("cpu0");
        round.dispatch();
        FakeRound later = round.advance(100_000);
        later.execution((task, pe) -> pe.id().equals("slow0") ? 1 : 2_000);

        assertThat(later.run(policy).assignedCount())
                .as("while cpu0 will soon have done what it has")
                .isZero();
        assertThat(round.advance(800_000).run(policy).placement())
                .as("at the next look")
                .contains("slow0");
    }

    @ParameterizedTest
    @MethodSource("latePolicies")
    void whatNobodyWantedIsLookedAtAgainWhenNothingElseWillHappenSoon(SchedulingPolicy policy) {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0").busy(1_000_000_000, 2))
                .pe(FakePe.idle("slow0"))
                .execution((task, pe) -> pe.id().equals("slow0") ? 60_000_000_000L : 2_000);
        for (int id = 0; id < TASKS; id++) {
            round.task(FakeTask.of(id));
        }
        assertThat(round.run(policy).assignedCount()).isZero();
        round.execution((task, pe) -> 1);

        assertThat(round.advance(1).run(policy).placement()).contains("slow0");
    }
}
