// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RanksTest {

    /** Times in a table; a transfer costs what its edge does, between any two places. */
    private static final class Table implements Ranks.Costs {
        private final int[] members;
        private final long[][] execution;
        private final long[][] edges;

        Table(int[] members, long[][] execution, long[][] edges) {
            this.members = members;
            this.execution = execution;
            this.edges = edges;
        }

        int[][] successors() {
            int[][] successors = new int[edges.length][];
            for (int task = 0; task < edges.length; task++) {
                List<Integer> found = new ArrayList<>();
                for (int other = 0; other < edges.length; other++) {
                    if (edges[task][other] >= 0) {
                        found.add(other);
                    }
                }
                successors[task] = found.stream().mapToInt(Integer::intValue).toArray();
            }
            return successors;
        }

        Ranks ranks() {
            return Ranks.of(successors(), this);
        }

        @Override
        public int places() {
            return members.length;
        }

        @Override
        public int members(int place) {
            return members[place];
        }

        @Override
        public long executionNanos(int task, int place) {
            return execution[task][place];
        }

        @Override
        public long meanNanos(int task) {
            return NONE;
        }

        @Override
        public long transferNanos(int task, int successor, int from, int to) {
            return from == to ? 0 : edges[task][successor];
        }
    }

    private static long[][] edges(int tasks, int[]... fromToCost) {
        long[][] edges = new long[tasks][tasks];
        for (long[] row : edges) {
            Arrays.fill(row, -1);
        }
        for (int[] edge : fromToCost) {
            edges[edge[0]][edge[1]] = edge[2];
        }
        return edges;
    }

    /** The example of the HEFT paper (figure 2 and table 2), times a thousand, for three digits of its fractions. */
    @Test
    void ranksOfTheHeftPaper() {
        long[][] execution = {
            {14, 16, 9}, {13, 19, 18}, {11, 13, 19}, {13, 8, 17}, {12, 13, 10},
            {13, 16, 9}, {7, 15, 11}, {5, 11, 14}, {18, 12, 20}, {21, 7, 16}
        };
        long[][] edges = edges(
                10,
                new int[] {0, 1, 18},
                new int[] {0, 2, 12},
                new int[] {0, 3, 9},
                new int[] {0, 4, 11},
                new int[] {0, 5, 14},
                new int[] {1, 7, 19},
                new int[] {1, 8, 16},
                new int[] {2, 6, 23},
                new int[] {3, 7, 27},
                new int[] {3, 8, 23},
                new int[] {4, 8, 13},
                new int[] {5, 7, 15},
                new int[] {6, 9, 17},
                new int[] {7, 9, 11},
                new int[] {8, 9, 13});
        for (int task = 0; task < 10; task++) {
            for (int i = 0; i < 3; i++) {
                execution[task][i] *= 1_000;
            }
            for (int i = 0; i < 10; i++) {
                edges[task][i] *= edges[task][i] < 0 ? 1 : 1_000;
            }
        }
        Ranks ranks = new Table(new int[] {1, 1, 1}, execution, edges).ranks();
        long[] published = {108_000, 77_000, 80_000, 80_000, 69_000, 63_333, 42_667, 35_667, 44_333, 14_667};
        for (int task = 0; task < 10; task++) {
            assertThat(ranks.upwardNanos(task))
                    .as("rank of task %d", task + 1)
                    .isBetween(published[task] - 2, published[task] + 2);
        }
    }

    /** 0 -> {1, 2} -> 3 on two places, worked out by hand. */
    @Test
    void optimisticCostsOfADiamond() {
        long[][] execution = {{2, 4}, {6, 3}, {5, 9}, {4, 1}};
        Table table = new Table(
                new int[] {1, 1},
                execution,
                edges(4, new int[] {0, 1, 2}, new int[] {0, 2, 1}, new int[] {1, 3, 4}, new int[] {2, 3, 7}));
        Ranks ranks = table.ranks();
        assertThat(ranks.optimisticNanos(3, 0)).isZero();
        // From place 0: stay, 4, or go, 4 + 1. From place 1: stay, 1, or go, 4 + 4.
        assertThat(ranks.optimisticNanos(1, 0)).isEqualTo(4);
        assertThat(ranks.optimisticNanos(1, 1)).isEqualTo(1);
        // From place 0: stay, 4, or go, 7 + 1.
        assertThat(ranks.optimisticNanos(2, 0)).isEqualTo(4);
        assertThat(ranks.optimisticNanos(2, 1)).isEqualTo(1);
        // From place 0, by task 1: min(6 + 4, 2 + 3 + 1) = 6; by task 2: min(5 + 4, 1 + 9 + 1) = 9.
        assertThat(ranks.optimisticNanos(0, 0)).isEqualTo(9);
        // From place 1, by task 1: min(2 + 6 + 4, 3 + 1) = 4; by task 2: min(1 + 5 + 4, 9 + 1) = 10.
        assertThat(ranks.optimisticNanos(0, 1)).isEqualTo(10);
        assertThat(ranks.optimisticFromStartNanos(0)).as("2 + 9 or 4 + 10").isEqualTo(11);
    }

    @Test
    void averagesOverPesAndNotOverTypes() {
        // Three PEs of one type and one of another.
        Table table = new Table(new int[] {3, 1}, new long[][] {{10, 50}, {20, 60}}, edges(2, new int[] {0, 1, 12}));
        Ranks ranks = table.ranks();
        assertThat(ranks.meanNanos(0)).isEqualTo(20);
        // Of the twelve pairs of different PEs, six lie in two places.
        assertThat(ranks.upwardNanos(0)).isEqualTo(20 + 6 + 30);
    }

    @Test
    void onlyPesThatRunATaskCount() {
        Table table = new Table(
                new int[] {1, 1},
                new long[][] {{10, 99}, {-1, 20}, {-1, -1}},
                edges(3, new int[] {0, 1, 5}, new int[] {0, 2, 5}));
        Ranks ranks = table.ranks();
        assertThat(ranks.meanNanos(1)).isEqualTo(20);
        assertThat(ranks.optimisticNanos(0, 0)).isEqualTo(25);
        assertThat(ranks.optimisticNanos(0, 1)).isEqualTo(20);
        assertThat(ranks.meanNanos(2)).as("without any PE").isZero();
    }

    /** On a chain the optimistic cost is what the best of all placements takes. */
    @Property
    void isTheBestPlacementOfAChain(
            @ForAll @IntRange(min = 2, max = 6) int tasks,
            @ForAll @IntRange(min = 1, max = 3) int places,
            @ForAll long seed) {
        Random random = new Random(seed);
        long[][] execution = new long[tasks][places];
        int[][] chain = new int[tasks - 1][];
        for (int task = 0; task < tasks; task++) {
            for (int place = 0; place < places; place++) {
                execution[task][place] = 1L + random.nextInt(100);
            }
            if (task > 0) {
                chain[task - 1] = new int[] {task - 1, task, random.nextInt(60)};
            }
        }
        int[] members = new int[places];
        Arrays.fill(members, 1);
        Table table = new Table(members, execution, edges(tasks, chain));
        long best = Long.MAX_VALUE;
        for (int code = 0; code < (int) Math.pow(places, tasks); code++) {
            long sum = 0;
            int rest = code;
            int before = -1;
            for (int task = 0; task < tasks; task++) {
                int place = rest % places;
                rest /= places;
                sum += execution[task][place] + (task > 0 && place != before ? table.edges[task - 1][task] : 0);
                before = place;
            }
            best = Math.min(best, sum);
        }
        assertThat(table.ranks().optimisticFromStartNanos(0)).isEqualTo(best);
    }
}
