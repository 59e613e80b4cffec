// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.util.List;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.MonitorSnapshot.Durations;
import org.saguaro.runtime.core.SchedulingRound;

/**
 * What scheduling costs. Written by the thread that runs the round, one at a time, with plain writes; whoever reads may miss the latest
 * few. Every round is counted, and its decision timed by clock readings that the round takes anyway. The policy alone and the whole round need
 * readings of their own: only every {@value #TIMED_EVERY}th round is timed so, a prime number, so that no pattern of graphs hides behind it.
 */
public final class RoundMeter {

    static final int TIMED_EVERY = 61;

    private volatile boolean on = true;
    private volatile @Nullable RoundLog log;
    private boolean timed;
    private long begunNanos;
    private long policyBegunNanos;

    private long rounds;
    private long placedTasks;
    private long shownTasks;
    private int leftTasks;
    private long decidingNanos;
    private long timedRounds;
    private long timedRoundNanos;
    private long timedPolicyNanos;
    private final Histogram nanosPerTask = new Histogram(1, PeMeter.LONGEST_NANOS, PeMeter.SIGNIFICANT_DIGITS);

    /** Whether the core is to count and time. */
    public boolean isOn() {
        return on;
    }

    /** Any thread, at any time. */
    public void on(boolean next) {
        on = next;
    }

    /**
     * Begins to keep rounds until they are taken. Any thread, at any time.
     *
     * @param capacity how many that are not taken yet; 0: no more rounds are kept
     */
    public void keep(int capacity) {
        log = capacity == 0 ? null : new RoundLog(capacity);
    }

    /** The rounds kept and not taken yet, oldest first. Any thread. */
    public synchronized List<SchedulingRound> take() {
        RoundLog kept = log;
        return kept == null ? List.of() : kept.take();
    }

    /** A round with ready tasks begins. */
    public void begin(long nowNanos) {
        timed = on && rounds % TIMED_EVERY == 0;
        begunNanos = nowNanos;
    }

    /** The policy is about to be asked. */
    public void beginPolicy() {
        if (timed) {
            policyBegunNanos = System.nanoTime();
        }
    }

    /** The policy has answered. */
    public void endPolicy() {
        if (timed) {
            timedPolicyNanos += System.nanoTime() - policyBegunNanos;
        }
    }

    /**
     * A round is over.
     *
     * @param shown tasks that were ready and could be placed
     * @param placed tasks that got a PE
     * @param left tasks that wait for another round
     * @param decidedNanos when it was known which
     */
    public void end(int shown, int placed, int left, long decidedNanos) {
        leftTasks = left;
        if (!on) {
            return;
        }
        long deciding = decidedNanos - begunNanos;
        rounds++;
        shownTasks += shown;
        placedTasks += placed;
        decidingNanos += deciding;
        RoundLog wanted = log;
        if (wanted != null) {
            wanted.add(begunNanos, shown, placed, left, deciding);
        }
        if (timed) {
            if (placed > 0) {
                nanosPerTask.recordValue(PeMeter.bounded(deciding / placed));
            }
            timedRounds++;
            timedRoundNanos += System.nanoTime() - begunNanos;
        }
    }

    /**
     * Counts so far.
     *
     * @param readyTasks tasks that wait for another round now
     * @param rounds rounds that had a task to place
     * @param shownTasks sum over rounds of the ready tasks that the policy saw
     * @param placedTasks tasks given to PEs
     * @param decidingNanos from the beginning of rounds to their decisions, in all rounds
     * @param timedRounds rounds that were timed as a whole
     * @param timedRoundNanos what those took
     * @param timedPolicyNanos what of that was the policy's
     * @param nanosPerTask decision time per placed task, of the timed rounds
     */
    public record Sample(
            int readyTasks,
            long rounds,
            long shownTasks,
            long placedTasks,
            long decidingNanos,
            long timedRounds,
            long timedRoundNanos,
            long timedPolicyNanos,
            Durations nanosPerTask) {}

    /** A snapshot. */
    public Sample sample() {
        return new Sample(
                leftTasks,
                rounds,
                shownTasks,
                placedTasks,
                decidingNanos,
                timedRounds,
                timedRoundNanos,
                timedPolicyNanos,
                PeMeter.durations(nanosPerTask.copy(), 0));
    }
}
