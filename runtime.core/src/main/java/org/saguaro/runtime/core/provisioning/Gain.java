// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.PeShape;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.dispatch.PlanTask.ShapeCost;

/**
 * How many times as fast the wide shape runs what is in use: the measured times of all tasks on the one over those on the other, each plan
 * weighing as much as it was run lately. Used by one thread.
 */
final class Gain {

    /** What a plan weighs after one more look without a run. */
    private static final double FADING = 0.7;

    /** The first runs of a kernel pay for its first touch of memory. */
    private static final long RUNS_UNTIL_MEASURED = 4;

    private Map<Plan, Use> uses = new HashMap<>();
    private double gain;
    private boolean narrowMeasured;
    private long taskNanos;

    private record Use(long runs, double weight) {}

    /** How many times as fast; 0 if that was never measured. */
    double gain() {
        return gain;
    }

    /** Whether all that is in use has run on the narrow shape. */
    boolean isNarrowMeasured() {
        return narrowMeasured;
    }

    /** The longest task in use, on the narrow shape. */
    long taskNanos() {
        return taskNanos;
    }

    /** Looks at what has run since the last look. Where nothing has, everything stays as it was. */
    void update(List<Plan> plans, PeShape narrow, PeShape wide) {
        Map<Plan, Use> next = new HashMap<>();
        plans.forEach(plan -> use(plan, next));
        uses = next;
        double narrowNanos = 0;
        double wideNanos = 0;
        long longest = 0;
        boolean onNarrowMeasured = true;
        boolean onWideMeasured = true;
        boolean used = false;
        for (Map.Entry<Plan, Use> entry : next.entrySet()) {
            double weight = entry.getValue().weight();
            if (weight < FADING / 2) {
                continue;
            }
            for (PlanTask task : entry.getKey().tasks()) {
                ShapeCost onNarrow = task.costOn(narrow);
                ShapeCost onWide = task.costOn(wide);
                if (onNarrow == null || onWide == null) {
                    continue;
                }
                used = true;
                onNarrowMeasured &= isMeasured(onNarrow);
                onWideMeasured &= isMeasured(onWide);
                narrowNanos += weight * onNarrow.nanos();
                wideNanos += weight * onWide.nanos();
                longest = Math.max(longest, onNarrow.nanos());
            }
        }
        if (used) {
            narrowMeasured = onNarrowMeasured;
            gain = onNarrowMeasured && onWideMeasured && wideNanos > 0 ? narrowNanos / wideNanos : 0;
            taskNanos = longest;
        }
    }

    private void use(Plan plan, Map<Plan, Use> next) {
        long runs = plan.runs();
        @Nullable Use before = uses.get(plan);
        double weight = before == null ? runs : FADING * before.weight() + (runs - before.runs());
        next.put(plan, new Use(runs, weight));
        plan.nested().forEach(nested -> use(nested, next));
    }

    /** Measured in an earlier life, or often enough in this one. */
    private static boolean isMeasured(ShapeCost cost) {
        return cost.measured() && (cost.runs() == 0 || cost.runs() >= RUNS_UNTIL_MEASURED);
    }
}
