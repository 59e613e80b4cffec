// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/**
 * The last tasks of a live system as a {@link RunTrace}. What the system does not remember is said in the trace's notes: requests are
 * put together from their tasks, so that they arrive when their first task was ready and end with their last one, on usual terms.
 * Used by one thread, once.
 */
public final class SystemTrace {

    /** Ids of calls as requests; no runtime counts that far. */
    private static final long FIRST_CALL_ID = 1_000_000_000_000L;

    private final SaguaroRuntime runtime;
    private final Instant now;
    private final List<PeStatus> pes;
    private final List<String> notes = new ArrayList<>();
    private final List<ApplicationProfile> profiles = new ArrayList<>();
    private final List<RunTrace.Request> requests = new ArrayList<>();
    private final List<TaskRecord> tasks = new ArrayList<>();
    private final Map<Call, Long> calls = new HashMap<>();
    private long begin;

    /** The one of its session that has that number. */
    private record Call(long session, int number) {}

    private SystemTrace(SaguaroRuntime runtime, Instant now) {
        this.runtime = runtime;
        this.now = now;
        pes = runtime.processingElements().stream()
                .filter(pe -> pe.state() == PeStatus.State.ACTIVE)
                .toList();
    }

    /**
     * Writes down what the runtime remembers.
     *
     * @param now for the header
     * @return what was written
     * @throws IllegalStateException if there is nothing to write; says what to do
     */
    public static RunTrace save(SaguaroRuntime runtime, Instant now, Path file) throws IOException {
        RunTrace trace = new SystemTrace(runtime, now).trace();
        try (RunTraceWriter writer = new RunTraceWriter(file, trace.header())) {
            for (ApplicationProfile profile : trace.profiles()) {
                writer.profile(profile);
            }
            for (RunTrace.Request request : trace.requests()) {
                writer.request(request);
            }
            for (TaskRecord task : trace.tasks()) {
                writer.task(task);
            }
        }
        return trace;
    }

    private RunTrace trace() {
        Set<String> present = pes.stream().map(pe -> pe.descriptor().id()).collect(Collectors.toSet());
        List<TaskRecord> records = new ArrayList<>(runtime.trace());
        if (records.removeIf(record -> !present.contains(record.peId()))) {
            notes.add("Tasks on processing elements that have left, or take none now, are left out.");
        }
        if (records.isEmpty()) {
            throw new IllegalStateException(
                    "no tasks have run, or the trace is off: send requests first, or let the trace keep some");
        }
        records.replaceAll(this::asRequest);
        begin = records.stream().mapToLong(TaskRecord::readyNanos).min().orElse(0);
        Map<String, List<TaskRecord>> byApplication = records.stream()
                .collect(Collectors.groupingBy(TaskRecord::application, TreeMap::new, Collectors.toList()));
        notes.add(
                "Requests were put together from their tasks: they arrive when their first task was ready and end with their"
                        + " last one; tenants, priorities and deadlines are not known.");
        byApplication.forEach((application, all) -> runtime.deployment(application)
                .ifPresentOrElse(deployment -> addModel(deployment, all), () -> addCalls(application, all)));
        if (requests.isEmpty()) {
            throw new IllegalStateException("no request can be replayed: " + String.join(" ", notes));
        }
        Set<Long> kept = requests.stream().map(RunTrace.Request::id).collect(Collectors.toSet());
        records.stream()
                .filter(record -> kept.contains(record.requestId()))
                .map(this::shifted)
                .forEach(tasks::add);
        requests.sort(Comparator.comparingLong(RunTrace.Request::arrivalNanos));
        return new RunTrace(header(), profiles, requests, tasks, true);
    }

    private RunTrace.Header header() {
        return new RunTrace.Header(
                now.toString(),
                runtime.policies().stream()
                        .filter(PolicyStatus::active)
                        .map(PolicyStatus::name)
                        .findFirst()
                        .orElse("fcfs"),
                pes.stream().map(RunTrace.Pe::of).toList(),
                runtime.transfers().stream().map(RunTrace.Transfer::of).toList(),
                notes);
    }

    /** A task of a model as it is; a call of the Layer API as the only task of a request of its own. */
    private TaskRecord asRequest(TaskRecord record) {
        if (runtime.deployment(record.application()).isPresent()) {
            return record;
        }
        return new TaskRecord(
                calls.computeIfAbsent(
                        new Call(record.requestId(), record.task()), call -> FIRST_CALL_ID + calls.size()),
                record.application(),
                0,
                record.layers(),
                record.peId(),
                record.readyNanos(),
                record.assignedNanos(),
                record.startedNanos(),
                record.finishedNanos(),
                record.outcome());
    }

    private TaskRecord shifted(TaskRecord record) {
        return new TaskRecord(
                record.requestId(),
                record.application(),
                record.task(),
                record.layers(),
                record.peId(),
                record.readyNanos() - begin,
                Math.max(0, record.assignedNanos() - begin),
                record.startedNanos() - begin,
                record.finishedNanos() - begin,
                record.outcome());
    }

    private void addRequest(long id, String application, List<TaskRecord> of) {
        long arrival = of.stream().mapToLong(TaskRecord::readyNanos).min().orElse(begin) - begin;
        long end = of.stream().mapToLong(TaskRecord::finishedNanos).max().orElse(begin) - begin;
        requests.add(RunTrace.Request.of(
                id,
                application,
                arrival,
                Math.max(arrival, end),
                RequestOptions.DEFAULT,
                1,
                RunTrace.Request.COMPLETED));
    }

    // --- models ---

    private void addModel(Deployment deployment, List<TaskRecord> records) {
        ApplicationProfile profile;
        try {
            profile = deployment.profile();
        } catch (IllegalStateException e) {
            notes.add("Requests of " + deployment.name() + " are left out: " + e.getMessage() + ".");
            return;
        }
        profiles.add(profile);
        long kernels = profile.tasks().stream()
                .filter(task -> task.kernel() != TaskProfile.NO_KERNEL)
                .count();
        boolean fixed = kernels == profile.tasks().size();
        long incomplete = 0;
        for (Map.Entry<Long, List<TaskRecord>> request : byRequest(records).entrySet()) {
            long completed = request.getValue().stream()
                    .filter(record -> record.outcome() == Outcome.COMPLETED)
                    .count();
            if (completed == 0 || (fixed && completed < kernels)) {
                incomplete++;
            } else {
                addRequest(request.getKey(), profile.name(), request.getValue());
            }
        }
        if (incomplete > 0) {
            notes.add(incomplete + " requests of " + deployment.name()
                    + " are left out, because not all of their tasks are in the trace.");
        }
        if (!fixed) {
            notes.add("Requests of " + deployment.name()
                    + " have branches or loops, or arithmetic of the core: each is replayed as"
                    + " the usual one, and one at the edge of the trace may lack tasks.");
        }
    }

    private static Map<Long, List<TaskRecord>> byRequest(List<TaskRecord> records) {
        return records.stream()
                .collect(Collectors.groupingBy(TaskRecord::requestId, LinkedHashMap::new, Collectors.toList()));
    }

    // --- applications on the Layer API ---

    /** The trace knows no sessions, only calls: each is a request of its own. */
    private void addCalls(String application, List<TaskRecord> records) {
        Map<String, String> types = new HashMap<>();
        pes.forEach(pe -> types.put(pe.descriptor().id(), pe.descriptor().type()));
        Map<String, List<TaskRecord>> byLabel = records.stream()
                .filter(record -> record.outcome() == Outcome.COMPLETED)
                .collect(Collectors.groupingBy(TaskRecord::layers, TreeMap::new, Collectors.toList()));
        byLabel.forEach((label, calls) -> {
            String name = application + ": " + label;
            profiles.add(new ApplicationProfile(
                    name,
                    0,
                    List.of(new KernelProfile(label, 0, 0, costs(calls, types))),
                    List.of(new TaskProfile(label, 0, List.of(), 0, 0, 0))));
            byRequest(calls).forEach((id, of) -> addRequest(id, name, of));
        });
        notes.add("Calls of " + application
                + " are replayed as independent requests at their recorded times, because who waited for"
                + " whom is not recorded; their operations and bytes are not known.");
    }

    private static List<KernelProfile.Cost> costs(List<TaskRecord> calls, Map<String, String> types) {
        List<KernelProfile.Cost> costs = new ArrayList<>();
        for (String type : new TreeSet<>(types.values())) {
            double[] nanos = calls.stream()
                    .filter(call -> type.equals(types.get(call.peId())))
                    .mapToDouble(call -> (double) call.finishedNanos() - call.startedNanos())
                    .toArray();
            if (nanos.length > 0) {
                double mean = Arrays.stream(nanos).average().orElse(0);
                double variance = Arrays.stream(nanos)
                        .map(value -> (value - mean) * (value - mean))
                        .average()
                        .orElse(0);
                costs.add(new KernelProfile.Cost(type, mean, Math.sqrt(variance)));
            }
        }
        return costs;
    }
}
