// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.itest.faulty.Fault;
import org.saguaro.itest.faulty.FaultControl;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.PlacementReport;
import org.saguaro.runtime.core.PlacementReport.Cause;
import org.saguaro.runtime.core.PlacementReport.LayerPlacement;
import org.saguaro.runtime.core.PlacementReport.Reason;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.scheduler.api.SchedulingPolicy;

/** What the placement report says of accelerators in their bundles: one that is not chosen, one that fails, one that leaves. */
@ExtendWith(ServiceExtension.class)
@Timeout(180)
class PlacementReportTest {

    private static final String NULL_ACCELERATOR = "org.saguaro.null-accelerator";
    private static final String FAULTY_ACCELERATOR = "org.saguaro.itest-faulty-accelerator";

    private final BundleContext context =
            FrameworkUtil.getBundle(PlacementReportTest.class).getBundleContext();

    @InjectService(timeout = 20_000)
    SaguaroRuntime runtime;

    @InjectService(timeout = 20_000)
    ConfigurationAdmin configurations;

    @InjectService(filter = "(pe.type=cpu)", timeout = 60_000)
    ProcessingElement cpu;

    private @Nullable ServiceRegistration<SchedulingPolicy> policy;

    @BeforeEach
    void stopAccelerators() throws Exception {
        bundle(NULL_ACCELERATOR).stop();
        bundle(FAULTY_ACCELERATOR).stop();
    }

    @AfterEach
    void startAccelerators() throws Exception {
        if (policy != null) {
            policy.unregister();
        }
        bundle(NULL_ACCELERATOR).start();
        bundle(FAULTY_ACCELERATOR).start();
    }

    /** Which PE a task goes to must not depend on how many there are. */
    private void prefer(String peId) throws Exception {
        SchedulingPolicy preferring = (ready, pool, costs, assignment) -> {
            for (int task = 0; task < ready.size(); task++) {
                int chosen = -1;
                for (int pe = 0; pe < pool.size(); pe++) {
                    if (costs.supports(task, pe)
                            && (chosen < 0 || pool.get(pe).id().equals(peId))) {
                        chosen = pe;
                    }
                }
                if (chosen >= 0) {
                    assignment.assign(task, chosen);
                }
            }
        };
        policy = context.registerService(
                SchedulingPolicy.class,
                preferring,
                FrameworkUtil.asDictionary(Map.of("scheduling.policy", "prefer-" + peId)));
        PolicyChoice.use(runtime, configurations, "prefer-" + peId);
    }

    private Deployment deploy() throws Exception {
        return runtime.deploy(TinyModel.graph(), new DeployOptions("reported", Granularity.LAYER));
    }

    private static void infer(Deployment deployment, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            deployment.infer(List.of(TinyModel.tensor(TinyModel.input(i))));
        }
    }

    @Test
    void anAcceleratorThatIsUsedIsReportedUntilItLeaves() throws Exception {
        bundle(NULL_ACCELERATOR).start();
        await(() -> present("null0"));
        prefer("null0");
        try (Deployment deployment = deploy()) {
            assertThat(deployment.placement().summary()).isEqualTo("4 of 4 layers can run on null0");
            infer(deployment, 30);
            PlacementReport report = deployment.placement();
            assertThat(report.summary()).isEqualTo("4 of 4 layers on null0");
            assertThat(report.layers()).allSatisfy(layer -> {
                assertThat(layer.supportedBy()).contains("cpu", "null");
                assertThat(layer.runs()).isEqualTo(30);
            });

            bundle(NULL_ACCELERATOR).stop();
            infer(deployment, 5);
            assertThat(deployment.placement().layers())
                    .allSatisfy(layer -> assertThat(cause(layer)).isIn(Cause.LEFT, Cause.NO_ACCELERATOR));
        }
    }

    @Test
    void anAcceleratorThatFailsIsReportedAsFailedThenQuarantined() throws Exception {
        bundle(FAULTY_ACCELERATOR).start();
        await(() -> present("faulty0"));
        FaultControl control = context.getService(context.getServiceReference(FaultControl.class));
        prefer("faulty0");
        try (Deployment deployment = deploy()) {
            control.inject(Fault.UNSUPPORTED, 1);
            infer(deployment, 20);
            assertThat(deployment.placement().layers())
                    .as("after it failed, without a fault that would put it into quarantine")
                    .anySatisfy(layer -> assertThat(cause(layer)).isEqualTo(Cause.FAILED));

            control.inject(Fault.DEVICE_LOST, 1);
            // The device stays lost, so no probe brings it back.
            await(() -> {
                request(deployment);
                return quarantined("faulty0");
            });
            PlacementReport report = deployment.placement();
            assertThat(report.layers()).allSatisfy(layer -> {
                assertThat(cause(layer)).isEqualTo(Cause.QUARANTINED);
                assertThat(layer.reason().map(Reason::detail).orElse("")).contains("faulty0");
            });
            assertThat(report.summary()).isEqualTo("4 of 4 layers on CPU: 4 quarantined");
        } finally {
            control.heal();
        }
    }

    private static void request(Deployment deployment) {
        try {
            infer(deployment, 1);
        } catch (Exception e) {
            throw new AssertionError("a request was lost", e);
        }
    }

    private static Cause cause(LayerPlacement layer) {
        return layer.reason().map(Reason::cause).orElse(Cause.NOT_RUN);
    }

    private boolean present(String peId) {
        return runtime.processingElements().stream()
                .anyMatch(pe -> pe.descriptor().id().equals(peId));
    }

    private boolean quarantined(String peId) {
        return runtime.processingElements().stream()
                .filter(pe -> pe.descriptor().id().equals(peId))
                .anyMatch(pe -> pe.state() == PeStatus.State.QUARANTINED);
    }

    private Bundle bundle(String symbolicName) {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> symbolicName.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(symbolicName + " is not installed"));
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
