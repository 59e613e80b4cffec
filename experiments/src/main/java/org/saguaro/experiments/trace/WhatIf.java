// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.TaskRecord.Outcome;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Arrivals;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.RequestTimes;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;
import org.saguaro.runtime.core.simulation.SimulationSettings;
import org.saguaro.runtime.core.simulation.Simulator;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * What a recorded run would have been under other policies or on other PEs: its requests come when they came, on the same terms, and are
 * simulated. Thread-safe.
 */
public final class WhatIf {

    /** More make no chart that a browser moves smoothly. */
    private static final int MOST_TASKS = 20_000;

    private final RunTrace trace;
    private final List<RunTrace.Request> requests;
    private final RecordedPool recorded;
    private final Map<Long, RequestTimes> times;

    /**
     * One run of the requests.
     *
     * @param run how people call it: {@code recorded}, {@code replayed} or {@code drawn}
     * @param applications those that had requests
     * @param makespanNanos from the first arrival to the last end
     * @param utilisation part of the PEs' time in which they worked, 0 to 1; NaN if that is not known
     * @param joules energy of the PEs; NaN if their power is not known
     * @param tasks the first {@value #MOST_TASKS}, for a chart
     */
    public record Run(
            String run,
            String policy,
            String pool,
            List<Application> applications,
            long makespanNanos,
            double utilisation,
            double joules,
            List<TaskRecord> tasks) {
        public Run {
            applications = List.copyOf(applications);
            tasks = List.copyOf(tasks);
        }

        /** Mean execution time of all requests that have a result. */
        public double meanNanos() {
            double sum = 0;
            long count = 0;
            for (Application application : applications) {
                long completed = application.requests() - application.dropped();
                sum += completed == 0 ? 0 : application.meanNanos() * completed;
                count += completed;
            }
            return count == 0 ? Double.NaN : sum / count;
        }
    }

    /**
     * One application in a run. Times from arrival to end, of requests that have a result.
     *
     * @param dropped requests whose hard deadline passed
     */
    public record Application(
            String name, long requests, long dropped, double meanNanos, long p50Nanos, long p99Nanos) {}

    /**
     * Takes the requests of a trace that have a result or were dropped.
     *
     * @throws IllegalArgumentException if there is none
     */
    public WhatIf(RunTrace trace) {
        this.trace = trace;
        requests = trace.requests().stream()
                .filter(request -> request.isCompleted() || request.outcome().equals(RunTrace.Request.DROPPED))
                .sorted(Comparator.comparingLong(RunTrace.Request::arrivalNanos).thenComparing(RunTrace.Request::id))
                .toList();
        if (requests.isEmpty()) {
            throw new IllegalArgumentException(
                    "the trace has no request that has a result, expected one at least: nothing can be replayed");
        }
        times = RecordedTimes.of(trace);
        recorded = RecordedPool.of(trace, times);
    }

    /** Requests that failed or were refused, and are not replayed. */
    public long leftOut() {
        return (long) trace.requests().size() - requests.size();
    }

    /** Requests that are replayed and of which not all tasks are in the trace: what they take is drawn. */
    public long drawnRequests() {
        return requests.stream()
                .filter(request -> !times.containsKey(request.id()))
                .count();
    }

    private long firstArrivalNanos() {
        return requests.get(0).arrivalNanos();
    }

    // --- as it was ---

    /** The run that was recorded. */
    public Run recorded() {
        Map<String, List<RunTrace.Request>> byApplication = requests.stream()
                .collect(Collectors.groupingBy(RunTrace.Request::application, LinkedHashMap::new, Collectors.toList()));
        List<Application> applications = new ArrayList<>();
        byApplication.forEach((name, all) -> applications.add(application(name, all)));
        applications.sort(Comparator.comparing(Application::name));
        long makespan =
                requests.stream().mapToLong(RunTrace.Request::endNanos).max().orElse(0) - firstArrivalNanos();
        Map<String, Long> busy = new HashMap<>();
        trace.tasks().forEach(task -> busy.merge(task.peId(), task.finishedNanos() - task.startedNanos(), Long::sum));
        double joules = 0;
        for (RunTrace.Pe pe : trace.header().pes()) {
            joules += (pe.activeWatts() * busy.getOrDefault(pe.id(), 0L) + pe.idleWatts() * makespan) / 1e9;
        }
        boolean known = !trace.tasks().isEmpty();
        return new Run(
                "recorded",
                trace.header().policy(),
                recorded.pool().name(),
                applications,
                makespan,
                known
                        ? busy.values().stream().mapToLong(Long::longValue).sum()
                                / ((double) makespan * recorded.pool().size())
                        : Double.NaN,
                known && hasPower(recorded.pool()) ? joules : Double.NaN,
                trace.tasks().subList(0, Math.min(MOST_TASKS, trace.tasks().size())));
    }

    private static boolean hasPower(Pool pool) {
        return pool.peTypes().stream().anyMatch(type -> type.activeWatts() > 0 || type.idleWatts() > 0);
    }

    private static Application application(String name, List<RunTrace.Request> all) {
        Histogram times = new Histogram(3);
        double sum = 0;
        long dropped = 0;
        for (RunTrace.Request request : all) {
            if (request.isCompleted()) {
                long nanos = request.endNanos() - request.arrivalNanos();
                times.recordValue(nanos);
                sum += nanos;
            } else {
                dropped++;
            }
        }
        long completed = all.size() - dropped;
        return new Application(
                name,
                all.size(),
                dropped,
                completed == 0 ? Double.NaN : sum / completed,
                times.getValueAtPercentile(50),
                times.getValueAtPercentile(99));
    }

    // --- as it would have been ---

    /**
     * Simulates the requests. On the recorded PEs each task takes what it took; elsewhere its times are drawn as the cost model's mean and
     * deviation say, from which the recorded disturbances are absent.
     *
     * @param policy used by this run alone
     * @param other PEs instead of the recorded ones
     * @return what came of it; of the time so far if the thread is interrupted, which stays interrupted
     * @throws IllegalArgumentException if some task can run on none of the PEs; says which and what to do
     */
    public Run replayed(String policyName, SchedulingPolicy policy, Optional<Pool> other) {
        return run("replayed", policyName, policy, other, other.isPresent() ? Map.of() : times);
    }

    /**
     * Simulates the requests on the recorded PEs with times that are drawn independently of each other, with the mean and deviation that
     * each kernel had in the trace, and the mean of what passed between kernels: what a simulation knows that has profiles and no trace.
     *
     * @param policy used by this run alone
     */
    public Run drawn(String policyName, SchedulingPolicy policy) {
        return run("drawn", policyName, policy, Optional.empty(), Map.of());
    }

    private Run run(
            String run,
            String policyName,
            SchedulingPolicy policy,
            Optional<Pool> other,
            Map<Long, RequestTimes> requestTimes) {
        Pool pool = other.orElse(recorded.pool());
        // Where tasks take what they took, nothing is drawn, and kernels stand for what policies believe: the cost
        // model's
        // figures. So they do elsewhere, as they are without the disturbances of the recorded PEs.
        Set<String> drawn = requests.stream()
                .filter(request -> !requestTimes.containsKey(request.id()))
                .map(RunTrace.Request::application)
                .collect(Collectors.toSet());
        Set<String> requested =
                requests.stream().map(RunTrace.Request::application).collect(Collectors.toSet());
        List<ApplicationProfile> drawnProfiles =
                requestTimes.isEmpty() ? recorded.wholeProfiles() : recorded.profiles();
        List<ApplicationProfile> used = new ArrayList<>();
        for (int i = 0; i < trace.profiles().size(); i++) {
            String application = trace.profiles().get(i).name();
            if (requested.contains(application)) {
                boolean asMeasured = other.isPresent() || !drawn.contains(application);
                used.add((asMeasured ? trace.profiles() : drawnProfiles).get(i));
            }
        }
        used.sort(Comparator.comparing(ApplicationProfile::name));
        Simulation simulation = Simulator.simulation(pool, used);
        Tasks tasks = new Tasks(simulation);
        SimulationResult result =
                simulation.run(policy, new Recorded(used, requestTimes), SimulationSettings.DEFAULT, tasks);
        double peTime = (double) result.endNanos() * result.pes().size();
        long working = result.pes().stream()
                .mapToLong(pe -> pe.busyNanos() + pe.transferNanos())
                .sum();
        return new Run(
                run,
                policyName,
                pool.name(),
                result.applications().stream()
                        .map(a -> new Application(
                                a.name(), a.requests(), a.dropped(), a.meanNanos(), a.p50Nanos(), a.p99Nanos()))
                        .toList(),
                result.endNanos(),
                peTime == 0 ? Double.NaN : working / peTime,
                hasPower(pool) ? result.joules() : Double.NaN,
                tasks.first);
    }

    /** The requests, the first one at 0. */
    private final class Recorded implements Arrivals {
        private final Map<String, Integer> applications = new HashMap<>();
        private final Map<String, Integer> tenants = new HashMap<>();
        private final Map<Long, RequestTimes> requestTimes;
        private int position;

        Recorded(List<ApplicationProfile> profiles, Map<Long, RequestTimes> requestTimes) {
            this.requestTimes = requestTimes;
            profiles.forEach(profile -> applications.put(profile.name(), applications.size()));
        }

        @Override
        public boolean next(Arrival into) {
            if (position == requests.size()) {
                return false;
            }
            RunTrace.Request request = requests.get(position++);
            into.nanos = request.arrivalNanos() - firstArrivalNanos();
            into.application = applications.getOrDefault(request.application(), 0);
            into.tenant = tenants.computeIfAbsent(request.tenant(), name -> tenants.size());
            into.tenantWeight = request.tenantWeight();
            into.priority = request.priority();
            into.softDeadlineNanos = after(into.nanos, request.softDeadlineNanos());
            into.hardDeadlineNanos = after(into.nanos, request.hardDeadlineNanos());
            into.value = request.value();
            into.recorded = requestTimes.get(request.id());
            return true;
        }

        private static long after(long nanos, long deadline) {
            return deadline == RunTrace.Request.NONE ? Long.MAX_VALUE : nanos + deadline;
        }
    }

    /** Keeps the first tasks for a chart. */
    private static final class Tasks implements SimulationObserver {
        private final Simulation simulation;
        private final List<TaskRecord> first = new ArrayList<>();

        Tasks(Simulation simulation) {
            this.simulation = simulation;
        }

        @Override
        public void task(
                long request,
                int application,
                int task,
                int pe,
                long readyNanos,
                long assignedNanos,
                long startedNanos,
                long finishedNanos) {
            if (first.size() < MOST_TASKS) {
                ApplicationProfile profile = simulation.applications().get(application);
                first.add(new TaskRecord(
                        request,
                        profile.name(),
                        task,
                        profile.tasks().get(task).label(),
                        simulation.pes().get(pe),
                        readyNanos,
                        assignedNanos,
                        startedNanos,
                        finishedNanos,
                        Outcome.COMPLETED));
            }
        }
    }
}
