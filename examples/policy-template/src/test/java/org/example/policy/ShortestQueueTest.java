// SPDX-License-Identifier: Apache-2.0
package org.example.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.api.contract.FakePe;
import org.saguaro.scheduler.api.contract.FakeRound;
import org.saguaro.scheduler.api.contract.FakeTask;
import org.saguaro.scheduler.api.contract.SchedulingPolicyContract;

/** The contract, whose tests are inherited, and one test of the rule. */
class ShortestQueueTest extends SchedulingPolicyContract {

    @Override
    protected SchedulingPolicy createPolicy() {
        return new ShortestQueue();
    }

    @Test
    void takesTheShorterQueue() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("cpu0").busy(100, 2))
                .pe(FakePe.idle("cpu1").busy(900, 1))
                .task(FakeTask.of(1))
                .task(FakeTask.of(2));

        assertThat(round.run(createPolicy()).placement()).containsExactly("cpu1", "cpu0");
    }
}
