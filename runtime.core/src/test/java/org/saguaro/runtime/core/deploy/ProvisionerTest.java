// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.saguaro.runtime.core.deploy.EngineTest.await;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.ProvisioningStatus;
import org.saguaro.runtime.core.ProvisioningStatus.Kind;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.provisioning.Provisioner;
import org.saguaro.runtime.core.provisioning.ProvisioningSettings;

/** The closed loop on an engine: shapes follow the load, memory stays under its cap, hands can hold it. */
@Timeout(60)
class ProvisionerTest {

    private static final PeShape WIDE = new PeShape("cpu", "wide");
    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final List<Tensor> INPUT = List.of(Tensor.of(new float[] {1, -2, 3, -4}, 2, 2));

    private final Engine engine =
            new Engine(new Settings(1 << 10, 256, Duration.ofSeconds(20), Duration.ofSeconds(1), 4, Optional.empty()));
    private final ShapedPe first = ShapedPe.narrow(0);
    private final ShapedPe second = ShapedPe.narrow(1);
    private final ShapedPe wide = ShapedPe.wide();
    private Provisioner provisioner = start(ProvisioningSettings.DEFAULT);

    private Provisioner start(ProvisioningSettings settings) {
        return new Provisioner(engine, settings, InstantSource.fixed(NOW));
    }

    @AfterEach
    void close() {
        provisioner.close();
        engine.close();
    }

    private void addAll() {
        engine.addPe(first);
        engine.addPe(second);
        engine.addPe(wide);
    }

    private Deployment deploy(String name) throws Exception {
        GraphSketch net = new GraphSketch(name);
        int x = net.input(2, 2);
        LayerGraph model = net.outputs(net.relu(net.mul(x, net.weight(2, 2))));
        return engine.deploy(model, DeployOptions.named(name));
    }

    private String active() {
        return provisioner.status().groups().get(0).active();
    }

    private boolean did(Kind kind, String subject) {
        return provisioner.status().actions().stream()
                .anyMatch(action -> action.kind() == kind && action.subject().equals(subject));
    }

    @Test
    void theShapeFollowsTheLoad() throws Exception {
        addAll();
        Deployment deployment = deploy("m");
        assertThat(active()).isEqualTo("narrow");
        List<CompletableFuture<InferenceResult>> alone = new ArrayList<>();
        await(() -> {
            if (alone.isEmpty() || alone.get(alone.size() - 1).isDone()) {
                alone.add(deployment.submit(INPUT, RequestOptions.DEFAULT));
            }
            return active().equals("wide");
        });
        await(() -> did(Kind.RESHAPE, "cpu"));
        assertThat(alone).as("requests until the narrow shape is measured").hasSizeGreaterThanOrEqualTo(4);
        assertThat(provisioner.status().actions().stream()
                        .filter(action -> action.kind() == Kind.RESHAPE)
                        .findFirst())
                .hasValueSatisfying(action -> {
                    assertThat(action.when()).isEqualTo(NOW);
                    assertThat(action.reason()).startsWith("narrow -> wide: ");
                });
        FakePe.Hold hold = wide.fake().hold();
        List<CompletableFuture<InferenceResult>> burst = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            burst.add(deployment.submit(INPUT, RequestOptions.DEFAULT));
        }
        await(() -> active().equals("narrow"));
        wide.fake().release(hold);
        for (CompletableFuture<InferenceResult> request : burst) {
            assertThat(request.get(20, TimeUnit.SECONDS).outputs()).hasSize(1);
        }
    }

    @Test
    void aHandHoldsIt() throws Exception {
        addAll();
        deploy("m");
        provisioner.freeze("hands off");
        assertThat(provisioner.status().frozen()).contains("hands off");
        provisioner.reshape(WIDE);
        assertThat(active()).isEqualTo("wide");
        assertThat(provisioner.status().frozen()).contains("reshaped by hand to cpu/wide");
        provisioner.unfreeze();
        assertThat(provisioner.status().frozen()).isEmpty();
        assertThat(provisioner.status().actions())
                .extracting(ProvisioningStatus.Action::kind)
                .containsSubsequence(Kind.FREEZE, Kind.RESHAPE, Kind.UNFREEZE);
        assertThatThrownBy(() -> provisioner.reshape(new PeShape("gpu", "wide")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no processing element has the shape gpu/wide");
        assertThat(provisioner.status().frozen()).as("after a mistake").isEmpty();
    }

    @Test
    void parkingByHandIsOnRecord() throws Exception {
        addAll();
        provisioner.park("cpu0", "too hot");
        assertThat(provisioner.unpark("cpu0")).isTrue();
        assertThat(provisioner.unpark("cpu0")).isFalse();
        assertThat(provisioner.status().actions())
                .extracting(ProvisioningStatus.Action::kind, ProvisioningStatus.Action::reason)
                .contains(tuple(Kind.PARK, "too hot"), tuple(Kind.UNPARK, "by hand"));
    }

    @Test
    void kernelsOfIdleDeploymentsMakeRoomForOthers() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment one = deploy("one");
        one.infer(INPUT);
        Deployment two = deploy("two");
        two.infer(INPUT);
        long each = holding("one").residentBytes();
        assertThat(each).as("raw weights of one").isEqualTo(16);
        provisioner.configure(ProvisioningSettings.DEFAULT.withMemoryCapBytes(each));
        await(() -> did(Kind.EVICT, "one"));
        assertThat(holding("one").evictedBytes()).isEqualTo(each);
        assertThat(holding("two").residentBytes()).isEqualTo(each);
        // What comes back pushes out the other.
        one.infer(INPUT);
        await(() -> did(Kind.RESTORE, "one"));
        assertThat(did(Kind.EVICT, "two")).isTrue();
        two.infer(INPUT);
        // Where a run was just being given back, the next look evicts.
        await(() -> provisioner.status().residentBytes() <= each);
    }

    @Test
    void buffersOfAnIdleDeploymentAreGivenBack() throws Exception {
        engine.addPe(FakePe.cpu("cpu0"));
        Deployment deployment = deploy("m");
        deployment.infer(INPUT);
        await(() -> holding("m").arenaBytes() > 0);
        provisioner.close();
        ProvisioningSettings quick = new ProvisioningSettings(
                false,
                Duration.ofMillis(50),
                Duration.ofMillis(20),
                1.05,
                Duration.ofSeconds(60),
                Duration.ZERO,
                64,
                0);
        provisioner = start(quick);
        await(() -> did(Kind.TRIM, "m"));
        assertThat(holding("m").arenaBytes()).isZero();
        deployment.infer(INPUT);
    }

    private ProvisioningStatus.Holding holding(String name) {
        return provisioner.status().deployments().stream()
                .filter(holding -> holding.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
