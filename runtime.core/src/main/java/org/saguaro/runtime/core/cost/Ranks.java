// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

/**
 * What follows each task of a graph, in expected time. Computed backwards, from the last tasks:
 *
 * <ul>
 *   <li>the <em>upward rank</em> (HEFT; Topcuoglu, Hariri, Wu, IEEE TPDS 2002): mean execution time over the PEs that run the task, plus the
 *       longest chain of mean transfer and execution times that follows. Transfers are averaged over pairs of different PEs;
 *   <li>the <em>optimistic cost</em> (PEFT; Arabnejad, Barbosa, IEEE TPDS 2014) of a task on a place: the least time from its end there
 *       to the end of the graph, every successor being where it finishes first, on PEs that have nothing else to do.
 * </ul>
 *
 * <p>A <em>place</em> stands for PEs between which nothing is copied and that take equally long: of one type, in one memory. Takes
 * O(edges x places²). The dispatcher computes them for plans, the simulator for profiles. Immutable but for the costs it was given.
 */
public final class Ranks {

    /** What tasks take, by their positions and those of places. */
    public interface Costs {

        /** Said of a task at a place that does not run it. */
        long NONE = -1;

        int places();

        /** How many PEs a place stands for. */
        int members(int place);

        long executionNanos(int task, int place);

        /** Mean execution time of a task that is no PE's; {@link #NONE} for all others. */
        long meanNanos(int task);

        /** To bring what a task makes at one place to a successor at another; 0 if they are the same. */
        long transferNanos(int task, int successor, int from, int to);
    }

    private final int[][] successors;
    private final Costs costs;
    private final long[] meanNanos;
    private final long[] upwardNanos;
    private final long[][] optimisticNanos;

    private Ranks(int[][] successors, Costs costs) {
        this.successors = successors;
        this.costs = costs;
        meanNanos = new long[successors.length];
        upwardNanos = new long[successors.length];
        optimisticNanos = new long[successors.length][costs.places()];
    }

    /**
     * Computes them.
     *
     * @param successors by task, in topological order
     */
    public static Ranks of(int[][] successors, Costs costs) {
        Ranks ranks = new Ranks(successors, costs);
        for (int task = successors.length - 1; task >= 0; task--) {
            ranks.compute(task);
        }
        return ranks;
    }

    public long meanNanos(int task) {
        return meanNanos[task];
    }

    public long upwardNanos(int task) {
        return upwardNanos[task];
    }

    /** Only of places that run the task. */
    public long optimisticNanos(int task, int place) {
        return optimisticNanos[task][place];
    }

    /** The least time from the start of a task to the end of the graph. */
    public long optimisticFromStartNanos(int task) {
        long least = Long.MAX_VALUE;
        for (int place = 0; place < costs.places(); place++) {
            long execution = costs.executionNanos(task, place);
            if (execution != Costs.NONE) {
                least = Math.min(least, execution + optimisticNanos[task][place]);
            }
        }
        return least == Long.MAX_VALUE ? 0 : least;
    }

    private void compute(int task) {
        meanNanos[task] = mean(task);
        long longest = 0;
        for (int successor : successors[task]) {
            longest = Math.max(longest, meanTransfer(task, successor) + upwardNanos[successor]);
        }
        upwardNanos[task] = meanNanos[task] + longest;
        for (int place = 0; place < costs.places(); place++) {
            if (costs.executionNanos(task, place) != Costs.NONE) {
                for (int successor : successors[task]) {
                    optimisticNanos[task][place] = Math.max(optimisticNanos[task][place], best(task, successor, place));
                }
            }
        }
    }

    private long mean(int task) {
        if (costs.meanNanos(task) != Costs.NONE) {
            return costs.meanNanos(task);
        }
        double sum = 0;
        long members = 0;
        for (int place = 0; place < costs.places(); place++) {
            long execution = costs.executionNanos(task, place);
            if (execution != Costs.NONE) {
                sum += (double) execution * costs.members(place);
                members += costs.members(place);
            }
        }
        return members == 0 ? 0 : Math.round(sum / members);
    }

    private long meanTransfer(int task, int successor) {
        double sum = 0;
        long pairs = 0;
        for (int from = 0; from < costs.places(); from++) {
            if (costs.executionNanos(task, from) == Costs.NONE) {
                continue;
            }
            for (int to = 0; to < costs.places(); to++) {
                if (costs.executionNanos(successor, to) != Costs.NONE) {
                    long count = (long) costs.members(from) * (costs.members(to) - (from == to ? 1 : 0));
                    sum += (double) count * costs.transferNanos(task, successor, from, to);
                    pairs += count;
                }
            }
        }
        return pairs == 0 ? 0 : Math.round(sum / pairs);
    }

    /** From the end of a task at a place, by way of a successor, to the end of the graph. */
    private long best(int task, int successor, int from) {
        long least = Long.MAX_VALUE;
        for (int to = 0; to < costs.places(); to++) {
            long execution = costs.executionNanos(successor, to);
            if (execution != Costs.NONE) {
                least = Math.min(
                        least,
                        costs.transferNanos(task, successor, from, to) + execution + optimisticNanos[successor][to]);
            }
        }
        // A successor that no PE runs now waits for one to come, and nobody knows how long.
        return least == Long.MAX_VALUE ? 0 : least;
    }
}
