// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * The PEs of a trace and what they took, for the simulator. Where PEs work in host memory, a kernel takes what its tasks took in the trace,
 * waits for caches and for other threads of the machine included; elsewhere what the cost model had measured, because there a task's
 * time has copies in it that the simulator makes itself. The time in which a PE had a task to take up and did not is its dispatch.
 * Immutable.
 */
final class RecordedPool {

    /** Fewer executions say less than the cost model does. */
    private static final int FEWEST_EXECUTIONS = 5;

    /** Completing a task takes microseconds; what becomes ready later than that has other reasons. */
    private static final long HANDOVER_NANOS = 20_000;

    /** Of times that an interruption may stretch, the longest part is left out: a pause of the JVM is not what a dispatch takes. */
    private static final double TRUSTED = 0.95;

    private final Pool pool;
    private final List<ApplicationProfile> profiles;

    private record Kind(String type, String space) {}

    private record Execution(String kernel, String peType) {}

    private RecordedPool(Pool pool, List<ApplicationProfile> profiles) {
        this.pool = pool;
        this.profiles = profiles;
    }

    static RecordedPool of(RunTrace trace) {
        Map<Kind, List<RunTrace.Pe>> kinds = trace.header().pes().stream()
                .filter(pe -> !pe.parked())
                .collect(Collectors.groupingBy(
                        pe -> new Kind(pe.type(), pe.space()), LinkedHashMap::new, Collectors.toList()));
        Map<String, Double> dispatch = dispatchNanos(trace);
        List<Pool.PeType> types = new ArrayList<>();
        kinds.forEach((kind, pes) -> types.add(new Pool.PeType(
                kind.type(),
                pes.size(),
                kind.space(),
                pes.get(0).activeWatts(),
                pes.get(0).idleWatts(),
                Math.round(dispatch.getOrDefault(kind.type(), 0.0)),
                List.of())));
        List<Pool.Transfer> transfers = trace.header().transfers().stream()
                .map(copy ->
                        new Pool.Transfer(copy.from(), copy.to(), Math.round(copy.startNanos()), copy.nanosPerByte()))
                .toList();
        String name =
                types.stream().map(type -> type.count() + " " + type.name()).collect(Collectors.joining(" + "));
        return new RecordedPool(new Pool(name + " as recorded", types, transfers), profiles(trace));
    }

    Pool pool() {
        return pool;
    }

    /** The applications, with what their kernels took in the trace. */
    List<ApplicationProfile> profiles() {
        return profiles;
    }

    // --- kernels ---

    /** Types of PEs whose tasks copy nothing: what they take is what their kernels take. */
    static Set<String> typesInHostMemory(RunTrace trace) {
        Set<String> types = trace.header().pes().stream()
                .filter(pe -> pe.space().equals(Pool.HOST))
                .map(RunTrace.Pe::type)
                .collect(Collectors.toCollection(HashSet::new));
        trace.header().pes().stream()
                .filter(pe -> !pe.space().equals(Pool.HOST))
                .forEach(pe -> types.remove(pe.type()));
        return types;
    }

    private static List<ApplicationProfile> profiles(RunTrace trace) {
        Set<String> inHostMemory = typesInHostMemory(trace);
        Map<Execution, List<Long>> times = new HashMap<>();
        Map<String, String> types =
                trace.header().pes().stream().collect(Collectors.toMap(RunTrace.Pe::id, RunTrace.Pe::type));
        Map<String, Map<String, String>> kernels = new HashMap<>();
        trace.profiles().forEach(profile -> kernels.put(profile.name(), kernelsByLabel(profile)));
        for (TaskRecord task : trace.tasks()) {
            String type = types.getOrDefault(task.peId(), "");
            String kernel = kernels.getOrDefault(task.application(), Map.of()).get(task.layers());
            if (kernel != null && task.outcome() == Outcome.COMPLETED && inHostMemory.contains(type)) {
                times.computeIfAbsent(new Execution(kernel, type), key -> new ArrayList<>())
                        .add(task.finishedNanos() - task.startedNanos());
            }
        }
        return trace.profiles().stream()
                .map(profile -> new ApplicationProfile(
                        profile.name(),
                        profile.inputBits(),
                        profile.kernels().stream()
                                .map(kernel -> measured(kernel, times))
                                .toList(),
                        profile.tasks()))
                .toList();
    }

    /** Kernels by what traces call their tasks; without names that several have. */
    private static Map<String, String> kernelsByLabel(ApplicationProfile profile) {
        Map<String, String> kernels = new HashMap<>();
        Set<String> ambiguous = new HashSet<>();
        for (TaskProfile task : profile.tasks()) {
            if (task.kernel() != TaskProfile.NO_KERNEL) {
                String kernel = profile.kernels().get(task.kernel()).name();
                String before = kernels.put(task.label(), kernel);
                if (before != null && !before.equals(kernel)) {
                    ambiguous.add(task.label());
                }
            }
        }
        kernels.keySet().removeAll(ambiguous);
        return kernels;
    }

    private static KernelProfile measured(KernelProfile kernel, Map<Execution, List<Long>> times) {
        Map<String, KernelProfile.Cost> costs = new LinkedHashMap<>();
        kernel.measured().forEach(cost -> costs.put(cost.peType(), cost));
        times.forEach((execution, nanos) -> {
            if (execution.kernel().equals(kernel.name()) && nanos.size() >= FEWEST_EXECUTIONS) {
                double mean =
                        nanos.stream().mapToLong(Long::longValue).average().orElse(0);
                double variance = nanos.stream()
                        .mapToDouble(value -> (value - mean) * (value - mean))
                        .average()
                        .orElse(0);
                costs.put(execution.peType(), new KernelProfile.Cost(execution.peType(), mean, Math.sqrt(variance)));
            }
        });
        return new KernelProfile(
                kernel.name(),
                kernel.operations(),
                kernel.bytes(),
                costs.values().stream()
                        .sorted(Comparator.comparing(KernelProfile.Cost::peType))
                        .toList());
    }

    // --- dispatch ---

    /**
     * Since when a PE could have been at a task. Where it became ready just after the PE was free, it did so because of what ended there: to
     * complete a task and to find who waits for it is a part of the dispatch, as there is no time for it in the simulator otherwise.
     */
    private static long occupiedUntil(long free, long ready) {
        return free < ready && ready - free <= HANDOVER_NANOS ? free : Math.max(free, ready);
    }

    /** From when a PE was free and its next task ready until it took that up, by type of PE. */
    private static Map<String, Double> dispatchNanos(RunTrace trace) {
        Map<String, List<TaskRecord>> byPe = trace.tasks().stream()
                .sorted(Comparator.comparingLong(TaskRecord::startedNanos))
                .collect(Collectors.groupingBy(TaskRecord::peId));
        Map<String, List<Long>> gaps = new HashMap<>();
        for (RunTrace.Pe pe : trace.header().pes()) {
            long free = Long.MIN_VALUE / 2;
            for (TaskRecord task : byPe.getOrDefault(pe.id(), List.of())) {
                gaps.computeIfAbsent(pe.type(), type -> new ArrayList<>())
                        .add(Math.max(0, task.startedNanos() - occupiedUntil(free, task.readyNanos())));
                free = task.finishedNanos();
            }
        }
        Map<String, Double> means = new HashMap<>();
        gaps.forEach((type, nanos) -> means.put(
                type,
                nanos.stream()
                        .sorted()
                        .limit(Math.max(1, (long) (TRUSTED * nanos.size())))
                        .mapToLong(Long::longValue)
                        .average()
                        .orElse(0)));
        return means;
    }
}
