// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Decides which of two shapes a group of PEs should have: <em>narrow</em>, many PEs for many tasks, or <em>wide</em>, few PEs that run one
 * task faster. A function of what it is shown over time: no clock, no threads, no I/O.
 *
 * <p>Rule: {@code c}, the number of tasks that are ready or run at a time, is averaged exponentially, counting at least 1 (an idle group
 * awaits one request) and at most four times the narrow PEs: the more there are, the sooner the average is over any bound. The wide shape runs a
 * task alone {@code g} times as fast, so it gets more done than the narrow one while {@code c < g}; more than 0.95 per narrow PE is not
 * believed. It takes over below {@code 1 + (g-1)/2} and hands back above {@code 1 + 0.9 (g-1)}; between the two
 * everything stays as it is. No two changes come closer than a dwell time, which grows with the tasks: a change costs up to one of
 * them. Where {@code g} is too small the wide shape is not used, but tried again from time to time. What was never measured is measured on
 * the narrow shape first, then wide is expected to pay until it has run. Cost: constant per look.
 */
final class ShapeController {

    /** The way from 1 to g at which the wide shape takes over. */
    private static final double TAKE_OVER = 0.5;

    /** The way from 1 to g at which it hands back. */
    private static final double HAND_BACK = 0.9;

    /** Gain expected per further core, until it is measured. */
    private static final double EXPECTED_GAIN = 0.8;

    private static final double MOST_TASKS_PER_PE = 4;

    /** More cannot be: a measured gain beyond it tells of narrow tasks that somebody else disturbed. */
    private static final double MOST_GAIN_PER_PE = 0.95;

    /** A change may cost the running task of each PE: it must not come more often than every so many tasks. */
    private static final long TASKS_PER_DWELL = 4;

    /** How long a shape that did not pay is tried. */
    private static final double EXPLORED_DWELLS = 10;

    /** Average this close to what is seen now does not move any more. */
    private static final double SETTLED = 0.02;

    /** The two shapes. */
    enum Width {
        NARROW,
        WIDE
    }

    /**
     * What there is to see.
     *
     * @param nowNanos never goes back
     * @param runnable tasks that are ready, queued or running
     * @param narrowPes PEs of the narrow shape
     * @param active the shape at work
     * @param changeable whether every deployment could run on the other one now, and no change is under way
     * @param narrowMeasured whether what is in use has ever run on the narrow shape
     * @param gain how many times as fast the wide shape runs one task of those in use; 0 if that was never measured
     * @param taskNanos how long the longest task in use takes
     */
    record Observation(
            long nowNanos,
            int runnable,
            int narrowPes,
            Width active,
            boolean changeable,
            boolean narrowMeasured,
            double gain,
            long taskNanos) {}

    /**
     * What to do.
     *
     * @param to the shape
     * @param reason for people
     */
    record Change(Width to, String reason) {}

    private ProvisioningSettings settings;
    private double concurrency = 1;
    private boolean seen;
    private int lastRunnable;
    private long lastNanos;
    private long changedNanos;
    /** When the wide shape was last given the chance to show its gain. */
    private long triedNanos;

    private boolean exploring;

    ShapeController(ProvisioningSettings settings) {
        this.settings = settings;
    }

    void configure(ProvisioningSettings next) {
        settings = next;
    }

    /** Tasks at a time, averaged. */
    double concurrency() {
        return concurrency;
    }

    /** Whether the average would move if nothing else happened. */
    boolean isSettled() {
        return Math.abs(bounded(lastRunnable, Integer.MAX_VALUE) - concurrency) < SETTLED;
    }

    /** Somebody else has changed the shape. */
    void changedElsewhere(long nowNanos) {
        changedNanos = nowNanos;
        exploring = false;
    }

    /** Looks once; returns what to do, null for nothing. The caller does it before it looks again. */
    @Nullable
    Change look(Observation now) {
        average(now);
        if (!now.changeable() || now.nowNanos() - changedNanos < dwellNanos(now)) {
            return null;
        }
        double measured = now.gain() == 0 ? 1 + EXPECTED_GAIN * (now.narrowPes() - 1) : now.gain();
        double gain = Math.min(measured, MOST_GAIN_PER_PE * now.narrowPes());
        boolean pays = gain >= settings.leastGain();
        if (!now.narrowMeasured()) {
            return measureNarrow(now);
        }
        if (now.active() == Width.NARROW) {
            return pays ? takeOver(now, gain) : explore(now, gain);
        }
        if (pays) {
            exploring = false;
        }
        return handBack(now, gain, pays);
    }

    private @Nullable Change measureNarrow(Observation now) {
        if (now.active() == Width.NARROW) {
            return null;
        }
        changedNanos = now.nowNanos();
        exploring = false;
        return new Change(Width.NARROW, "what is in use was never measured there");
    }

    private void average(Observation now) {
        double tasks = bounded(now.runnable(), now.narrowPes());
        if (!seen) {
            seen = true;
            lastNanos = now.nowNanos();
            triedNanos = now.nowNanos();
            changedNanos = now.nowNanos();
        }
        // What was seen last lasted until now, as far as anybody knows.
        double tau = Math.max(1, settings.average().toNanos());
        double part = 1 - Math.exp(-(now.nowNanos() - lastNanos) / tau);
        concurrency += part * (tasks - concurrency);
        lastNanos = now.nowNanos();
        lastRunnable = (int) tasks;
    }

    private static double bounded(int runnable, int narrowPes) {
        return Math.max(1, Math.min(runnable, MOST_TASKS_PER_PE * narrowPes));
    }

    private long dwellNanos(Observation now) {
        return Math.max(settings.dwell().toNanos(), TASKS_PER_DWELL * now.taskNanos());
    }

    private @Nullable Change takeOver(Observation now, double gain) {
        double bound = 1 + TAKE_OVER * (gain - 1);
        if (concurrency >= bound) {
            return null;
        }
        changedNanos = now.nowNanos();
        triedNanos = now.nowNanos();
        return new Change(Width.WIDE, tasks("under", bound) + "; wide is " + times(gain, now) + " as fast for one");
    }

    private @Nullable Change explore(Observation now, double gain) {
        boolean due = now.nowNanos() - triedNanos >= settings.explore().toNanos();
        if (!due || now.runnable() == 0 || concurrency > 1 + SETTLED) {
            return null;
        }
        changedNanos = now.nowNanos();
        triedNanos = now.nowNanos();
        exploring = true;
        return new Change(
                Width.WIDE,
                "tried again after " + settings.explore().toSeconds() + " s: wide was " + times(gain, now)
                        + " as fast for one");
    }

    private @Nullable Change handBack(Observation now, double gain, boolean pays) {
        double bound = 1 + HAND_BACK * (gain - 1);
        boolean busy = concurrency > Math.max(bound, 1 + SETTLED);
        boolean tried = !exploring || now.nowNanos() - changedNanos >= EXPLORED_DWELLS * dwellNanos(now);
        if (!busy && (pays || !tried)) {
            return null;
        }
        changedNanos = now.nowNanos();
        exploring = false;
        return new Change(
                Width.NARROW,
                pays
                        ? tasks("over", bound) + "; wide is " + times(gain, now) + " as fast for one"
                        : "wide is only " + times(gain, now) + " as fast for one");
    }

    private String tasks(String side, double bound) {
        return String.format(Locale.ROOT, "%.2f tasks at a time, %s %.2f", concurrency, side, bound);
    }

    private static String times(double gain, Observation now) {
        return String.format(Locale.ROOT, "%.2f times%s", gain, now.gain() == 0 ? " (expected)" : "");
    }
}
