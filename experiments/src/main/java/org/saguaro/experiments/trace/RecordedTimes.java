// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.RequestTimes;
import org.saguaro.runtime.core.simulation.RequestTimes.Run;
import org.saguaro.runtime.core.simulation.RequestTimes.TaskTimes;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * What the requests of a trace took, each task of each: its kernel, what its PE took to get to it, and what passed before a round could
 * see it. Times of real machines go together for a while, because something else uses the machine, and queues grow with that;
 * draws that know nothing of each other do not show it. Only where every task of a request is in the trace.
 */
final class RecordedTimes {

    private final Map<String, String> types;
    private final Set<String> inHostMemory;
    /** When scheduling rounds placed something, in order. */
    private final long[] rounds;

    /** A task's way, and since when its PE had nothing else to do. */
    private record Execution(TaskRecord task, long freeNanos) {}

    private RecordedTimes(RunTrace trace) {
        types = trace.header().pes().stream().collect(Collectors.toMap(RunTrace.Pe::id, RunTrace.Pe::type));
        inHostMemory = RecordedPool.typesInHostMemory(trace);
        rounds = trace.tasks().stream()
                .mapToLong(TaskRecord::assignedNanos)
                .sorted()
                .distinct()
                .toArray();
    }

    /** By request; without those of which something is not known. */
    static Map<Long, RequestTimes> of(RunTrace trace) {
        RecordedTimes times = new RecordedTimes(trace);
        Map<Long, List<Execution>> executions = executions(trace);
        Map<String, ApplicationProfile> profiles =
                trace.profiles().stream().collect(Collectors.toMap(ApplicationProfile::name, profile -> profile));
        Map<Long, RequestTimes> known = new HashMap<>();
        for (RunTrace.Request request : trace.requests()) {
            ApplicationProfile profile = profiles.get(request.application());
            List<Execution> mine = executions.get(request.id());
            RequestTimes found = profile == null || mine == null ? null : times.times(request, profile, mine);
            if (found != null) {
                known.put(request.id(), found);
            }
        }
        return known;
    }

    private static Map<Long, List<Execution>> executions(RunTrace trace) {
        Map<Long, List<Execution>> byRequest = new HashMap<>();
        Map<String, Long> free = new HashMap<>();
        trace.tasks().stream()
                .sorted(Comparator.comparingLong(TaskRecord::startedNanos))
                .forEach(task -> {
                    Long since = free.put(task.peId(), task.finishedNanos());
                    if (task.outcome() == Outcome.COMPLETED) {
                        byRequest
                                .computeIfAbsent(task.requestId(), key -> new ArrayList<>())
                                .add(new Execution(task, since == null ? Long.MIN_VALUE : since));
                    }
                });
        return byRequest;
    }

    private @Nullable RequestTimes times(
            RunTrace.Request request, ApplicationProfile profile, List<Execution> executions) {
        Map<String, Deque<Execution>> byLabel = byLabel(executions);
        int count = profile.tasks().size();
        long[] ends = new long[count];
        List<TaskTimes> tasks = new ArrayList<>(count);
        long lastEnd = request.arrivalNanos();
        for (int i = 0; i < count; i++) {
            TaskProfile task = profile.tasks().get(i);
            long there = request.arrivalNanos();
            for (TaskProfile.Input input : task.inputs()) {
                there = Math.max(there, ends[input.task()]);
            }
            if (task.kernel() == TaskProfile.NO_KERNEL) {
                // Nobody recorded it: it takes no time, and what follows it comes so much later.
                ends[i] = there;
                tasks.add(new TaskTimes(0, null));
            } else {
                Deque<Execution> left = byLabel.get(task.label());
                Execution execution = left == null ? null : left.poll();
                if (execution == null) {
                    return null;
                }
                ends[i] = execution.task().finishedNanos();
                tasks.add(new TaskTimes(Math.max(0, seenNanos(execution.task()) - there), run(execution)));
            }
            lastEnd = Math.max(lastEnd, ends[i]);
        }
        boolean all = byLabel.values().stream().allMatch(Deque::isEmpty);
        return all ? new RequestTimes(tasks, Math.max(0, request.endNanos() - lastEnd)) : null;
    }

    /** In the order in which profiles have tasks of one label: as the graph or the application has them, and turns of a loop as they come. */
    private static Map<String, Deque<Execution>> byLabel(List<Execution> executions) {
        Map<String, Deque<Execution>> byLabel = new HashMap<>();
        executions.stream()
                .sorted(Comparator.comparingInt(
                                (Execution execution) -> execution.task().task())
                        .thenComparingLong(execution -> execution.task().readyNanos()))
                .forEach(execution -> byLabel.computeIfAbsent(execution.task().layers(), key -> new ArrayDeque<>())
                        .add(execution));
        return byLabel;
    }

    /**
     * The round that saw a task first: the one that placed it, unless the policy left it out in rounds before. The round that ended just
     * after the task was ready may have begun before that.
     */
    private long seenNanos(TaskRecord task) {
        int next = Arrays.binarySearch(rounds, task.readyNanos());
        int second = (next < 0 ? -next - 1 : next) + 1;
        return second < rounds.length ? Math.min(rounds[second], task.assignedNanos()) : task.assignedNanos();
    }

    private @Nullable Run run(Execution execution) {
        TaskRecord task = execution.task();
        String type = types.get(task.peId());
        if (type == null) {
            return null;
        }
        long since = Math.max(task.assignedNanos(), execution.freeNanos());
        return new Run(
                type,
                Math.max(0, task.startedNanos() - since),
                // Elsewhere copies are in it, which the simulator makes itself.
                inHostMemory.contains(type) ? task.finishedNanos() - task.startedNanos() : Run.UNKNOWN);
    }
}
