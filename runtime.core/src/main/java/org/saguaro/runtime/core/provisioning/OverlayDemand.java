// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.provisioning;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.PlanTask;
import org.saguaro.runtime.core.dispatch.PlanTask.Offer;

/**
 * What the work that arrived since the last look takes with each overlay of a group. A task takes what it takes where it is done soonest: on the
 * overlay's PEs, or on PEs that are there anyway; each shared by as many tasks as are on their way. Estimates that were never measured count
 * {@value #CAUTION} times for an overlay: a change must not be made on a hope. Used by one thread.
 */
final class OverlayDemand {

    /** What is believed of an overlay on which something never ran. */
    static final double CAUTION = 2;

    /** A task that nobody could run without a change. */
    static final double STRANDED_NANOS = 60e9;

    /** How fast the average number of tasks follows, per look. */
    private static final double FOLLOW = 0.2;

    private Map<Plan, Long> runs = new HashMap<>();
    private double concurrency = 1;

    /**
     * Work.
     *
     * @param nanos what it takes, by overlay
     * @param withoutNanos what it takes on PEs that are there anyway
     */
    record Work(Map<String, Double> nanos, double withoutNanos) {}

    /** Tasks that are on their way at a time, averaged; at least 1. */
    double concurrency() {
        return concurrency;
    }

    /**
     * Looks once.
     *
     * @param plans all there are
     * @param group of PEs
     * @param shapes names of its overlays
     * @param active name of the one at work
     * @param tasksOnTheirWay ready, queued or running
     */
    Work look(List<Plan> plans, String group, Collection<String> shapes, String active, int tasksOnTheirWay) {
        concurrency += FOLLOW * (Math.max(1, tasksOnTheirWay) - concurrency);
        Map<Plan, Long> next = new HashMap<>();
        Map<String, Double> work = new HashMap<>();
        shapes.forEach(shape -> work.put(shape, 0.0));
        double without = 0;
        for (Plan plan : plans) {
            without += add(plan, group, active, work, next);
        }
        runs = next;
        return new Work(work, without);
    }

    private double add(Plan plan, String group, String active, Map<String, Double> work, Map<Plan, Long> next) {
        long now = plan.runs();
        long arrived = Math.max(0, now - runs.getOrDefault(plan, 0L));
        next.put(plan, now);
        double without = 0;
        for (PlanTask task : plan.tasks()) {
            for (Plan nested : task.nested()) {
                without += add(nested, group, active, work, next);
            }
            if (arrived > 0 && !task.isCore()) {
                double elsewhere = nanos(task.offerOutside(group, 1));
                without += arrived * Math.min(elsewhere, STRANDED_NANOS);
                work.replaceAll((shape, sum) -> sum
                        + arrived
                                * Math.min(
                                        STRANDED_NANOS,
                                        Math.min(
                                                elsewhere,
                                                nanos(task.offerOf(group, shape, shape.equals(active), CAUTION)))));
            }
        }
        return without;
    }

    private double nanos(Offer offer) {
        return offer.pes() == 0
                ? Double.POSITIVE_INFINITY
                : offer.nanos() / Math.max(1, Math.min(offer.pes(), concurrency));
    }
}
