// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.PeShape;

/**
 * Which shape of each group is at work. The PEs of the others are parked.
 *
 * <p>A change hands over: the PEs of the old shape take no more tasks at once, those of the new one begin when the kernels that the
 * old ones run have ended, because two shapes at a time would fight for the same cores. A kernel that takes very long does not hold the
 * others up: after {@link #HANDOVER_NANOS} both run. Should no PE of the wanted shape be fit for work, another shape takes its place until
 * one is.
 *
 * <p>Thread-safe; calls PEs under its lock, which call nobody.
 */
final class Shapes {

    /** How long the new shape waits for the kernels of the old one. */
    static final long HANDOVER_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Name of the shape that somebody asked for, by group; the shape of most PEs where nobody did. */
    private final Map<String, String> wanted = new HashMap<>();

    private final Map<String, Handover> handovers = new HashMap<>();

    /**
     * A change of shape.
     *
     * @param shape name of the shape that takes or has taken over
     * @param sinceNanos when it began
     */
    private record Handover(String shape, long sinceNanos) {}

    /**
     * Wants a shape from now on; {@link #settle} brings it about.
     *
     * @return false if no PE has it
     */
    synchronized boolean want(PeShape shape, PeHandle[] pes) {
        if (groups(pes).getOrDefault(shape.group(), List.of()).stream().noneMatch(pe -> shape.equals(pe.shape()))) {
            return false;
        }
        wanted.put(shape.group(), shape.name());
        return true;
    }

    /**
     * Parks the PEs whose shape is not at work and lets those begin whose shape is. Called after whatever may change the answer.
     *
     * @return tasks that waited on PEs that are parked now; they are ready again
     */
    synchronized List<TaskRun> settle(PeHandle[] pes, long nowNanos) {
        List<TaskRun> back = new ArrayList<>();
        Map<String, List<PeHandle>> groups = groups(pes);
        handovers.keySet().retainAll(groups.keySet());
        groups.forEach((group, members) -> settle(group, members, nowNanos, back));
        return back;
    }

    private void settle(String group, List<PeHandle> members, long nowNanos, List<TaskRun> back) {
        String chosen = choose(wanted.get(group), members);
        Handover handover = handovers.get(group);
        if (handover == null || !handover.shape().equals(chosen)) {
            handover = new Handover(chosen, nowNanos);
            handovers.put(group, handover);
        }
        boolean othersRest = true;
        for (PeHandle pe : members) {
            if (!isOf(pe, chosen)) {
                back.addAll(pe.park(PeHandle.Parking.SHAPE, "the group " + group + " is " + chosen));
                othersRest &= pe.isAtRest();
            }
        }
        boolean mayBegin = othersRest || nowNanos - handover.sinceNanos() > HANDOVER_NANOS;
        for (PeHandle pe : members) {
            if (isOf(pe, chosen)) {
                if (mayBegin) {
                    pe.unpark(PeHandle.Parking.SHAPE);
                } else if (!pe.isActive()) {
                    back.addAll(pe.park(PeHandle.Parking.SHAPE, "another shape's kernels are still running"));
                }
            }
        }
    }

    /** Whether some shape waits for another's kernels. */
    synchronized boolean isHandingOver(PeHandle[] pes) {
        return groups(pes).entrySet().stream().anyMatch(group -> isHandingOver(group.getKey(), group.getValue()));
    }

    private boolean isHandingOver(String group, List<PeHandle> members) {
        Handover handover = handovers.get(group);
        return handover != null
                && members.stream().anyMatch(pe -> isOf(pe, handover.shape()) && pe.isParked(PeHandle.Parking.SHAPE));
    }

    /** The groups now, sorted by name. */
    synchronized List<Dispatcher.ShapeGroup> status(PeHandle[] pes) {
        List<Dispatcher.ShapeGroup> status = new ArrayList<>();
        groups(pes)
                .forEach((group, members) -> status.add(new Dispatcher.ShapeGroup(
                        group,
                        choose(wanted.get(group), members),
                        new TreeMap<>(countByShape(members)),
                        isHandingOver(group, members),
                        null)));
        return status;
    }

    private static Map<String, List<PeHandle>> groups(PeHandle[] pes) {
        Map<String, List<PeHandle>> groups = new TreeMap<>();
        for (PeHandle pe : pes) {
            PeShape shape = pe.shape();
            if (shape != null && !Overlays.isOne(pe)) {
                groups.computeIfAbsent(shape.group(), group -> new ArrayList<>())
                        .add(pe);
            }
        }
        return groups;
    }

    private static String choose(@Nullable String asked, List<PeHandle> members) {
        Map<String, Integer> counts = countByShape(members);
        String preferred = asked != null && counts.containsKey(asked)
                ? asked
                : counts.entrySet().stream()
                        .max(Comparator.comparing((Map.Entry<String, Integer> count) -> count.getValue())
                                .thenComparing(Map.Entry::getKey))
                        .map(Map.Entry::getKey)
                        .orElseThrow();
        if (canWork(preferred, members)) {
            return preferred;
        }
        return counts.keySet().stream()
                .filter(shape -> canWork(shape, members))
                .findFirst()
                .orElse(preferred);
    }

    private static Map<String, Integer> countByShape(List<PeHandle> members) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (PeHandle pe : members) {
            PeShape shape = pe.shape();
            if (shape != null) {
                counts.merge(shape.name(), 1, Integer::sum);
            }
        }
        return counts;
    }

    private static boolean canWork(String shape, List<PeHandle> members) {
        return members.stream().anyMatch(pe -> isOf(pe, shape) && pe.isSound() && !pe.isParked(PeHandle.Parking.HAND));
    }

    private static boolean isOf(PeHandle pe, String shape) {
        PeShape own = pe.shape();
        return own != null && own.name().equals(shape);
    }
}
