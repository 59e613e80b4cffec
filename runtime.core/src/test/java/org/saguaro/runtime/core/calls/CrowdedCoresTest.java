// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.CostStatus;
import org.saguaro.runtime.core.cost.CalibrationStore;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.FakePe;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.scheduler.api.Assignment;
import org.saguaro.scheduler.api.CostModel;
import org.saguaro.scheduler.api.PePool;
import org.saguaro.scheduler.api.ReadyQueue;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** Many tiny calls on a core and on an accelerator that takes a hundred times as long, under a policy that prefers the accelerator. */
@Timeout(60)
class CrowdedCoresTest {

    private static final int FEW = 10;
    private static final int MANY = 200;

    @TempDir
    private Path folder;

    private final FakePe core = FakePe.cpu("cpu0", "core");
    private final FakePe slow = FakePe.cpu("slow0", "slow");

    /** Each task goes to the last PE that supports it. */
    private static final class LastPe implements SchedulingPolicy {
        @Override
        public void schedule(ReadyQueue ready, PePool pool, CostModel costs, Assignment assignment) {
            for (int task = 0; task < ready.size(); task++) {
                for (int pe = pool.size() - 1; pe >= 0; pe--) {
                    if (costs.supports(task, pe)) {
                        assignment.assign(task, pe);
                        break;
                    }
                }
            }
        }
    }

    private Engine engine() {
        Engine engine = new Engine(new Settings(
                0, 64, Duration.ofSeconds(30), Duration.ofSeconds(5), 4, Optional.of(folder.resolve("costs.json"))));
        engine.addPe(core);
        engine.addPe(slow);
        engine.addPolicy("last", "test", new LastPe());
        engine.configurePolicies(List.of("last"));
        return engine;
    }

    private static void issue(LayerRuntime layers, int calls) throws Exception {
        try (LayerSession session = layers.open("crowd");
                LayerScope batch = session.batch()) {
            DeviceTensor x = session.tensor(Tensor.of(new float[] {1, 2}, 2));
            for (int i = 0; i < calls; i++) {
                DeviceTensor unread = batch.relu(x);
                assertThat(unread).isNotNull();
            }
            batch.flush();
            session.awaitCalls();
        }
    }

    /** As if an earlier run had measured 2 us on the core and 200 on the other one. */
    private void calibrate() throws Exception {
        String kernel;
        try (Engine engine = engine();
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT)) {
            issue(layers, 1);
            kernel = engine.costs().stream().map(CostStatus::kernel).findFirst().orElseThrow();
        }
        new CalibrationStore(folder.resolve("costs.json"))
                .save(new CalibrationStore.Calibration(
                        List.of(
                                new CalibrationStore.Entry(kernel, "core", 2_000, 100, 1_000),
                                new CalibrationStore.Entry(kernel, "slow", 200_000, 100, 1_000)),
                        List.of()));
        core.executions.set(0);
        slow.executions.set(0);
    }

    @Test
    void aCrowdOfTinyTasksStaysOnTheCores() throws Exception {
        calibrate();
        try (Engine engine = engine();
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT)) {
            issue(layers, MANY);
            assertThat(slow.executions.get()).as("executions on the slow one").isZero();
            assertThat(core.executions.get()).isEqualTo(MANY);
        }
    }

    @Test
    void aFewGoWhereThePolicySays() throws Exception {
        calibrate();
        try (Engine engine = engine();
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT)) {
            issue(layers, FEW);
            assertThat(slow.executions.get()).isEqualTo(FEW);
        }
    }

    @Test
    void theSlowOneTakesACrowdThatNobodyElseCanTake() throws Exception {
        calibrate();
        try (Engine engine = engine();
                LayerRuntime layers = new LayerRuntime(engine, LayerRuntime.Settings.DEFAULT)) {
            issue(layers, 1);
            engine.removePe(core);
            slow.executions.set(0);
            issue(layers, MANY);
            assertThat(slow.executions.get()).isEqualTo(MANY);
        }
    }
}
