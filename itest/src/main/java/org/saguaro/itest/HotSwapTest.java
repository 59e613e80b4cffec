// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.itest.faulty.Fault;
import org.saguaro.itest.faulty.FaultControl;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PolicyStatus;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestOptions;
import org.saguaro.runtime.core.SaguaroRuntime;

/**
 * Bundles are stopped, updated, uninstalled and put back while requests run: no request may be lost, no answer wrong. The
 * null accelerator is the one that comes and goes; the faulty one, healthy unless told otherwise, is the one that stays.
 */
@ExtendWith(ServiceExtension.class)
@Timeout(180)
class HotSwapTest {

    private static final String ACCELERATOR = "org.saguaro.null-accelerator";
    private static final String SURVIVOR = "org.saguaro.itest-faulty-accelerator";
    private static final String CPU = "org.saguaro.accel.cpu";
    private static final String POLICIES = "org.saguaro.scheduler.heuristics";
    private static final int SWAPS_OF_EACH_KIND = 20;
    private static final int CLIENTS = 3;

    /** The test bundle's own: osgi-test's injected context would uninstall at the end of a test what the test put back. */
    private final BundleContext context =
            FrameworkUtil.getBundle(HotSwapTest.class).getBundleContext();

    @InjectService(timeout = 20_000)
    SaguaroRuntime runtime;

    @InjectService(timeout = 20_000)
    ConfigurationAdmin configurations;

    private Deployment deployment;

    /** The ways in which a bundle can be taken away and put back. */
    private enum Swap {
        STOP_AND_START {
            @Override
            Bundle swap(BundleContext context, Bundle bundle) throws BundleException {
                bundle.stop();
                bundle.start();
                return bundle;
            }
        },
        UPDATE {
            @Override
            Bundle swap(BundleContext context, Bundle bundle) throws BundleException {
                bundle.update();
                return bundle;
            }
        },
        UNINSTALL_AND_INSTALL {
            @Override
            Bundle swap(BundleContext context, Bundle bundle) throws BundleException {
                String location = bundle.getLocation();
                bundle.uninstall();
                Bundle next = context.installBundle(location);
                next.start();
                return next;
            }
        };

        abstract Bundle swap(BundleContext context, Bundle bundle) throws BundleException;
    }

    @BeforeEach
    void deploy() throws Exception {
        // It could run the tiny model too, and there would always be a PE left.
        bundle(CPU).stop();
        for (String name : List.of(ACCELERATOR, SURVIVOR, POLICIES)) {
            bundle(name).start();
        }
        await(() -> present("null0") && present("faulty0") && policyPresent("eft"));
        deployment = runtime.deploy(TinyModel.graph(), new DeployOptions("tiny", Granularity.LAYER));
    }

    @AfterEach
    void undeploy() throws BundleException {
        deployment.close();
        bundle(CPU).start();
    }

    @Test
    void noRequestIsLostWhileAnAcceleratorsBundleIsSwapped() throws Exception {
        usePolicy("rr");
        swapUnderLoad(ACCELERATOR, () -> ranOn("null0"));
    }

    @Test
    void noRequestIsLostWhileAPolicysBundleIsSwapped() throws Exception {
        usePolicy("eft");
        swapUnderLoad(POLICIES, () -> activePolicy().equals("eft"));
    }

    /**
     * Swaps a bundle in every way, many times, between requests that are checked.
     *
     * @param inUse whether what the bundle offers is used; must come about again after the last swap
     */
    private void swapUnderLoad(String symbolicName, BooleanSupplier inUse) throws Exception {
        Bundle bundle = bundle(symbolicName);
        try (Load load = new Load(deployment, CLIENTS)) {
            for (Swap swap : Swap.values()) {
                for (int i = 0; i < SWAPS_OF_EACH_KIND; i++) {
                    load.awaitAnswers(10);
                    bundle = swap.swap(context, bundle);
                    assertThat(load.faults())
                            .as("after %s number %d", swap, i + 1)
                            .isEmpty();
                }
            }
            await(inUse);
            load.awaitAnswers(50);
            assertThat(load.faults()).isEmpty();
            assertThat(load.answered()).isGreaterThan(10 * SWAPS_OF_EACH_KIND * Swap.values().length);
        }
    }

    @Test
    void noRequestIsLostWhilePoliciesAreSwitchedByConfiguration() throws Exception {
        try (Load load = new Load(deployment, CLIENTS)) {
            for (int i = 0; i < SWAPS_OF_EACH_KIND; i++) {
                load.awaitAnswers(10);
                usePolicy(i % 2 == 0 ? "rr" : "eft");
            }
            load.awaitAnswers(10);
            assertThat(load.faults()).isEmpty();
        }
    }

    @Test
    void withoutAnyPeRequestsWaitAndThenFailWithThatReason() throws Exception {
        bundle(ACCELERATOR).stop();
        bundle(SURVIVOR).stop();
        assertThatThrownBy(() -> deployment.infer(
                        List.of(TinyModel.tensor(TinyModel.input(1))), new RequestOptions(Duration.ofMillis(200))))
                .isInstanceOfSatisfying(
                        RequestException.class,
                        e -> assertThat(e.category()).isEqualTo(RequestException.Category.TIMEOUT))
                .hasMessageContaining("waiting for a processing element that supports it");
        try (Load load = new Load(deployment, CLIENTS)) {
            bundle(SURVIVOR).start();
            load.awaitAnswers(20);
            assertThat(load.faults()).isEmpty();
        }
    }

    @Test
    void noRequestIsLostWhileAnAcceleratorFailsInEveryWay() throws Exception {
        usePolicy("rr");
        FaultControl control = service(FaultControl.class);
        try (Load load = new Load(deployment, CLIENTS)) {
            for (Fault fault : Fault.values()) {
                if (fault == Fault.HANG) {
                    continue;
                }
                control.inject(fault, 3);
                load.awaitAnswers(20);
                control.heal();
                assertThat(load.faults())
                        .as("while the accelerator has the fault %s", fault)
                        .isEmpty();
            }
            await(() -> status("faulty0").state() == PeStatus.State.ACTIVE);
            load.awaitAnswers(20);
            assertThat(load.faults()).isEmpty();
        }
    }

    private Bundle bundle(String symbolicName) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(symbolicName + " is not installed"));
    }

    private <T> T service(Class<T> type) {
        return context.getService(context.getServiceReference(type));
    }

    private void usePolicy(String name) throws Exception {
        PolicyChoice.use(runtime, configurations, name);
    }

    private String activePolicy() {
        return runtime.policies().stream()
                .filter(PolicyStatus::active)
                .map(PolicyStatus::name)
                .findFirst()
                .orElse("none");
    }

    private boolean policyPresent(String name) {
        return runtime.policies().stream().anyMatch(policy -> policy.name().equals(name));
    }

    private boolean present(String peId) {
        return runtime.processingElements().stream()
                .anyMatch(pe -> pe.descriptor().id().equals(peId));
    }

    private PeStatus status(String peId) {
        return runtime.processingElements().stream()
                .filter(pe -> pe.descriptor().id().equals(peId))
                .findFirst()
                .orElseThrow();
    }

    private boolean ranOn(String peId) {
        return deployment.placement().layers().stream()
                .anyMatch(layer -> layer.runsByPe().containsKey(peId));
    }

    private static void await(BooleanSupplier condition) throws TimeoutException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException("did not come about within 60 s");
            }
            Thread.onSpinWait();
        }
    }
}
