// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.saguaro.scheduler.api.contract.FakePe;
import org.saguaro.scheduler.api.contract.FakeRound;
import org.saguaro.scheduler.api.contract.FakeTask;

/** The rules that compare all ready tasks before each placement: by hand, and against the rules as they are written. */
class BatchRulesTest {

    /** Execution times of tasks 0 to 3 on machines 0 to 3: the example with which Sufferage's paper sets it off from Min-min. */
    private static final int[][] PAPER = {
        {40, 48, 134, 50},
        {50, 82, 88, 89},
        {55, 68, 94, 93},
        {52, 60, 78, 108}
    };

    @Test
    void minMinTakesTheShortestFirst() {
        FakeRound round = paper();

        // Finishes: 40; then 60 on m1; then 88 on m2 rather than 90 on m0; then 93 on m3.
        assertThat(round.run(new MinMin()).placement()).containsExactly("m0", "m2", "m3", "m1");
        assertThat(round.assignmentOrder()).containsExactly(0L, 3L, 1L, 2L);
    }

    @Test
    void maxMinTakesTheLongestFirst() {
        FakeRound round = paper();

        // Earliest finishes 40, 50, 55, 52: task 2 to m0. Then 48, 82, 60: task 1 to m1. Then 50, 78: task 3 to m2.
        assertThat(round.run(new MaxMin()).placement()).containsExactly("m3", "m1", "m0", "m2");
        assertThat(round.assignmentOrder()).containsExactly(2L, 1L, 3L, 0L);
    }

    @Test
    void sufferageTakesWhoSuffersMost() {
        FakeRound round = paper();

        // All want m0 and suffer 8, 32, 13, 8 without: task 1. Then tasks 0, 2, 3 want m1 and suffer 2, 25, 18: task 2.
        // Then m3 and m2.
        assertThat(round.run(new Sufferage()).placement()).containsExactly("m3", "m0", "m1", "m2");
        assertThat(round.assignmentOrder()).startsWith(1L, 2L);
    }

    @Test
    void etfComparesStartsAndTheRankDecides() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("slow0"))
                .pe(FakePe.idle("fast0").busy(10, 1))
                .task(FakeTask.of(0).upwardRank(5))
                .task(FakeTask.of(1).upwardRank(9))
                .execution((task, pe) -> pe.type().equals("slow") ? 100 : 1);

        // Only slow0 can start at 0, and the task of the larger rank gets it, though fast0 would have been done at 11.
        assertThat(round.run(new EarliestTaskFirst()).placement()).containsExactly("fast0", "slow0");
        assertThat(round.assignmentOrder()).containsExactly(1L, 0L);
    }

    @Test
    void etfCountsTheTransferAsDelayOfTheStart() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("a0"))
                .pe(FakePe.idle("b0"))
                .task(FakeTask.of(0))
                .transfer((task, pe) -> pe.id().equals("a0") ? 5 : 4)
                .execution((task, pe) -> pe.id().equals("a0") ? 1 : 1_000);

        assertThat(round.run(new EarliestTaskFirst()).placement()).containsExactly("b0");
    }

    @Test
    void etfOfCedrComparesFinishesAndKnowsNoTransfers() {
        FakeRound round = new FakeRound()
                .pe(FakePe.idle("slow0"))
                .pe(FakePe.idle("fast0").busy(10, 1))
                .task(FakeTask.of(0).upwardRank(5))
                .task(FakeTask.of(1).upwardRank(9))
                .execution((task, pe) -> pe.type().equals("slow") ? 100 : 1)
                .transfer((task, pe) -> pe.type().equals("slow") ? 0 : 1_000);

        assertThat(round.run(new EarliestTaskFirstCedr()).placement()).containsExactly("fast0", "fast0");
        assertThat(round.assignmentOrder()).containsExactly(0L, 1L);
        assertThat(round.run(new MinMin()).placement())
                .as("Min-min, with transfers")
                .containsExactly("slow0", "slow0");
    }

    /** Few kinds of costs, so that tasks share rows, tie, and are regrouped; and many, so that none do. */
    @ParameterizedTest
    @ValueSource(strings = {TieBreak.FIRST, TieBreak.LEAST_LOADED, TieBreak.RANDOM})
    void incrementalIsExactlyTheRule(String ties) {
        for (Rule rule : Rule.values()) {
            // One instance for all rounds: what a round leaves behind must not show in the next.
            SchedulingPolicy policy = rule.policy(TieBreak.of(ties, 11));
            SchedulingPolicy naive = new Naive(rule, TieBreak.of(ties, 11));
            for (int seed = 0; seed < 150; seed++) {
                FakeRound round = randomRound(new Random(seed));
                round.run(naive);
                List<String> expected = round.placement();
                List<Long> order = round.assignmentOrder();

                round.run(policy);

                assertThat(round.violations()).as("%s, seed %d", rule, seed).isEmpty();
                assertThat(round.placement()).as("%s, seed %d", rule, seed).isEqualTo(expected);
                assertThat(round.assignmentOrder())
                        .as("%s, seed %d", rule, seed)
                        .isEqualTo(order);
            }
        }
    }

    private static FakeRound paper() {
        FakeRound round = new FakeRound().execution((task, pe) -> PAPER[(int) task.id()][position(pe)]);
        for (int i = 0; i < 4; i++) {
            round.pe(FakePe.idle("m" + i)).task(FakeTask.of(i));
        }
        return round;
    }

    private static int position(FakePe pe) {
        return Integer.parseInt(pe.id().substring(1));
    }

    private static FakeRound randomRound(Random random) {
        int pes = random.nextInt(7) + 1;
        int tasks = random.nextInt(60) + 1;
        int signatures = random.nextBoolean() ? 1 + random.nextInt(4) : 60;
        int range = random.nextBoolean() ? 4 : 1_000;
        int[][] costs = new int[signatures][pes];
        int[][] transfers = new int[3][pes];
        for (int[] row : costs) {
            for (int pe = 0; pe < pes; pe++) {
                row[pe] = random.nextInt(range);
            }
        }
        for (int[] row : transfers) {
            for (int pe = 0; pe < pes; pe++) {
                row[pe] = random.nextInt(3);
            }
        }
        FakeRound round = new FakeRound()
                .now(100)
                .support((task, pe) -> (costs[task.signature()][position(pe)] + position(pe)) % 4 != 3)
                .execution((task, pe) -> costs[task.signature()][position(pe)])
                .transfer((task, pe) -> transfers[task.priority()][position(pe)]);
        for (int pe = 0; pe < pes; pe++) {
            round.pe(FakePe.idle("m" + pe).busy(90 + random.nextInt(30), random.nextInt(3)));
        }
        for (int task = 0; task < tasks; task++) {
            round.task(FakeTask.of(task)
                    .signature(random.nextInt(signatures))
                    .priority(random.nextInt(3))
                    .upwardRank(random.nextInt(5)));
        }
        return round;
    }

    private enum Rule {
        ETF,
        ETF_CEDR,
        MIN_MIN,
        MAX_MIN,
        SUFFERAGE;

        SchedulingPolicy policy(TieBreak ties) {
            return switch (this) {
                case ETF -> new EarliestTaskFirst(ties);
                case ETF_CEDR -> new EarliestTaskFirstCedr(ties);
                case MIN_MIN -> new MinMin(ties);
                case MAX_MIN -> new MaxMin(ties);
                case SUFFERAGE -> new Sufferage(ties);
            };
        }
    }

    /** The rules word by word: everything is computed anew for every placement. */
    private static final class Naive implements SchedulingPolicy {

        private final Rule rule;
        private final TieBreak ties;

        Naive(Rule rule, TieBreak ties) {
            this.rule = rule;
            this.ties = ties;
        }

        private record Candidate(int task, int pe, long value, long sufferage) {}

        @Override
        public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
            ties.begin(pool);
            long[] available = new long[pool.size()];
            for (int pe = 0; pe < available.length; pe++) {
                available[pe] = Math.max(pool.nowNanos(), pool.get(pe).availableAtNanos());
            }
            List<Integer> left = new ArrayList<>();
            for (int task = 0; task < ready.size(); task++) {
                for (int pe = 0; pe < available.length; pe++) {
                    if (costs.supports(task, pe)) {
                        left.add(task);
                        break;
                    }
                }
            }
            if (rule == Rule.ETF) {
                left.sort((a, b) -> Long.compare(
                        ready.get(b).upwardRankNanos(), ready.get(a).upwardRankNanos()));
            }
            while (!left.isEmpty()) {
                List<Candidate> candidates = new ArrayList<>();
                for (int task : left) {
                    candidates.add(best(task, left, available, costs));
                }
                for (Candidate winner : winners(candidates)) {
                    assignment.assign(winner.task, winner.pe);
                    ties.assigned(winner.pe);
                    available[winner.pe] =
                            winner.value + (rule == Rule.ETF ? costs.executionNanos(winner.task, winner.pe) : 0);
                    left.remove(Integer.valueOf(winner.task));
                }
            }
        }

        private Candidate best(int task, List<Integer> left, long[] available, CostModel costs) {
            int best = -1;
            long least = Long.MAX_VALUE;
            int drawing = rule == Rule.SUFFERAGE ? oldestLike(task, left, available.length, costs) : task;
            for (int pe = 0; pe < available.length; pe++) {
                if (costs.supports(task, pe)) {
                    long value = available[pe] + cost(task, pe, costs);
                    if (value < least || (value == least && ties.prefers(drawing, pe, best))) {
                        least = value;
                        best = pe;
                    }
                }
            }
            long second = Long.MAX_VALUE;
            for (int pe = 0; pe < available.length; pe++) {
                if (pe != best && costs.supports(task, pe)) {
                    second = Math.min(second, available[pe] + cost(task, pe, costs));
                }
            }
            return new Candidate(task, best, least, second == Long.MAX_VALUE ? second : second - least);
        }

        /** In a pass of Sufferage, tasks that cost the same draw together. */
        private int oldestLike(int task, List<Integer> left, int pes, CostModel costs) {
            for (int other : left) {
                boolean same = true;
                for (int pe = 0; pe < pes && same; pe++) {
                    same = costs.supports(task, pe) == costs.supports(other, pe)
                            && (!costs.supports(task, pe) || cost(task, pe, costs) == cost(other, pe, costs));
                }
                if (same) {
                    return other;
                }
            }
            throw new AssertionError("task " + task + " is not among those left: " + left);
        }

        private long cost(int task, int pe, CostModel costs) {
            return switch (rule) {
                case ETF -> costs.transferNanos(task, pe);
                case ETF_CEDR -> costs.executionNanos(task, pe);
                default -> costs.transferNanos(task, pe) + costs.executionNanos(task, pe);
            };
        }

        private List<Candidate> winners(List<Candidate> candidates) {
            if (rule == Rule.SUFFERAGE) {
                List<Candidate> winners = new ArrayList<>();
                int pes = candidates.stream().mapToInt(Candidate::pe).max().orElseThrow() + 1;
                for (int pe = 0; pe < pes; pe++) {
                    Candidate winner = null;
                    for (Candidate candidate : candidates) {
                        if (candidate.pe == pe && (winner == null || candidate.sufferage > winner.sufferage)) {
                            winner = candidate;
                        }
                    }
                    if (winner != null) {
                        winners.add(winner);
                    }
                }
                return winners;
            }
            Candidate winner = candidates.get(0);
            for (Candidate candidate : candidates) {
                if (rule == Rule.MAX_MIN ? candidate.value > winner.value : candidate.value < winner.value) {
                    winner = candidate;
                }
            }
            return List.of(winner);
        }
    }
}
