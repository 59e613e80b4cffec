// SPDX-License-Identifier: Apache-2.0
package org.saguaro.scheduler.heuristics;

import org.saguaro.scheduler.api.PePool;

/**
 * Which of several PEs gets a task when the rule finds them equally good. {@code random} keeps no generator: the draw is a function of
 * the seed, the round's number, the task's position and the PE's, so a rule that looks at a pair twice in a round sees the same draw.
 */
final class TieBreak {

    /** The PE that comes first in the pool. */
    static final String FIRST = "first";
    /** The PE with the fewest tasks, those that the round has given it included; then the first. */
    static final String LEAST_LOADED = "least-loaded";
    /** Any, by lot. */
    static final String RANDOM = "random";

    private final boolean first;
    private final boolean random;
    private final long seed;
    private int[] load = new int[0];
    private long round;

    private TieBreak(boolean first, boolean random, long seed) {
        this.first = first;
        this.random = random;
        this.seed = seed;
    }

    /** @throws IllegalArgumentException if there is no such rule */
    static TieBreak of(String rule, long seed) {
        return switch (rule) {
            case FIRST -> new TieBreak(true, false, seed);
            case LEAST_LOADED -> new TieBreak(false, false, seed);
            case RANDOM -> new TieBreak(false, true, seed);
            default ->
                throw new IllegalArgumentException("option 'ties' is '" + rule + "', expected '" + FIRST + "', '"
                        + LEAST_LOADED + "' or '" + RANDOM + "'");
        };
    }

    void begin(PePool pool) {
        round++;
        if (!first && !random) {
            int pes = pool.size();
            if (load.length < pes) {
                load = new int[pes];
            }
            for (int pe = 0; pe < pes; pe++) {
                load[pe] = pool.get(pe).queuedTasks();
            }
        }
    }

    /** Whether a PE that could only draw with one before it need not be looked at. */
    boolean isFirst() {
        return first;
    }

    /** Whether a PE is taken rather than one that comes before it in the pool and is as good. */
    boolean prefers(int task, int pe, int before) {
        if (first) {
            return false;
        }
        return random ? draw(task, pe) > draw(task, before) : load[pe] < load[before];
    }

    /** Told of each assignment of the round. */
    void assigned(int pe) {
        if (!first && !random) {
            load[pe]++;
        }
    }

    /** The finaliser of SplitMix64, over all that the draw depends on. */
    private long draw(int task, int pe) {
        long z = seed + round * 0x9E3779B97F4A7C15L + (((long) task << 32) | pe) * 0xD1B54A32D192ED03L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
