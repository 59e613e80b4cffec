// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.TaskRecord;
import org.saguaro.runtime.core.calls.LayerRuntime;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerOptions;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.Pool;
import org.saguaro.runtime.core.simulation.TaskProfile;

/** Traces of a runtime that runs, saved, read and replayed. */
@Timeout(120)
class LiveTraceTest {

    private static final Tensor INPUT = Tensor.of(new float[4], 4);

    private final Engine engine =
            new Engine(new Settings(1 << 14, 256, Duration.ofSeconds(30), Duration.ofSeconds(5), 4, Optional.empty()));

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        engine.close();
    }

    private void start() {
        engine.addPolicy("ef", "test", new EarliestFinish());
        engine.configurePolicies(List.of("ef"));
        engine.addPe(new TimedPe("fast0", "fast", 1));
        engine.addPe(new TimedPe("fast1", "fast", 1));
        engine.addPe(new TimedPe("slow0", "slow", 2.5));
    }

    private Deployment deploy(String name) throws Exception {
        return engine.deploy(TimedPe.diamond(name), new DeployOptions(name, Granularity.LAYER));
    }

    private RunTrace saved() throws Exception {
        Path file = folder.resolve("run.ndjson");
        RunTrace written = SystemTrace.save(engine, Instant.EPOCH, file);
        assertThat(RunTrace.read(file)).isEqualTo(written);
        return written;
    }

    /**
     * The fidelity of the simulator on real threads, with generous slack; the true figures for real CPU kernels are {@code ./saguaro
     * bench fidelity}'s.
     */
    @Test
    void replaysUnderItsOwnPolicyAsItWas() throws Exception {
        start();
        Deployment deployment = deploy("net");
        for (int i = 0; i < 6; i++) {
            // All kernels on all PEs are measured before: what is unknown is not what is tested.
            List<CompletableFuture<InferenceResult>> some = new ArrayList<>();
            for (int n = 0; n < 3; n++) {
                some.add(deployment.submit(List.of(INPUT), RequestOptions.DEFAULT));
            }
            for (CompletableFuture<InferenceResult> each : some) {
                each.get();
            }
        }
        engine.clearTrace();
        SplittableRandom random = new SplittableRandom(7);
        List<CompletableFuture<InferenceResult>> sent = new ArrayList<>();
        long next = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            // Poisson arrivals that make queues now and then, and leave room for a machine that wakes devices late.
            next += (long) (-Math.log(1 - random.nextDouble()) * 25_000_000);
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            sent.add(deployment.submit(List.of(INPUT), RequestOptions.DEFAULT));
        }
        for (CompletableFuture<InferenceResult> each : sent) {
            each.get();
        }
        RunTrace trace = saved();
        assertThat(trace.requests()).hasSize(50).allMatch(RunTrace.Request::isCompleted);
        assertThat(trace.tasks()).hasSize(200);
        assertThat(trace.header().policy()).isEqualTo("ef");
        WhatIf whatIf = new WhatIf(trace);
        WhatIf.Run recorded = whatIf.recorded();
        WhatIf.Run replayed = whatIf.replayed("ef", new EarliestFinish(), Optional.empty());
        assertThat(replayed.tasks()).hasSize(200);
        assertThat(whatIf.drawnRequests())
                .as("requests of which not every task is in the trace")
                .isZero();
        assertIsCloseTo(replayed, recorded);
        assertThat(replayed.utilisation()).isBetween(0.1, 1.0);
    }

    /** Where the machine stretches times, the replay's are as long: only what the policy saw at which instant may differ. */
    private static void assertIsCloseTo(WhatIf.Run replayed, WhatIf.Run recorded) {
        assertThat(replayed.meanNanos())
                .as("mean execution time, recorded %.0f ns", recorded.meanNanos())
                .isCloseTo(recorded.meanNanos(), Percentage.withPercentage(25));
        assertThat((double) replayed.makespanNanos())
                .as("makespan")
                .isCloseTo((double) recorded.makespanNanos(), Percentage.withPercentage(25));
    }

    /** Instances on threads of their own, whose wake-ups and own work are part of what they take. */
    @Test
    void replaysApplicationsOnTheLayerApiAsTheyWere() throws Exception {
        start();
        List<RunTrace.Request> requests = Collections.synchronizedList(new ArrayList<>());
        try (LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT)) {
            for (int i = 0; i < 6; i++) {
                instance(layers, LayerOptions.DEFAULT);
            }
            ApplicationProfile profile = instance(layers, LayerOptions.DEFAULT.withRecording());
            engine.clearTrace();
            long begin = System.nanoTime();
            ExecutorService threads = Executors.newFixedThreadPool(3);
            List<Future<?>> instances = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                instances.add(threads.submit(() -> {
                    long arrival = System.nanoTime() - begin;
                    try (LayerSession session = layers.open("radar")) {
                        calls(session);
                        requests.add(RunTrace.Request.of(
                                session.number(),
                                "radar",
                                arrival,
                                System.nanoTime() - begin,
                                RequestOptions.DEFAULT,
                                1,
                                RunTrace.Request.COMPLETED));
                    }
                    return null;
                }));
            }
            for (Future<?> each : instances) {
                each.get();
            }
            threads.shutdown();
            RunTrace.Header header = new RunTrace.Header(
                    "",
                    "ef",
                    engine.processingElements().stream().map(RunTrace.Pe::of).toList(),
                    List.of(),
                    List.of());
            List<TaskRecord> tasks =
                    engine.trace().stream().map(task -> since(begin, task)).toList();
            WhatIf whatIf = new WhatIf(new RunTrace(header, List.of(profile), requests, tasks, true));
            assertThat(whatIf.drawnRequests())
                    .as("instances whose calls are not all known")
                    .isZero();
            assertIsCloseTo(whatIf.replayed("ef", new EarliestFinish(), Optional.empty()), whatIf.recorded());
        }
    }

    private static ApplicationProfile instance(LayerRuntime layers, LayerOptions options) throws Exception {
        try (LayerSession session = layers.open("radar", options)) {
            calls(session);
            session.awaitCalls();
            return options.recorded()
                    ? session.profile()
                    : new ApplicationProfile(
                            "none", 0, List.of(), List.of(new TaskProfile("", -1, List.of(), 0, 0, 0)));
        }
    }

    private static void calls(LayerSession session) throws Exception {
        DeviceTensor first = session.relu(session.tensor(INPUT));
        DeviceTensor left = session.sigmoid(first);
        DeviceTensor right = session.relu(first);
        left.await();
        right.await();
        session.relu(left).await();
    }

    private static TaskRecord since(long begin, TaskRecord task) {
        return new TaskRecord(
                task.requestId(),
                task.application(),
                task.task(),
                task.layers(),
                task.peId(),
                task.readyNanos() - begin,
                task.assignedNanos() - begin,
                task.startedNanos() - begin,
                task.finishedNanos() - begin,
                task.outcome());
    }

    @Test
    void writesTableAndChartsOfReplays() throws Exception {
        start();
        Deployment deployment = deploy("net");
        for (int i = 0; i < 3; i++) {
            deployment.infer(List.of(INPUT));
        }
        WhatIf whatIf = new WhatIf(saved());
        Pool one =
                new Pool("one fast", List.of(new Pool.PeType("fast", 1, Pool.HOST, 2, 0.5, 0, List.of())), List.of());
        List<WhatIf.Run> runs =
                List.of(whatIf.recorded(), whatIf.replayed("ef", new EarliestFinish(), Optional.of(one)));
        assertThat(WhatIfReport.table(runs).toString())
                .containsPattern("recorded +ef +2 .* as recorded +net +3 ")
                .containsPattern("replayed +ef +one fast +net +3 ");
        WhatIfReport.write(folder.resolve("out"), runs);
        assertThat(Files.readAllLines(folder.resolve("out/whatif.csv")))
                .hasSize(3)
                .anyMatch(line -> line.startsWith("replayed,ef,one fast,net,3,0,"));
        assertThat(folder.resolve("out/recorded-ef.html")).content().contains("fast0");
        assertThat(folder.resolve("out/replayed-ef-one_fast.html")).content().contains("<svg");
        // On one PE four kernels come after each other.
        assertThat(runs.get(1).meanNanos()).isGreaterThan(20e6);
    }

    @Test
    void callsOfTheLayerApiAreIndependentRequestsAndThatIsSaid() throws Exception {
        start();
        try (LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT);
                LayerSession session = layers.open("radar")) {
            session.sigmoid(session.relu(session.tensor(INPUT))).await();
            session.awaitCalls();
            RunTrace trace = saved();
            assertThat(trace.profiles())
                    .extracting(profile -> profile.name())
                    .containsExactly("radar: relu", "radar: sigmoid");
            assertThat(trace.requests())
                    .extracting(RunTrace.Request::application)
                    .containsExactly("radar: relu", "radar: sigmoid");
            assertThat(trace.header().notes()).anyMatch(note -> note.contains("radar") && note.contains("independent"));
            assertThat(new WhatIf(trace)
                            .replayed("ef", new EarliestFinish(), Optional.empty())
                            .applications())
                    .hasSize(2);
        }
    }

    @Test
    void leavesOutRequestsThatTheRingHasPartsOf() throws Exception {
        try (Engine small =
                new Engine(new Settings(6, 256, Duration.ofSeconds(30), Duration.ofSeconds(5), 4, Optional.empty()))) {
            small.addPe(new TimedPe("fast0", "fast", 1));
            Deployment deployment = small.deploy(TimedPe.diamond("net"), new DeployOptions("net", Granularity.LAYER));
            deployment.infer(List.of(INPUT));
            deployment.infer(List.of(INPUT));
            RunTrace trace = SystemTrace.save(small, Instant.EPOCH, folder.resolve("part.ndjson"));
            assertThat(trace.requests()).hasSize(1);
            assertThat(trace.tasks()).hasSize(4);
            assertThat(trace.header().notes()).anyMatch(note -> note.startsWith("1 requests of net are left out"));
        }
    }

    @Test
    void saysThatThereIsNothingToSave() {
        start();
        assertThatThrownBy(() -> SystemTrace.save(engine, Instant.EPOCH, folder.resolve("none.ndjson")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("send requests first");
        assertThat(folder.resolve("none.ndjson")).doesNotExist();
    }
}
