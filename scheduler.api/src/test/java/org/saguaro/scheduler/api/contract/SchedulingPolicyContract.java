// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * What every {@link SchedulingPolicy} must do. Extend it in the policy's tests and implement {@link #createPolicy}.
 *
 * <p>A policy that leaves tasks ready, to give PEs only as much as they need, is welcome: time passes between rounds here, and PEs finish what
 * they were given. A policy that prefers some tasks to others (by rank, deadline, priority, value or tenant) still owes each task a bound: what it
 * passes over must be assigned within {@link #patienceRounds} rounds, however attractive the others are and even if there are more of them than the
 * PEs can do.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
public abstract class SchedulingPolicyContract {

    private static final int PES = 8;

    /** A fresh policy. One that draws random numbers gets the same seed every time. */
    protected abstract SchedulingPolicy createPolicy();

    /** Rounds after which a task that some PE supports must have been assigned, while others keep coming. */
    protected int patienceRounds() {
        return 1_000;
    }

    @Test
    void assignsOnlyWhereSupportedAndOnce() {
        SchedulingPolicy policy = createPolicy();
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            FakeRound round = randomRound(random, random.nextInt(40) + 1, random.nextInt(9));
            round.run(policy);
            assertThat(round.violations()).as("rules broken in round %d", seed).isEmpty();
        }
    }

    @Test
    void leavesEverythingWhenThereIsNoPe() {
        SchedulingPolicy policy = createPolicy();
        FakeRound round = new FakeRound().task(FakeTask.of(1)).task(FakeTask.of(2));

        round.run(policy);
        assertThat(round.placement()).as("placement without PEs").containsExactly("-", "-");

        round.pe(FakePe.idle("cpu0"));
        drain(round, policy);
        assertThat(round.tasks()).as("tasks left after a PE came").isEmpty();
    }

    @Test
    void passesOverWhatNobodySupports() {
        SchedulingPolicy policy = createPolicy();
        FakeRound round = new FakeRound().support((task, pe) -> task.signature() != 7);
        addPes(round, 3);
        for (int id = 0; id < 20; id++) {
            round.task(FakeTask.of(id).signature(id % 2 == 0 ? 7 : 1));
        }

        drain(round, policy);

        assertThat(round.tasks())
                .as("tasks left")
                .hasSize(10)
                .allSatisfy(task -> assertThat(task.signature()).as("signature").isEqualTo(7));
    }

    @Test
    void assignsEverySupportedTaskInTheEnd() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            FakeRound round = randomRound(random, 60, PES);
            drain(round, createPolicy());
            assertThat(round.tasks())
                    .as("tasks left with seed %d, of those that a PE supports", seed)
                    .noneMatch(task -> round.pes().stream().anyMatch(pe -> supports(task, pe)));
        }
    }

    /** The most unattractive task there can be: dear, of the lowest rank, and supported by the busiest PE only. */
    @Test
    void starvesNobodyWhileOthersKeepComing() {
        SchedulingPolicy policy = createPolicy();
        int victimSignature = 99;
        FakeRound round = new FakeRound()
                .support((task, pe) ->
                        task.signature() != victimSignature || pe.id().equals("pe0"))
                .execution((task, pe) -> task.signature() == victimSignature ? 1_000_000 : 1_000)
                .transfer((task, pe) -> pe.id().equals("pe0") ? 0 : 100);
        addPes(round, 4);
        round.task(FakeTask.of(0).signature(victimSignature).upwardRank(0));
        long nextId = 1;
        for (int i = 0; i < patienceRounds(); i++) {
            // Three tasks of 1 us every microsecond keep three of the four PEs busy for good.
            for (int arrival = 0; arrival < 3; arrival++) {
                round.task(FakeTask.of(nextId++).ready(i * 1_000L).upwardRank(1_000_000));
            }
            round.advance(i * 1_000L).run(policy);
            round.dispatch();
            if (round.tasks().stream().noneMatch(task -> task.id() == 0)) {
                assertThat(round.violations()).as("rules broken").isEmpty();
                return;
            }
        }
        throw new AssertionError("task 0 was not assigned in " + patienceRounds() + " rounds, though pe0 supports it");
    }

    /** As above, and now the others are of higher priority, due soon, worth more, of another tenant, and more than the PEs can do. */
    @Test
    void starvesNobodyWhenThereIsMoreThanCanBeDone() {
        SchedulingPolicy policy = createPolicy();
        int victimSignature = 99;
        FakeRound round = new FakeRound()
                .support((task, pe) ->
                        task.signature() != victimSignature || pe.id().equals("pe0"))
                .execution((task, pe) -> task.signature() == victimSignature ? 100_000 : 1_000)
                .energy((task, pe) -> task.signature() == victimSignature ? 100_000 : 1_000);
        addPes(round, 4);
        round.task(FakeTask.of(0).signature(victimSignature).tenant(1, 0.01).priority(-5));
        long nextId = 1;
        for (int i = 0; i < patienceRounds(); i++) {
            long now = i * 1_000L;
            // Six tasks of 1 us every microsecond for four PEs.
            for (int arrival = 0; arrival < 6; arrival++) {
                round.task(FakeTask.of(nextId++)
                        .ready(now)
                        .upwardRank(1_000_000)
                        .tenant(0, 100)
                        .priority(5)
                        .due(now + 2_000, now + 1_000_000, 1_000));
            }
            round.advance(now).run(policy);
            assertThat(round.violations()).as("rules broken").isEmpty();
            round.dispatch();
            if (round.tasks().stream().noneMatch(task -> task.id() == 0)) {
                return;
            }
        }
        throw new AssertionError("task 0 was not assigned in " + patienceRounds() + " rounds, though pe0 supports it");
    }

    /** A request without a hard deadline is owed an answer, however late it is. */
    @Test
    void dropsOnlyRequestsWithAHardDeadline() {
        SchedulingPolicy policy = createPolicy();
        FakeRound round = new FakeRound().now(1_000_000).execution((task, pe) -> 1_000);
        addPes(round, 2);
        for (int id = 0; id < 30; id++) {
            FakeTask task = FakeTask.of(id);
            round.task(
                    switch (id % 3) {
                        case 0 -> task;
                        case 1 -> task.due(10, FakeTask.NO_DEADLINE, 1);
                        default -> task.due(10, 20, 1);
                    });
        }

        drain(round, policy);

        assertThat(round.violations()).as("rules broken").isEmpty();
        assertThat(round.tasks()).as("tasks left").isEmpty();
    }

    @Test
    void decidesTheSameWhenItSeesTheSame() {
        assertThat(placements(createPolicy()))
                .as("placements by a second instance")
                .isEqualTo(placements(createPolicy()));
    }

    @Test
    void copesWithPesThatComeAndGo() {
        SchedulingPolicy policy = createPolicy();
        Random random = new Random(1);
        FakeRound round = new FakeRound()
                .support(SchedulingPolicyContract::supports)
                .execution(SchedulingPolicyContract::executionNanos);
        long id = 0;
        for (int i = 0; i < 500; i++) {
            if (random.nextBoolean() && !round.pes().isEmpty()) {
                round.pes().remove(random.nextInt(round.pes().size()));
            } else {
                FakePe pe = FakePe.idle("pe" + random.nextInt(1_000));
                if (round.pes().stream().noneMatch(other -> other.id().equals(pe.id()))) {
                    round.pes().add(random.nextInt(round.pes().size() + 1), pe);
                }
            }
            round.task(FakeTask.of(id++).signature(random.nextInt(5)));
            round.advance(i * 1_000L).run(policy);
            assertThat(round.violations()).as("rules broken in round %d", i).isEmpty();
            round.dispatch();
        }
        addPes(round, PES);
        drain(round, policy);
        assertThat(round.tasks()).as("tasks left in the end").isEmpty();
    }

    @Test
    void copesWithAThousandTimesMoreThanUsual() {
        FakeRound round = randomRound(new Random(3), 10_000, 64);

        drain(round, createPolicy());

        assertThat(round.violations()).as("rules broken").isEmpty();
        assertThat(round.tasks().stream().filter(task -> round.pes().stream().anyMatch(pe -> supports(task, pe))))
                .as("tasks left")
                .isEmpty();
    }

    @Test
    void allocatesNothingInSteadyState() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assumptions.assumeTrue(threads.isThreadAllocatedMemorySupported(), "this JVM does not count allocated bytes");
        SchedulingPolicy policy = createPolicy();
        FakeRound small = randomRound(new Random(4), 3, PES);
        FakeRound large = randomRound(new Random(5), 100, PES);
        long least = Long.MAX_VALUE;
        // The least of several passes: the first ones grow arrays, load classes and compile.
        for (int pass = 0; pass < 10; pass++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 100; i++) {
                small.run(policy);
                large.run(policy);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes allocated in 200 rounds").isZero();
    }

    /** Runs rounds, at ever later times, until nothing is left that a PE supports, or patience ends. */
    private void drain(FakeRound round, SchedulingPolicy policy) {
        long start = round.nowNanos();
        for (int i = 0;
                i < patienceRounds() + round.tasks().size() && !round.tasks().isEmpty();
                i++) {
            round.advance(start + i * 1_000_000L).run(policy);
            assertThat(round.violations()).as("rules broken").isEmpty();
            if (round.assignedCount() == 0 && nobodySupportsAnything(round)) {
                return;
            }
            round.dispatch();
        }
    }

    private static boolean nobodySupportsAnything(FakeRound round) {
        for (int task = 0; task < round.tasks().size(); task++) {
            for (int pe = 0; pe < round.pes().size(); pe++) {
                if (round.supports(task, pe)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static List<List<String>> placements(SchedulingPolicy policy) {
        List<List<String>> placements = new ArrayList<>();
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            FakeRound round = randomRound(random, random.nextInt(30) + 1, random.nextInt(9));
            round.run(policy);
            placements.add(round.placement());
        }
        return placements;
    }

    private static FakeRound randomRound(Random random, int tasks, int pes) {
        FakeRound round = new FakeRound()
                .now(random.nextInt(10_000))
                .support(SchedulingPolicyContract::supports)
                .execution(SchedulingPolicyContract::executionNanos)
                .transfer((task, pe) -> pe.type().equals("fpga") ? 50 : 0);
        for (int i = 0; i < tasks; i++) {
            FakeTask task = FakeTask.of(i)
                    .signature(random.nextInt(6))
                    .request(random.nextInt(tasks))
                    .upwardRank(random.nextInt(100_000))
                    .tenant(random.nextInt(3), 1 + random.nextInt(4))
                    .priority(random.nextInt(3));
            long soft = random.nextInt(30_000);
            round.task(
                    switch (random.nextInt(3)) {
                        case 0 -> task;
                        case 1 -> task.due(soft, FakeTask.NO_DEADLINE, 1 + random.nextInt(10));
                        default -> task.due(soft, soft + random.nextInt(10_000), 1 + random.nextInt(10));
                    });
        }
        for (int i = 0; i < pes; i++) {
            FakePe pe = FakePe.idle((i % 3 == 2 ? "fpga" : "cpu") + i);
            round.pe(pe.busy(random.nextInt(20_000), random.nextInt(4)));
        }
        return round;
    }

    /** CPUs run signatures below 5, FPGAs the odd ones, others everything; signature 5 needs an FPGA. */
    private static boolean supports(FakeTask task, FakePe pe) {
        return switch (pe.type()) {
            case "cpu" -> task.signature() < 5;
            case "fpga" -> task.signature() % 2 == 1;
            default -> true;
        };
    }

    private static long executionNanos(FakeTask task, FakePe pe) {
        return (pe.type().equals("fpga") ? 300 : 1_000) * (1L + task.signature());
    }

    private static void addPes(FakeRound round, int count) {
        for (int i = 0; i < count; i++) {
            String id = "pe" + i;
            round.pes().removeIf(pe -> pe.id().equals(id));
            round.pe(FakePe.idle(id));
        }
    }
}
