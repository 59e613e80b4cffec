// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.saguaro.runtime.core.deploy.EngineTest.await;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ModelledTime;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.ProvisioningStatus;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.dispatch.Dispatcher.ShapeGroup;
import org.saguaro.runtime.core.provisioning.Provisioner;
import org.saguaro.runtime.core.provisioning.ProvisioningSettings;

/** Programmable logic that changes its overlay while requests go on. */
@Timeout(120)
class OverlaysTest {

    private static final PeShape NETWORKS = new PeShape("pl", "networks");
    private static final PeShape RADAR = new PeShape("pl", "radar");

    private final Engine engine =
            new Engine(new Settings(1 << 16, 1024, Duration.ofSeconds(5), Duration.ofSeconds(1), 4, Optional.empty()));

    private final OverlayPe.Logic logic = new OverlayPe.Logic(50_000_000);
    private final OverlayPe mul = OverlayPe.of(logic, "networks", "networks.mul0", "mul");
    private final OverlayPe relu = OverlayPe.of(logic, "radar", "radar.relu0", "relu");

    @AfterEach
    void close() {
        engine.close();
    }

    /** The CPU takes ten milliseconds for anything, as the cost model sees it. */
    private record Slow(Kernel kernel) implements ModelledTime {
        @Override
        public void execute(TensorBuffer[] inputs, TensorBuffer[] outputs) throws AccelException {
            kernel.execute(inputs, outputs);
        }

        @Override
        public long modelledNanos() {
            return 10_000_000;
        }

        @Override
        public void close() {
            kernel.close();
        }
    }

    private void addPes() {
        FakePe cpu = FakePe.cpu("cpu0");
        cpu.kernels(Slow::new);
        engine.addPe(cpu);
        engine.addPe(mul);
        engine.addPe(relu);
    }

    private static LayerGraph square() {
        GraphSketch net = new GraphSketch("square");
        int x = net.input(1, 4);
        return net.outputs(net.mul(x, x));
    }

    private static LayerGraph positive() {
        GraphSketch net = new GraphSketch("positive");
        return net.outputs(net.relu(net.input(1, 4)));
    }

    private static List<Tensor> input() {
        return List.of(Tensor.of(new float[] {1, -2, 3, -4}, 1, 4));
    }

    private static void assertSquares(InferenceResult result) {
        assertThat(result.outputs().get(0).toFloats()).containsExactly(1, 4, 9, 16);
    }

    private static void assertPositive(InferenceResult result) {
        assertThat(result.outputs().get(0).toFloats()).containsExactly(1, 0, 3, 0);
    }

    private ShapeGroup group() {
        return engine.dispatcher().shapes().get(0);
    }

    private void awaitAtWork(String overlay) throws TimeoutException {
        await(() -> group().active().equals(overlay) && !group().handingOver());
    }

    private PeStatus status(String id) {
        return engine.processingElements().stream()
                .filter(pe -> pe.descriptor().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** As many as keep more than one PE busy. */
    private static void burst(Deployment deployment) {
        List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            requests.add(deployment.submit(input(), RequestOptions.DEFAULT));
        }
        requests.forEach(request -> assertSquares(request.join()));
    }

    @Test
    void theOverlayOfThePeThatCameFirstIsLoadedFirst() throws Exception {
        addPes();
        awaitAtWork("networks");
        assertThat(logic.loads).containsExactly("networks");
        assertThat(group().overlay()).isNotNull().satisfies(overlay -> {
            assertThat(overlay.configurationNanos()).containsEntry("radar", 50_000_000L);
            assertThat(overlay.changes()).isZero();
        });
        assertThat(status("networks.mul0").state()).isEqualTo(PeStatus.State.ACTIVE);
        assertThat(status("radar.relu0").state()).isEqualTo(PeStatus.State.PARKED);
        assertThat(status("radar.relu0").reason()).isEqualTo("the group pl is networks");
        Deployment deployment = engine.deploy(positive(), DeployOptions.named("positive"));
        assertPositive(deployment.infer(input()));
        assertThat(relu.fake().executions).hasValue(0);
    }

    @Test
    void aChangeWaitsForKernelsWhileRequestsGoElsewhere() throws Exception {
        addPes();
        awaitAtWork("networks");
        Deployment deployment = engine.deploy(square(), DeployOptions.named("square"));
        engine.prepareAllShapes();
        FakePe.Hold hold = mul.fake().hold();
        // While it is held, tasks queue up behind it, and others go to the CPU.
        List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
        while (hold.entered.getCount() > 0) {
            for (int i = 0; i < 50; i++) {
                requests.add(deployment.submit(input(), RequestOptions.DEFAULT));
            }
            // A CPU that is quick enough leaves the other nothing to do.
            await(() -> hold.entered.getCount() == 0 || requests.stream().allMatch(CompletableFuture::isDone));
        }
        engine.dispatcher().reshape(RADAR);
        await(() -> requests.stream().filter(CompletableFuture::isDone).count() == requests.size() - 1);
        assertThat(logic.loads).as("the kernel still runs").containsExactly("networks");
        assertThat(group().handingOver()).isTrue();
        mul.fake().release(hold);
        awaitAtWork("radar");
        for (CompletableFuture<InferenceResult> request : requests) {
            assertSquares(request.get());
        }
        assertThat(logic.loads).containsExactly("networks", "radar");
        assertThat(status("networks.mul0").state()).isEqualTo(PeStatus.State.PARKED);
        assertThat(logic.violations).hasValue(0);
    }

    @Test
    void requestsGoOnThroughManyChanges() throws Exception {
        addPes();
        awaitAtWork("networks");
        Deployment squares = engine.deploy(square(), DeployOptions.named("square"));
        Deployment positives = engine.deploy(positive(), DeployOptions.named("positive"));
        engine.prepareAllShapes();
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Integer> sender = CompletableFuture.supplyAsync(() -> {
            int sent = 0;
            while (!over.get()) {
                List<CompletableFuture<InferenceResult>> requests = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    requests.add(squares.submit(input(), RequestOptions.DEFAULT));
                    requests.add(positives.submit(input(), RequestOptions.DEFAULT));
                }
                for (int i = 0; i < requests.size(); i += 2) {
                    assertSquares(requests.get(i).join());
                    assertPositive(requests.get(i + 1).join());
                }
                sent += requests.size();
            }
            return sent;
        });
        for (int change = 0; change < 40; change++) {
            PeShape next = change % 2 == 0 ? RADAR : NETWORKS;
            FakePe working = (change % 2 == 0 ? relu : mul).fake();
            engine.dispatcher().reshape(next);
            awaitAtWork(next.name());
            int before = working.executions.get();
            await(() -> working.executions.get() > before || sender.isDone());
        }
        over.set(true);
        assertThat(sender.get()).isPositive();
        assertThat(logic.violations)
                .as("kernels on another overlay, or while one was loaded")
                .hasValue(0);
        assertThat(engine.processingElements())
                .allSatisfy(pe -> assertThat(pe.failedTasks()).isZero());
        assertThat(logic.loads).hasSize(41);
    }

    @Test
    void whatCannotBeLoadedLeavesTheOneBefore() throws Exception {
        addPes();
        awaitAtWork("networks");
        Deployment deployment = engine.deploy(square(), DeployOptions.named("square"));
        logic.broken.add("radar");
        engine.dispatcher().reshape(RADAR);
        assertSquares(deployment.infer(input()));
        awaitAtWork("networks");
        assertThat(logic.loads).containsExactly("networks", "radar", "networks");
        assertThat(group().overlay()).isNotNull().satisfies(overlay -> {
            assertThat(overlay.problem()).isEqualTo("radar could not be loaded: radar is broken");
            assertThat(overlay.failures()).isEqualTo(1);
            assertThat(overlay.changes()).isZero();
        });
        int before = mul.fake().executions.get();
        await(() -> {
            burst(deployment);
            return mul.fake().executions.get() > before;
        });
        assertThat(logic.violations).hasValue(0);
    }

    @Test
    void ifNothingCanBeLoadedItIsTriedAgainAndTheCpuServes() throws Exception {
        addPes();
        awaitAtWork("networks");
        Deployment deployment = engine.deploy(square(), DeployOptions.named("square"));
        logic.broken.addAll(List.of("radar", "networks"));
        engine.dispatcher().reshape(RADAR);
        await(() -> logic.loads.size() >= 4);
        assertSquares(deployment.infer(input()));
        logic.broken.clear();
        awaitAtWork("networks");
        assertSquares(deployment.infer(input()));
        assertThat(logic.violations).hasValue(0);
    }

    @Test
    void loadingAnOverlayEndsTheQuarantineOfItsPes() throws Exception {
        addPes();
        awaitAtWork("networks");
        Deployment deployment = engine.deploy(square(), DeployOptions.named("square"));
        mul.fake().failNext(1000, Category.DEVICE_LOST);
        await(() -> {
            burst(deployment);
            return status("networks.mul0").state() == PeStatus.State.QUARANTINED;
        });
        engine.dispatcher().reshape(RADAR);
        awaitAtWork("radar");
        int probes = mul.fake().executions.get();
        mul.fake().failNext(0, Category.DEVICE_LOST);
        engine.dispatcher().reshape(NETWORKS);
        awaitAtWork("networks");
        await(() -> status("networks.mul0").state() == PeStatus.State.ACTIVE);
        await(() -> {
            burst(deployment);
            return mul.fake().executions.get() > probes;
        });
        assertThat(logic.violations)
                .as("no probe while another overlay is loaded")
                .hasValue(0);
    }

    @Test
    void aGroupGoesWithItsPes() throws Exception {
        addPes();
        awaitAtWork("networks");
        engine.removePe(mul);
        engine.removePe(relu);
        assertThat(engine.dispatcher().shapes()).isEmpty();
        engine.addPe(relu);
        awaitAtWork("radar");
    }

    // --- the controller ---

    private static final ProvisioningSettings SETTINGS = ProvisioningSettings.DEFAULT;

    @Test
    void demandThatShiftsAndShiftsBackChangesTheOverlayTwice() throws Exception {
        addPes();
        awaitAtWork("networks");
        Deployment squares = engine.deploy(square(), DeployOptions.named("square"));
        Deployment positives = engine.deploy(positive(), DeployOptions.named("positive"));
        engine.prepareAllShapes();
        try (Provisioner provisioner = new Provisioner(engine, SETTINGS, Clock.systemUTC())) {
            for (int i = 0; i < 200; i++) {
                assertSquares(squares.infer(input()));
            }
            assertThat(group().active()).isEqualTo("networks");
            until("radar", positives);
            for (int i = 0; i < 200; i++) {
                assertPositive(positives.infer(input()));
            }
            until("networks", squares);
            for (int i = 0; i < 200; i++) {
                assertSquares(squares.infer(input()));
            }
            assertThat(logic.loads).containsExactly("networks", "radar", "networks");
            assertThat(logic.violations).hasValue(0);
            ProvisioningStatus status = provisioner.status();
            assertThat(status.actions())
                    .extracting(ProvisioningStatus.Action::kind)
                    .containsExactly(ProvisioningStatus.Kind.RESHAPE, ProvisioningStatus.Kind.RESHAPE);
            assertThat(status.actions().get(0).reason())
                    .startsWith("networks -> radar: what came since the last change takes ");
            assertThat(status.groups()).singleElement().satisfies(group -> {
                assertThat(group.name()).isEqualTo("pl");
                assertThat(group.overlays()).hasValueSatisfying(overlays -> {
                    assertThat(overlays.configuration()).containsEntry("radar", Duration.ofMillis(50));
                    assertThat(overlays.changes()).isEqualTo(2);
                    assertThat(overlays.saved()).isPositive();
                    assertThat(overlays.regret()).containsOnlyKeys("radar");
                });
            });
        }
    }

    /** Sends requests until the overlay is at work. */
    private void until(String overlay, Deployment deployment) throws Exception {
        await(() -> {
            deployment.submit(input(), RequestOptions.DEFAULT).join();
            return group().active().equals(overlay) && !group().handingOver();
        });
    }

    @Test
    void anOverlayThatCannotBeLoadedIsLeftAloneForAWhile() throws Exception {
        addPes();
        awaitAtWork("networks");
        Deployment positives = engine.deploy(positive(), DeployOptions.named("positive"));
        engine.prepareAllShapes();
        logic.broken.add("radar");
        try (Provisioner provisioner = new Provisioner(engine, SETTINGS, Clock.systemUTC())) {
            await(() -> {
                assertPositive(positives.submit(input(), RequestOptions.DEFAULT).join());
                return provisioner.status().actions().stream()
                        .anyMatch(action -> action.kind() == ProvisioningStatus.Kind.FALL_BACK);
            });
            for (int i = 0; i < 300; i++) {
                assertPositive(positives.infer(input()));
            }
            assertThat(logic.loads).containsExactly("networks", "radar", "networks");
            assertThat(provisioner.status().actions())
                    .filteredOn(action -> action.kind() == ProvisioningStatus.Kind.FALL_BACK)
                    .singleElement()
                    .satisfies(action -> assertThat(action.reason())
                            .isEqualTo("radar could not be loaded: radar is broken; it is networks"));
        }
    }

    @Test
    void byHand() throws Exception {
        addPes();
        awaitAtWork("networks");
        Deployment squares = engine.deploy(square(), DeployOptions.named("square"));
        try (Provisioner provisioner = new Provisioner(engine, SETTINGS, Clock.systemUTC())) {
            provisioner.reshape(RADAR);
            assertThat(logic.loaded()).isEqualTo("radar");
            assertThat(provisioner.status().frozen()).contains("reshaped by hand to pl/radar");
            for (int i = 0; i < 200; i++) {
                assertSquares(squares.infer(input()));
            }
            assertThat(logic.loaded()).as("frozen").isEqualTo("radar");
            logic.broken.add("networks");
            assertThatThrownBy(() -> provisioner.reshape(NETWORKS))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("pl is radar: networks could not be loaded: networks is broken");
            assertThatThrownBy(() -> provisioner.reshape(new PeShape("pl", "none")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("pl/networks", "pl/radar");
        }
        assertThat(logic.violations).hasValue(0);
    }
}
