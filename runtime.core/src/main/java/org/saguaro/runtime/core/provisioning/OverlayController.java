// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decides which overlay a group of reconfigurable PEs should have: a function of what it is shown over time, without clock, threads or I/O.
 *
 * <p>Rule: the work function algorithm for metrical task systems (Borodin, Linial and Saks, "An optimal on-line algorithm for metrical task
 * system", JACM 1992; for two overlays it is the ski-rental rule of Karlin et al. 1988 in both directions). For every overlay {@code s} it
 * keeps the work function {@code w(s)}: the least time in which all work seen so far could have been done by whoever knew it beforehand,
 * changes paid for, ending in {@code s}. Of no overlay is it more than a change away from another's. It changes from the one at work to {@code s} when
 * {@code w} of the one at work has grown to {@code w(s)} plus the price of the change: only then has the loss by staying paid for
 * going. Ties go to the overlay with the least {@code w}, then by name.
 *
 * <p>With {@code n} overlays the time spent is at most {@code 2n-1} times that of whoever knows the future, plus a constant, whatever comes; no
 * rule without such knowledge does better. After a change the regret has to come all the way from minus to plus the price, so two
 * changes are never closer than work that makes a difference of twice the price: it does not thrash.
 *
 * <p>The price of a change is the time of bringing about the new overlay. That is not symmetric, as the theory wants it; the mean of both overlays' times
 * is, and over a sequence of changes it sums up to the same, but for one change. Cost: the square of the number of overlays per look.
 */
final class OverlayController {

    /** Draining and warming up: no change is cheaper. */
    static final double LEAST_PRICE_NANOS = 1e6;

    /**
     * An overlay, and the work that arrived since the last look.
     *
     * @param name its name
     * @param workNanos what that work would take with it
     * @param configurationNanos what bringing it about takes
     */
    record Overlay(String name, double workNanos, double configurationNanos) {}

    /**
     * What there is to see.
     *
     * @param overlays all there are, in the same order each time unless some came or went
     * @param active name of the one at work; one of them
     * @param changeable whether it can be changed now; what is seen counts anyway
     */
    record Observation(List<Overlay> overlays, String active, boolean changeable) {}

    /**
     * What to do.
     *
     * @param to name of the overlay
     * @param reason for people
     */
    record Change(String to, String reason) {}

    /** What is known of an overlay. */
    private static final class State {
        double work;
        /** Since the last change. */
        double sinceChange;
    }

    private final Map<String, State> states = new TreeMap<>();
    private @Nullable String active;
    private @Nullable String decided;

    /** Looks once; returns what to do, null for nothing. The caller begins to do it before it looks again. */
    @Nullable
    Change look(Observation now) {
        begin(now);
        for (Overlay overlay : now.overlays()) {
            State state = state(overlay.name());
            state.work += overlay.workNanos();
            state.sinceChange += overlay.workNanos();
        }
        // Before the bound below, which hides by how much staying is dearer.
        Change change = now.changeable() ? decide(now) : null;
        decided = change == null ? decided : change.to();
        bound(now.overlays());
        return change;
    }

    /** How much dearer the one at work was than another of late, up to the price of a change; negative if it was cheaper. */
    double regretNanos(String name) {
        State other = states.get(name);
        State mine = active == null ? null : states.get(active);
        return other == null || mine == null ? 0 : mine.work - other.work;
    }

    private State state(String name) {
        return Objects.requireNonNull(states.get(name), name);
    }

    private void begin(Observation now) {
        List<String> names = now.overlays().stream().map(Overlay::name).toList();
        boolean others = states.keySet().retainAll(names);
        for (Overlay overlay : now.overlays()) {
            if (!states.containsKey(overlay.name())) {
                others = true;
                states.put(overlay.name(), new State());
            }
        }
        Overlay atWork = find(now.overlays(), now.active());
        boolean byOthers = !now.active().equals(active) && !now.active().equals(decided);
        if (others || byOthers) {
            // Whoever came or changed something knows better than what was seen before: begin anew, as after a change.
            for (Overlay overlay : now.overlays()) {
                state(overlay.name()).work = overlay.equals(atWork) ? 0 : price(atWork, overlay);
            }
        }
        if (!now.active().equals(active)) {
            active = now.active();
            states.values().forEach(state -> state.sinceChange = 0);
        }
    }

    private static Overlay find(List<Overlay> overlays, String name) {
        return overlays.stream()
                .filter(overlay -> overlay.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " is none of " + overlays));
    }

    private static double price(Overlay one, Overlay other) {
        return Math.max(LEAST_PRICE_NANOS, (one.configurationNanos() + other.configurationNanos()) / 2);
    }

    private @Nullable Change decide(Observation now) {
        Overlay atWork = find(now.overlays(), now.active());
        Overlay best = null;
        for (Overlay other : now.overlays()) {
            if (!other.equals(atWork)
                    && state(atWork.name()).work >= state(other.name()).work + price(atWork, other)
                    && (best == null || state(other.name()).work < state(best.name()).work)) {
                best = other;
            }
        }
        return best == null ? null : new Change(best.name(), reason(atWork, best));
    }

    private String reason(Overlay atWork, Overlay best) {
        return String.format(
                Locale.ROOT,
                "what came since the last change takes %.3f s with %s and would take %.3f s with %s; the change takes %.3f s",
                state(atWork.name()).sinceChange / 1e9,
                atWork.name(),
                state(best.name()).sinceChange / 1e9,
                best.name(),
                best.configurationNanos() / 1e9);
    }

    /** Whoever knew the work beforehand would have come from another overlay, where that was cheaper. The least becomes 0: figures stay small. */
    private void bound(List<Overlay> overlays) {
        List<Double> reached = new ArrayList<>();
        for (Overlay to : overlays) {
            double least = state(to.name()).work;
            for (Overlay from : overlays) {
                least = Math.min(least, state(from.name()).work + (from.equals(to) ? 0 : price(from, to)));
            }
            reached.add(least);
        }
        double least = reached.stream().mapToDouble(Double::doubleValue).min().orElse(0);
        for (int i = 0; i < overlays.size(); i++) {
            state(overlays.get(i).name()).work = reached.get(i) - least;
        }
    }

    @Override
    public String toString() {
        return states.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue().work)
                .collect(Collectors.joining(", "));
    }
}
