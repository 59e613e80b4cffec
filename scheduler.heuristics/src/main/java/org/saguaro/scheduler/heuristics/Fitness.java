// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.saguaro.scheduler.api.CostModel;

/**
 * StarPU's fitness of a PE for a task; the least is best:
 *
 * <pre>{@code alpha * (end - best end) + beta * transfer + gamma * energy}</pre>
 *
 * where {@code end} is when the PE would have finished the task, transfer included, and {@code best end} the earliest of those.
 */
final class Fitness {

    /** StarPU's own defaults. */
    static final double ALPHA = 1;

    static final double BETA = 1;
    /** Microseconds per joule. */
    static final double GAMMA = 1000;

    private static final double NANOS_PER_NANOJOULE = 1e3 / 1e9;

    private final double alpha;
    private final double beta;
    private final double gamma;
    private long[] endNanos = new long[0];
    private long[] transferNanos = new long[0];
    private long chosenEndNanos;

    /** @throws IllegalArgumentException if a weight is negative or no number */
    Fitness(double alpha, double beta, double gamma) {
        this.alpha = weight("alpha", alpha);
        this.beta = weight("beta", beta);
        this.gamma = weight("gamma", gamma) * NANOS_PER_NANOJOULE;
    }

    private static double weight(String name, double weight) {
        if (!(weight >= 0) || Double.isInfinite(weight)) {
            throw new IllegalArgumentException("option '" + name + "' is " + weight + ", expected a number from 0");
        }
        return weight;
    }

    /** The fittest PE; {@link Timeline#NOBODY} if none supports the task. */
    int fittest(int task, CostModel costs, Timeline timeline) {
        int pes = timeline.pes();
        if (endNanos.length < pes) {
            endNanos = new long[pes];
            transferNanos = new long[pes];
        }
        long bestEnd = Long.MAX_VALUE;
        for (int pe = 0; pe < pes; pe++) {
            endNanos[pe] = Long.MAX_VALUE;
            if (costs.supports(task, pe)) {
                transferNanos[pe] = costs.transferNanos(task, pe);
                endNanos[pe] = timeline.availableNanos(pe) + transferNanos[pe] + costs.executionNanos(task, pe);
                bestEnd = Math.min(bestEnd, endNanos[pe]);
            }
        }
        int best = Timeline.NOBODY;
        double least = Double.POSITIVE_INFINITY;
        for (int pe = 0; pe < pes; pe++) {
            if (endNanos[pe] < Long.MAX_VALUE) {
                double fitness = alpha * (double) (endNanos[pe] - bestEnd) + beta * (double) transferNanos[pe];
                if (gamma > 0) {
                    fitness += gamma * (double) costs.energyNanojoules(task, pe);
                }
                if (fitness < least || (fitness == least && timeline.prefers(task, pe, best))) {
                    least = fitness;
                    best = pe;
                }
            }
        }
        if (best != Timeline.NOBODY) {
            chosenEndNanos = endNanos[best];
        }
        return best;
    }

    /** When the PE that was found last would have finished. */
    long endNanos() {
        return chosenEndNanos;
    }
}
