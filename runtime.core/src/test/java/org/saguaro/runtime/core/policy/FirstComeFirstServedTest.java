// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.api.contract.FakePe;
import org.saguaro.scheduler.api.contract.FakeRound;
import org.saguaro.scheduler.api.contract.FakeTask;
import org.saguaro.scheduler.api.contract.SchedulingPolicyContract;

class FirstComeFirstServedTest extends SchedulingPolicyContract {

    @Override
    protected SchedulingPolicy createPolicy() {
        return new FirstComeFirstServed();
    }

    private final FakeRound round = new FakeRound();

    private void tasks(int count) {
        for (int id = 1; id <= count; id++) {
            round.task(FakeTask.of(id));
        }
    }

    @Test
    void givesEachTaskToThePeWithTheFewest() {
        round.pe(FakePe.idle("cpu0").busy(0, 2))
                .pe(FakePe.idle("cpu1"))
                .pe(FakePe.idle("cpu2").busy(0, 1));
        tasks(5);

        round.run(createPolicy());

        assertThat(round.placement()).containsExactly("cpu1", "cpu1", "cpu2", "cpu0", "cpu1");
        assertThat(round.assignmentOrder()).as("oldest first").containsExactly(1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void looksAtWhoSupportsATaskOnly() {
        round.pe(FakePe.idle("cpu0").busy(0, 9))
                .pe(FakePe.idle("fpga0"))
                .support((task, pe) -> task.id() != 2 || pe.type().equals("cpu"));
        tasks(3);

        assertThat(round.run(createPolicy()).placement()).containsExactly("fpga0", "cpu0", "fpga0");
    }

    @Test
    void costsDoNotMatter() {
        round.pe(FakePe.idle("slow0"))
                .pe(FakePe.idle("fast0"))
                .execution((task, pe) -> pe.type().equals("slow") ? 1_000 : 1);
        tasks(2);

        assertThat(round.run(createPolicy()).placement()).containsExactly("slow0", "fast0");
    }

    @Test
    void keepsNothingFromRoundToRound() {
        SchedulingPolicy policy = createPolicy();
        round.pe(FakePe.idle("cpu0")).pe(FakePe.idle("cpu1"));
        tasks(3);
        round.run(policy);
        round.tasks().clear();
        tasks(1);

        assertThat(round.run(policy).placement())
                .as("as if nothing had been assigned before")
                .containsExactly("cpu0");
    }
}
