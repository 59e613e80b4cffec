// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api.contract;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** The contract must let a right policy pass and find what is wrong with a wrong one. */
class SchedulingPolicyContractTest {

    private static int counter;
    private static Object sink = new Object();

    @Test
    void aRightPolicyPasses() {
        SchedulingPolicyContract contract = contract(() -> SchedulingPolicyContractTest::firstThatSupports);

        assertThatCode(() -> {
                    contract.assignsOnlyWhereSupportedAndOnce();
                    contract.leavesEverythingWhenThereIsNoPe();
                    contract.passesOverWhatNobodySupports();
                    contract.assignsEverySupportedTaskInTheEnd();
                    contract.starvesNobodyWhileOthersKeepComing();
                    contract.starvesNobodyWhenThereIsMoreThanCanBeDone();
                    contract.dropsOnlyRequestsWithAHardDeadline();
                    contract.decidesTheSameWhenItSeesTheSame();
                    contract.copesWithPesThatComeAndGo();
                    contract.copesWithAThousandTimesMoreThanUsual();
                    contract.allocatesNothingInSteadyState();
                })
                .doesNotThrowAnyException();
    }

    @Test
    void findsAssignmentsThatAreNotSupported() {
        fails(
                () -> (ready, pool, costs, assignment) -> {
                    if (pool.size() > 0) {
                        assignment.assign(0, 0);
                    }
                },
                SchedulingPolicyContract::assignsOnlyWhereSupportedAndOnce);
    }

    @Test
    void findsThatAnEmptyPoolIsNotExpected() {
        fails(
                () -> (ready, pool, costs, assignment) -> pool.get(0).availableAtNanos(),
                SchedulingPolicyContract::leavesEverythingWhenThereIsNoPe);
    }

    @Test
    void findsThatATaskNobodySupportsBlocksTheQueue() {
        fails(
                () -> (ready, pool, costs, assignment) -> {
                    for (int pe = 0; pe < pool.size(); pe++) {
                        if (costs.supports(0, pe)) {
                            assignment.assign(0, pe);
                            return;
                        }
                    }
                },
                SchedulingPolicyContract::passesOverWhatNobodySupports);
    }

    @Test
    void findsStarvation() {
        SchedulingPolicy highestRankOnly = (ready, pool, costs, assignment) -> {
            int best = 0;
            for (int task = 1; task < ready.size(); task++) {
                if (ready.get(task).upwardRankNanos() > ready.get(best).upwardRankNanos()) {
                    best = task;
                }
            }
            assignment.assign(best, 0);
        };
        fails(() -> highestRankOnly, SchedulingPolicyContract::starvesNobodyWhileOthersKeepComing);
    }

    @Test
    void findsStarvationByPriority() {
        SchedulingPolicy highestPriorityOnly = (ready, pool, costs, assignment) -> {
            int best = 0;
            for (int task = 1; task < ready.size(); task++) {
                if (ready.get(task).priority() > ready.get(best).priority()) {
                    best = task;
                }
            }
            assignment.assign(best, 0);
        };
        fails(() -> highestPriorityOnly, SchedulingPolicyContract::starvesNobodyWhenThereIsMoreThanCanBeDone);
    }

    @Test
    void findsThatARequestIsDroppedThatIsOnlyLate() {
        fails(
                () -> (ready, pool, costs, assignment) -> {
                    for (int task = 0; task < ready.size(); task++) {
                        if (ready.get(task).softDeadlineNanos() < pool.nowNanos()) {
                            assignment.drop(task);
                        } else {
                            assignment.assign(task, 0);
                        }
                    }
                },
                SchedulingPolicyContract::dropsOnlyRequestsWithAHardDeadline);
    }

    @Test
    void findsThatNothingIsEverAssigned() {
        fails(
                () -> (ready, pool, costs, assignment) -> {},
                SchedulingPolicyContract::assignsEverySupportedTaskInTheEnd);
    }

    @Test
    void findsDecisionsThatDependOnSomethingUnseen() {
        fails(
                () -> (ready, pool, costs, assignment) -> {
                    int pe = counter++ % Math.max(1, pool.size());
                    if (pool.size() > 0 && costs.supports(0, pe)) {
                        assignment.assign(0, pe);
                    }
                },
                SchedulingPolicyContract::decidesTheSameWhenItSeesTheSame);
    }

    @Test
    void findsPositionsKeptFromAnEarlierRound() {
        fails(
                () -> new SchedulingPolicy() {
                    private int previous;

                    @Override
                    public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
                        if (pool.size() > 0 && costs.supports(0, previous)) {
                            assignment.assign(0, previous);
                        }
                        previous = Math.max(0, pool.size() - 1);
                    }
                },
                SchedulingPolicyContract::copesWithPesThatComeAndGo);
    }

    @Test
    void findsGarbage() {
        fails(
                () -> (ready, pool, costs, assignment) -> sink = new int[ready.size()],
                SchedulingPolicyContract::allocatesNothingInSteadyState);
    }

    private static void firstThatSupports(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
        for (int task = 0; task < ready.size(); task++) {
            for (int pe = 0; pe < pool.size(); pe++) {
                if (costs.supports(task, pe)) {
                    assignment.assign(task, pe);
                    break;
                }
            }
        }
    }

    private static void fails(Supplier<SchedulingPolicy> policy, Consumer<SchedulingPolicyContract> test) {
        SchedulingPolicyContract contract = contract(policy);
        assertThatThrownBy(() -> test.accept(contract)).isInstanceOfAny(AssertionError.class, RuntimeException.class);
    }

    private static SchedulingPolicyContract contract(Supplier<SchedulingPolicy> policy) {
        return new SchedulingPolicyContract() {
            @Override
            protected SchedulingPolicy createPolicy() {
                return policy.get();
            }

            @Override
            protected int patienceRounds() {
                return 50;
            }
        };
    }
}
