// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.RequestTimes;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * The PEs of a trace and what they took, for the simulator. Where PEs work in host memory, a kernel takes what its tasks took in the trace,
 * waits for caches and for other threads of the machine included; elsewhere what the cost model had measured, because there a task's
 * time has copies in it that the simulator makes itself. What passed between kernels is in it in the mean: dispatch by type of PE, delays by task.
 * Immutable.
 */
final class RecordedPool {

    /** Fewer executions say less than the cost model does. */
    private static final int FEWEST_EXECUTIONS = 5;

    /** Of times that an interruption may stretch, the longest part is left out: a pause of the JVM is not what a dispatch takes. */
    private static final double TRUSTED = 0.95;

    private final Pool pool;
    private final List<ApplicationProfile> profiles;
    private final List<ApplicationProfile> whole;

    private record Kind(String type, String space) {}

    private record Execution(String kernel, String peType) {}

    private RecordedPool(Pool pool, List<ApplicationProfile> profiles, List<ApplicationProfile> whole) {
        this.pool = pool;
        this.profiles = profiles;
        this.whole = whole;
    }

    /** @param times what is known of requests, by their ids */
    static RecordedPool of(RunTrace trace, Map<Long, RequestTimes> times) {
        Map<Kind, List<RunTrace.Pe>> kinds = trace.header().pes().stream()
                .filter(pe -> !pe.parked())
                .collect(Collectors.groupingBy(
                        pe -> new Kind(pe.type(), pe.space()), LinkedHashMap::new, Collectors.toList()));
        Map<String, Double> dispatch = dispatchNanos(times.values());
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
        Map<String, List<RequestTimes>> byApplication = new HashMap<>();
        for (RunTrace.Request request : trace.requests()) {
            RequestTimes known = times.get(request.id());
            if (known != null) {
                byApplication
                        .computeIfAbsent(request.application(), key -> new ArrayList<>())
                        .add(known);
            }
        }
        List<ApplicationProfile> profiles = profiles(trace, byApplication);
        return new RecordedPool(
                new Pool(name + " as recorded", types, transfers),
                profiles,
                profiles.stream()
                        .map(profile -> withTail(profile, byApplication.getOrDefault(profile.name(), List.of())))
                        .toList());
    }

    Pool pool() {
        return pool;
    }

    /** The applications, with what their kernels took in the trace and what passed before their tasks. */
    List<ApplicationProfile> profiles() {
        return profiles;
    }

    /** The same with a task more: what passed after the others. */
    List<ApplicationProfile> wholeProfiles() {
        return whole;
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

    private static List<ApplicationProfile> profiles(RunTrace trace, Map<String, List<RequestTimes>> requestTimes) {
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
                        delayed(profile, requestTimes.getOrDefault(profile.name(), List.of()))))
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

    // --- what passes between kernels ---

    private static Map<String, Double> dispatchNanos(Collection<RequestTimes> times) {
        Map<String, List<Long>> dispatches = new HashMap<>();
        for (RequestTimes request : times) {
            for (RequestTimes.TaskTimes task : request.tasks()) {
                RequestTimes.Run run = task.run();
                if (run != null) {
                    dispatches
                            .computeIfAbsent(run.peType(), type -> new ArrayList<>())
                            .add(run.dispatchNanos());
                }
            }
        }
        Map<String, Double> means = new HashMap<>();
        dispatches.forEach((type, nanos) -> means.put(type, trustedMean(nanos)));
        return means;
    }

    /** The same tasks with the delays that they had in the trace. */
    private static List<TaskProfile> delayed(ApplicationProfile profile, List<RequestTimes> times) {
        if (times.size() < FEWEST_EXECUTIONS) {
            return profile.tasks();
        }
        List<TaskProfile> tasks = new ArrayList<>();
        for (int i = 0; i < profile.tasks().size(); i++) {
            int position = i;
            TaskProfile task = profile.tasks().get(i);
            tasks.add(new TaskProfile(
                    task.label(),
                    task.kernel(),
                    task.inputs(),
                    task.requestBytes(),
                    task.resultBytes(),
                    Math.round(trustedMean(times.stream()
                            .map(request -> request.tasks().get(position).delayNanos())
                            .toList()))));
        }
        return tasks;
    }

    /** And with what passed after the last one, as a task that no PE runs. */
    private static ApplicationProfile withTail(ApplicationProfile profile, List<RequestTimes> times) {
        if (times.size() < FEWEST_EXECUTIONS) {
            return profile;
        }
        Set<Integer> last = new TreeSet<>();
        for (int i = 0; i < profile.tasks().size(); i++) {
            last.add(i);
            profile.tasks().get(i).inputs().forEach(input -> last.remove(input.task()));
        }
        List<TaskProfile> tasks = new ArrayList<>(profile.tasks());
        tasks.add(new TaskProfile(
                "end",
                TaskProfile.NO_KERNEL,
                last.stream().map(task -> new TaskProfile.Input(task, 0)).toList(),
                0,
                0,
                Math.round(
                        trustedMean(times.stream().map(RequestTimes::tailNanos).toList()))));
        return new ApplicationProfile(profile.name(), profile.inputBits(), profile.kernels(), tasks);
    }

    private static double trustedMean(List<Long> nanos) {
        return nanos.stream()
                .sorted()
                .limit(Math.max(1, (long) (TRUSTED * nanos.size())))
                .mapToLong(Long::longValue)
                .average()
                .orElse(0);
    }
}
