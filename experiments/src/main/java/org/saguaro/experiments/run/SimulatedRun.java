// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.experiments.workload.Schedule;
import org.saguaro.experiments.workload.Stream;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.formats.progress.Progress;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Arrivals;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.Simulation;
import org.saguaro.runtime.core.simulation.SimulationObserver;
import org.saguaro.runtime.core.simulation.SimulationResult;
import org.saguaro.runtime.core.simulation.SimulationSettings;
import org.saguaro.runtime.core.simulation.Simulator;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * Runs a workload in the simulator, as {@link LiveRun} does on the real processing elements. With equal workload, pool, profiles, policy and
 * seed its tables are equal, byte for byte; memory does not depend on how long the virtual time is.
 */
public final class SimulatedRun {

    private final Workload workload;
    private final Pool pool;
    private final Simulation simulation;
    private final List<ApplicationProfile> profiles;
    private final long[] inputBits;

    /**
     * @param profiles what a request of each stream consists of, in the streams' order
     * @throws WorkloadException if some task can run on no PE of the pool; says which
     */
    public SimulatedRun(Workload workload, List<ApplicationProfile> profiles, Pool pool) throws WorkloadException {
        this.workload = workload;
        this.pool = pool;
        this.profiles = profiles;
        inputBits = profiles.stream().mapToLong(ApplicationProfile::inputBits).toArray();
        try {
            simulation = Simulator.simulation(pool, profiles);
        } catch (IllegalArgumentException e) {
            throw new WorkloadException(workload.origin() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Simulates until the last request has ended. If the thread is interrupted, writes down what there is; the summary says so, and the
     * thread's mark is cleared.
     *
     * @param policyName for the summary
     * @param policy used by this run alone
     * @param scale all rates times that
     * @param folder gets the results; stays open
     * @param progress counts milliseconds of the workload's duration
     * @throws WorkloadException if a rate cannot be kept
     * @throws IOException if results cannot be written
     */
    public RunSummary run(String policyName, SchedulingPolicy policy, double scale, RunFolder folder, Progress progress)
            throws IOException, WorkloadException {
        Schedule schedule = new Schedule(workload, inputBits, scale);
        folder.trace(header(policyName), profiles);
        Recorder recorder = new Recorder(folder, progress);
        SimulationResult result;
        try {
            result = simulation.run(
                    new MeasuredPolicy(policy, folder),
                    arrivals(schedule),
                    SimulationSettings.DEFAULT.withSeed(workload.seed()),
                    recorder);
        } catch (UncheckedIOException e) {
            throw new IOException("results cannot be written: " + e.getMessage(), e);
        }
        if (result.interrupted()) {
            boolean unused = Thread.interrupted();
        }
        double seconds = result.endNanos() / 1e9;
        List<String> metrics = workload.streams().stream().map(stream -> "").toList();
        RunSummary summary = new RunSummary(
                "simulated",
                result.interrupted() ? RunSummary.Status.INTERRUPTED : RunSummary.Status.COMPLETE,
                policyName,
                pool.name(),
                workload.seed(),
                workload.durationSeconds(),
                scale,
                result.endNanos(),
                folder.streams(metrics, inputBits, seconds),
                result.pes().stream()
                        .map(pe -> new RunSummary.PeSummary(
                                pe.id(),
                                pe.type(),
                                pe.tasks(),
                                result.endNanos() == 0
                                        ? 0
                                        : (double) (pe.busyNanos() + pe.transferNanos() + pe.dispatchNanos())
                                                / result.endNanos(),
                                OptionalDouble.of(pe.joules())))
                        .toList(),
                folder.scheduling(),
                folder.tasks(),
                folder.omittedTasks());
        folder.finish(summary);
        return summary;
    }

    private RunTrace.Header header(String policyName) {
        List<RunTrace.Pe> pes = new ArrayList<>();
        for (Pool.PeType type : pool.peTypes()) {
            for (int i = 0; i < type.count(); i++) {
                pes.add(new RunTrace.Pe(
                        type.name() + i, type.name(), type.space(), type.activeWatts(), type.idleWatts(), false));
            }
        }
        return new RunTrace.Header(
                Instant.now().toString(),
                policyName,
                pes,
                pool.transfers().stream()
                        .map(t -> new RunTrace.Transfer(t.from(), t.to(), t.startNanos(), t.nanosPerByte()))
                        .toList(),
                List.of("Simulated: workload " + workload.origin() + " on " + pool.name() + "."));
    }

    private Arrivals arrivals(Schedule schedule) {
        List<Stream> streams = workload.streams();
        Map<String, Integer> numbers = new HashMap<>();
        List<String> names = new ArrayList<>(workload.tenantWeights().keySet());
        names.forEach(name -> numbers.put(name, numbers.size()));
        int[] tenants = streams.stream()
                .mapToInt(stream -> numbers.getOrDefault(stream.options().tenant(), 0))
                .toArray();
        double[] weights = streams.stream()
                .mapToDouble(stream ->
                        workload.tenantWeights().getOrDefault(stream.options().tenant(), 1.0))
                .toArray();
        long[] soft = streams.stream().mapToLong(SimulatedRun::softNanos).toArray();
        long[] hard = streams.stream().mapToLong(SimulatedRun::hardNanos).toArray();
        return into -> {
            if (!schedule.next()) {
                return false;
            }
            int stream = schedule.stream();
            into.nanos = schedule.nanos();
            into.application = stream;
            into.tenant = tenants[stream];
            into.tenantWeight = weights[stream];
            into.priority = streams.get(stream).options().priority();
            into.softDeadlineNanos = after(into.nanos, soft[stream]);
            into.hardDeadlineNanos = after(into.nanos, hard[stream]);
            into.value = streams.get(stream).options().value();
            return true;
        };
    }

    /** A request's value is the same until its hard deadline if it has no soft one, as in the runtime. */
    private static long softNanos(Stream stream) {
        return stream.options().softDeadline().map(d -> d.toNanos()).orElse(hardNanos(stream));
    }

    private static long hardNanos(Stream stream) {
        return stream.options().hardDeadline().map(d -> d.toNanos()).orElse(Long.MAX_VALUE);
    }

    private static long after(long nanos, long deadline) {
        return deadline == Long.MAX_VALUE ? deadline : nanos + deadline;
    }

    /** What the simulator tells, into the folder. */
    private final class Recorder implements SimulationObserver {

        private static final long REQUESTS_PER_PROGRESS = 256;

        private final RunFolder folder;
        private final Progress progress;
        private final long durationMillis = (long) (workload.durationSeconds() * 1e3);
        private final List<String> pes = simulation.pes();
        private final long[] numbers = new long[workload.streams().size()];
        private final List<List<String>> labels = workload.streams().isEmpty()
                ? List.of()
                : simulation.applications().stream()
                        .map(application -> application.tasks().stream()
                                .map(task -> task.label())
                                .collect(Collectors.toList()))
                        .toList();

        private Recorder(RunFolder folder, Progress progress) {
            this.folder = folder;
            this.progress = progress;
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
            if (folder.isTraceFull(readyNanos)) {
                folder.omittedTasks(1);
                return;
            }
            try {
                folder.task(new TaskRecord(
                        request,
                        workload.streams().get(application).name(),
                        task,
                        labels.get(application).get(task),
                        pes.get(pe),
                        readyNanos,
                        assignedNanos,
                        startedNanos,
                        finishedNanos,
                        TaskRecord.Outcome.COMPLETED));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void request(
                long request, int application, int tenant, long arrivedNanos, long endedNanos, boolean dropped) {
            Stream stream = workload.streams().get(application);
            long hard = after(arrivedNanos, hardNanos(stream));
            boolean late = endedNanos > hard;
            try {
                folder.request(new RequestRow(
                        request,
                        application,
                        numbers[application]++,
                        arrivedNanos,
                        endedNanos,
                        dropped || late ? Outcome.DEADLINE : Outcome.COMPLETED,
                        dropped ? "given up by the policy" : late ? "the hard deadline passed" : "",
                        null,
                        request));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (request % REQUESTS_PER_PROGRESS == 0) {
                progress.to(Math.min(durationMillis, endedNanos / 1_000_000));
            }
        }
    }
}
