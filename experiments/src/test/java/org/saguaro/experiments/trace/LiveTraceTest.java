// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
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
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.simulation.Pool;

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
     * The fidelity of the simulator on real threads. Devices that take known times and no processor make it a test of what we
     * model and not of what else the machine does; the true figures for real CPU kernels are {@code ./saguaro bench fidelity}'s.
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
        double stretched = stretched(trace);
        assumeTrue(
                stretched < 1.15,
                () -> "the machine is so busy that its devices took " + stretched + " times what they should");
        // 10 % is what the bench holds; here anything may happen beside the test.
        assertThat(replayed.meanNanos())
                .as("mean execution time, recorded %.0f ns", recorded.meanNanos())
                .isCloseTo(recorded.meanNanos(), Percentage.withPercentage(35));
        assertThat((double) replayed.makespanNanos())
                .as("makespan")
                .isCloseTo((double) recorded.makespanNanos(), Percentage.withPercentage(35));
        assertThat(replayed.utilisation()).isBetween(0.1, 1.0);
    }

    /** What the tasks took of what their devices are to take. */
    private static double stretched(RunTrace trace) {
        double taken = 0;
        double meant = 0;
        Map<String, String> operators = Map.of("first", "relu", "left", "tanh", "right", "sigmoid", "last", "add");
        for (TaskRecord task : trace.tasks()) {
            taken += task.finishedNanos() - task.startedNanos();
            String operator = operators.getOrDefault(task.layers(), "");
            meant += TimedPe.NANOS.getOrDefault(operator, 0L) * (task.peId().startsWith("slow") ? 2.5 : 1);
        }
        return taken / meant;
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
