// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.saguaro.experiments.application.Target;
import org.saguaro.experiments.application.Targets;
import org.saguaro.experiments.trace.RunTrace;
import org.saguaro.experiments.workload.Schedule;
import org.saguaro.experiments.workload.Stream;
import org.saguaro.experiments.workload.Workload;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.formats.progress.Progress;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a workload on the processing elements that are there. Requests are sent when they are due, whatever became of those before: what the
 * runtime is late with counts as latency.
 */
public final class LiveRun {

    /** Close enough to a due time; parking is not more exact. */
    private static final long SLACK_NANOS = 20_000;

    private static final Logger LOG = LoggerFactory.getLogger(LiveRun.class);

    private final SaguaroRuntime runtime;
    private final Monitor monitor;

    /** On that runtime, with what its monitor says. */
    public LiveRun(SaguaroRuntime runtime, Monitor monitor) {
        this.runtime = runtime;
        this.monitor = monitor;
    }

    /**
     * Serves all requests. If the thread is interrupted, sends no more, cancels those in flight, and writes down what there is: the summary
     * says so, and the thread's mark is cleared.
     *
     * @param targets opened for these streams, warmed up
     * @param scale all rates times that
     * @param folder gets the results; stays open
     * @param progress counts milliseconds of the workload's duration
     * @throws WorkloadException if a rate cannot be kept
     * @throws IOException if results cannot be written
     */
    public RunSummary run(Workload workload, Targets targets, double scale, RunFolder folder, Progress progress)
            throws IOException, WorkloadException {
        long[] inputBits = targets.inputBits(workload);
        Schedule schedule = new Schedule(workload, inputBits, scale);
        trace(workload, targets, folder);
        Map<String, PeStatus> before = processingElements();
        runtime.clearTrace();
        long begin = System.nanoTime();
        LiveRecorder recorder =
                new LiveRecorder(runtime, monitor, folder, begin, progress, (long) (workload.durationSeconds() * 1e3));
        RunSummary.Status status = RunSummary.Status.COMPLETE;
        try (recorder) {
            try {
                send(workload, targets, schedule, recorder, begin);
                recorder.awaitEnds();
            } catch (InterruptedException e) {
                status = RunSummary.Status.INTERRUPTED;
                targets.cancel();
                recorder.awaitEndsOfCancelled();
            }
        }
        long elapsed = recorder.elapsedNanos();
        List<String> metrics =
                workload.streams().stream().map(s -> targets.of(s).metric()).toList();
        List<RunSummary.PeSummary> use = use(before, elapsed);
        RunSummary summary = new RunSummary(
                "real",
                status,
                policy(),
                pool(use),
                workload.seed(),
                workload.durationSeconds(),
                scale,
                elapsed,
                folder.streams(metrics, inputBits, elapsed / 1e9),
                use,
                folder.scheduling(),
                folder.tasks(),
                folder.omittedTasks());
        folder.finish(summary);
        return summary;
    }

    /** Where an application does not know its graph (it has not run, or only in parts), there is no trace to replay. */
    private void trace(Workload workload, Targets targets, RunFolder folder) throws IOException {
        List<ApplicationProfile> profiles = new ArrayList<>();
        for (Stream stream : workload.streams()) {
            try {
                profiles.add(targets.of(stream).profile());
            } catch (IllegalStateException | RequestException e) {
                LOG.warn(
                        "no trace of tasks is written, because {} cannot tell its graph: {}",
                        stream.name(),
                        e.toString());
                return;
            } catch (InterruptedException e) {
                // Noticed again as soon as a request is to be sent.
                Thread.currentThread().interrupt();
                return;
            }
        }
        folder.trace(
                new RunTrace.Header(
                        Instant.now().toString(),
                        policy(),
                        runtime.processingElements().stream()
                                .map(RunTrace.Pe::of)
                                .toList(),
                        runtime.transfers().stream().map(RunTrace.Transfer::of).toList(),
                        List.of("Workload " + workload.origin() + ".")),
                profiles);
    }

    private static void send(
            Workload workload, Targets targets, Schedule schedule, LiveRecorder recorder, long beginNanos)
            throws InterruptedException {
        List<Stream> streams = workload.streams();
        List<Target> byStream = streams.stream().map(targets::of).toList();
        while (schedule.next()) {
            waitUntil(beginNanos + schedule.nanos());
            int stream = schedule.stream();
            long number = schedule.number();
            long arrival = schedule.nanos();
            Target target = byStream.get(stream);
            long request = recorder.sent();
            target.send(
                    (int) (number % target.samples()),
                    streams.get(stream).options(),
                    end -> recorder.ended(request, stream, number, arrival, end));
        }
    }

    private static void waitUntil(long dueNanos) throws InterruptedException {
        for (long left = dueNanos - System.nanoTime(); left > SLACK_NANOS; left = dueNanos - System.nanoTime()) {
            if (Thread.currentThread().isInterrupted()) {
                break;
            }
            LockSupport.parkNanos(left);
        }
        // Also where it is late already, and never waits.
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private Map<String, PeStatus> processingElements() {
        Map<String, PeStatus> byId = new HashMap<>();
        runtime.processingElements().forEach(pe -> byId.put(pe.descriptor().id(), pe));
        return byId;
    }

    private List<RunSummary.PeSummary> use(Map<String, PeStatus> before, long elapsedNanos) {
        List<RunSummary.PeSummary> use = new ArrayList<>();
        for (PeStatus now : runtime.processingElements()) {
            PeStatus then = before.getOrDefault(now.descriptor().id(), now);
            // One that came, or came anew, during the run: all it did was in the run.
            boolean same = before.containsKey(now.descriptor().id()) && then.completedTasks() <= now.completedTasks();
            long busy = now.busyNanos() - (same ? then.busyNanos() : 0);
            use.add(new RunSummary.PeSummary(
                    now.descriptor().id(),
                    now.descriptor().type(),
                    now.completedTasks() - (same ? then.completedTasks() : 0),
                    elapsedNanos <= 0 ? 0 : Math.min(1, (double) busy / elapsedNanos),
                    OptionalDouble.empty()));
        }
        return use;
    }

    /** Those that ran something: which of several shapes of the same hardware is at work may have changed. */
    private static String pool(List<RunSummary.PeSummary> use) {
        String busy = use.stream()
                .filter(pe -> pe.tasks() > 0)
                .map(RunSummary.PeSummary::id)
                .collect(Collectors.joining(", "));
        return busy.isEmpty() ? "nothing" : busy;
    }

    private String policy() {
        return runtime.policies().stream()
                .filter(PolicyStatus::active)
                .map(PolicyStatus::name)
                .findFirst()
                .orElse("none");
    }
}
