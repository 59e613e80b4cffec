// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.FakePe;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerOptions;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.simulation.TaskProfile;

/** What recorded sessions tell of themselves. */
@Timeout(60)
class RecordingTest {

    private static final LayerOptions RECORDED = LayerOptions.DEFAULT.withRecording();

    private final Engine engine =
            new Engine(new Settings(1 << 12, 64, Duration.ofSeconds(5), Duration.ofSeconds(1), 4, Optional.empty()));
    private final LayerRuntime layers = new LayerRuntime(engine, new LayerRuntime.Settings(16, 1 << 20));
    private final FakePe pe = FakePe.cpu("cpu0");

    @BeforeEach
    void addPe() {
        engine.addPe(pe);
    }

    @AfterEach
    void close() {
        layers.close();
        engine.close();
    }

    private static Tensor floats(float... values) {
        return Tensor.of(values, values.length);
    }

    /** A line for each task: its label, inputs with bytes, what came from and goes to the application. */
    private static List<String> text(ApplicationProfile profile) {
        List<String> lines = new ArrayList<>();
        for (TaskProfile task : profile.tasks()) {
            StringBuilder line = new StringBuilder(task.label());
            task.inputs()
                    .forEach(input ->
                            line.append(' ').append(input.task()).append('/').append(input.bytes()));
            line.append(task.requestBytes() > 0 ? " from/" + task.requestBytes() : "");
            line.append(task.resultBytes() > 0 ? " to/" + task.resultBytes() : "");
            lines.add(line.toString());
        }
        return lines;
    }

    @Test
    void tellsAChain() throws Exception {
        try (LayerSession session = layers.open("chain", RECORDED)) {
            DeviceTensor last = session.tensor(floats(-1, 2, 3));
            for (int i = 0; i < 3; i++) {
                last = session.relu(last);
            }
            last.read();
            ApplicationProfile profile = session.profile();
            assertThat(text(profile)).containsExactly("relu from/12", "relu 0/12", "relu 1/12 to/12");
            assertThat(profile.name()).isEqualTo("chain");
            assertThat(profile.inputBits()).isEqualTo(96);
            assertThat(profile.kernels()).as("all are one").singleElement().satisfies(kernel -> {
                assertThat(kernel.name()).startsWith("relu:");
                assertThat(kernel.operations()).isEqualTo(3);
                assertThat(kernel.bytes()).isEqualTo(24);
                assertThat(kernel.measured()).singleElement().satisfies(cost -> {
                    assertThat(cost.peType()).isEqualTo("cpu");
                    assertThat(cost.meanNanos()).isPositive();
                });
            });
        }
    }

    @Test
    void tellsAFanOfTensorsThatAreClosedMeanwhile() throws Exception {
        try (LayerSession session = layers.open("fan", RECORDED)) {
            DeviceTensor first;
            DeviceTensor sum;
            try (LayerScope scope = session.scope()) {
                first = scope.relu(scope.tensor(floats(1, 2)));
                DeviceTensor left = scope.multiply(first, first);
                DeviceTensor right = scope.add(first, scope.tensor(floats(3, 4)));
                first.close();
                sum = session.add(left, right);
            }
            assertThat(sum.read().toFloats()).containsExactly(5, 10);
            assertThat(text(session.profile()))
                    .containsExactly("relu from/8", "mul 0/8", "add 0/8 from/8", "add 1/8 2/8 to/8");
        }
    }

    @Test
    void putsABarrierWhereSeveralResultsAreAwaited() throws Exception {
        try (LayerSession session = layers.open("barrier", RECORDED)) {
            DeviceTensor a = session.relu(session.tensor(floats(1)));
            DeviceTensor b = twice(session, session.tensor(floats(2)));
            float sum = a.read().toFloats()[0] + b.read().toFloats()[0];
            long begin = System.nanoTime();
            while (System.nanoTime() - begin < 3_000_000) {
                Thread.onSpinWait();
            }
            DeviceTensor c = squared(session, session.tensor(floats(sum)));
            DeviceTensor d = session.add(c, session.tensor(floats(1)));
            d.await();
            ApplicationProfile profile = session.profile();
            assertThat(text(profile))
                    .containsExactly(
                            "relu from/4 to/4",
                            "add from/4 to/4",
                            "await 0/0 1/0",
                            "mul 2/0 from/4",
                            "add 3/4 2/0 from/4");
            assertThat(profile.tasks().get(2).kernel()).isEqualTo(TaskProfile.NO_KERNEL);
            assertThat(profile.tasks().get(2).delayNanos()).isZero();
            assertThat(profile.tasks().get(3).delayNanos())
                    .as("what the application did between the results and the call")
                    .isGreaterThanOrEqualTo(3_000_000);
        }
    }

    @Test
    void dependsOnTheOneResultAwaited() throws Exception {
        try (LayerSession session = layers.open("one", RECORDED)) {
            DeviceTensor a = session.relu(session.tensor(floats(1)));
            a.await();
            twice(session, session.tensor(floats(2))).await();
            squared(session, session.tensor(floats(2))).await();
            // The last awaited one came after the others.
            assertThat(text(session.profile())).containsExactly("relu from/4", "add 0/0 from/4", "mul 1/0 from/4");
        }
    }

    @Test
    void aCallThatWaitsForItsOperandsHasNoTimeOfTheApplication() throws Exception {
        FakePe.Hold hold = pe.hold();
        try (LayerSession session = layers.open("ahead", RECORDED)) {
            DeviceTensor a = session.relu(session.tensor(floats(1)));
            hold.entered.await();
            DeviceTensor b = session.relu(a);
            pe.release(hold);
            b.await();
            assertThat(session.profile().tasks().get(1).delayNanos()).isZero();
        }
    }

    @Test
    void seesWhoAwaitsFutures() throws Exception {
        try (LayerSession session = layers.open("futures", RECORDED)) {
            DeviceTensor a = session.relu(session.tensor(floats(1)));
            CompletionStage<Integer> size = a.host().thenApply(tensor -> tensor.toFloats().length);
            assertThat(size.toCompletableFuture().join()).isEqualTo(1);
            FakePe.Hold hold = pe.hold();
            DeviceTensor b = twice(session, session.tensor(floats(2)));
            CompletableFuture<DeviceTensor> inCallback = new CompletableFuture<>();
            b.ready().thenAccept(tensor -> inCallback.complete(squared(session, session.tensor(floats(3)))));
            pe.release(hold);
            DeviceTensor c = inCallback.get();
            c.await();
            CompletableFuture<DeviceTensor> atOnce = new CompletableFuture<>();
            c.ready().thenAccept(tensor -> atOnce.complete(session.relu(session.tensor(floats(4)))));
            atOnce.get().await();
            assertThat(text(session.profile()))
                    .containsExactly(
                            "relu from/4 to/4", "add 0/0 from/4", "mul 1/0 from/4", "await 2/0 0/0", "relu 3/0 from/4");
        }
    }

    @Test
    void followsViewsToWhoeverMadeTheElements() throws Exception {
        try (LayerSession session = layers.open("views", RECORDED)) {
            DeviceTensor x = session.relu(session.tensor(floats(1, 2, 3, 4)));
            DeviceTensor square = session.reshape(x, 2, 2);
            DeviceTensor sum = session.linear(square, session.tensor(Tensor.of(new float[] {1, 2}, 1, 2)), null);
            assertThat(session.reshape(sum, 2).read().toFloats()).containsExactly(5, 11);
            assertThat(text(session.profile())).containsExactly("relu from/16", "linear 0/16 from/8 to/8");
        }
    }

    @Test
    void tellsCallsOfABatchAsTheyAreFlushed() throws Exception {
        try (LayerSession session = layers.open("batch", RECORDED);
                LayerScope batch = session.batch()) {
            DeviceTensor held = batch.relu(batch.tensor(floats(1)));
            // Awaited before the batch is flushed: the batch comes after it.
            twice(session, session.tensor(floats(2))).await();
            DeviceTensor other = squared(batch, batch.tensor(floats(1)));
            batch.flush();
            held.await();
            other.await();
            session.awaitCalls();
            session.relu(session.tensor(floats(3))).await();
            ApplicationProfile profile = session.profile();
            assertThat(text(profile).get(0)).isIn("relu from/4", "add from/4");
            assertThat(text(profile)).contains("mul " + labels(profile).indexOf("add") + "/0 from/4");
        }
    }

    private static DeviceTensor twice(LayerScope scope, DeviceTensor x) {
        return scope.add(x, x);
    }

    private static DeviceTensor squared(LayerScope scope, DeviceTensor x) {
        return scope.multiply(x, x);
    }

    private static List<String> labels(ApplicationProfile profile) {
        return profile.tasks().stream().map(TaskProfile::label).toList();
    }

    @Test
    void awaitingAllCallsIsABarrierOfTheLastOnes() throws Exception {
        try (LayerSession session = layers.open("all", RECORDED)) {
            DeviceTensor x = session.relu(session.tensor(floats(1)));
            twice(session, x);
            squared(session, x);
            session.awaitCalls();
            session.relu(session.tensor(floats(3))).await();
            assertThat(text(session.profile()))
                    .containsExactly("relu from/4", "add 0/4", "mul 0/4", "await 1/0 2/0", "relu 3/0 from/4");
        }
    }

    @Test
    void refusesWhatIsNotKnown() throws Exception {
        try (LayerSession session = layers.open("silent")) {
            assertThatThrownBy(session::profile)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("silent")
                    .hasMessageContaining("withRecording");
        }
        try (LayerSession session = layers.open("early", RECORDED)) {
            assertThatThrownBy(session::profile).hasMessageContaining("no call");
            FakePe.Hold hold = pe.hold();
            DeviceTensor x = session.relu(session.tensor(floats(1)));
            hold.entered.await();
            assertThatThrownBy(session::profile)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("call 0 (relu)");
            pe.release(hold);
            x.await();
            assertThat(session.profile().tasks()).hasSize(1);
        }
    }
}
