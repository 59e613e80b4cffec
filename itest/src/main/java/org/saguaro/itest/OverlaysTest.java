// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.PeStatus;
import org.saguaro.runtime.core.Provisioning;
import org.saguaro.runtime.core.ProvisioningStatus;
import org.saguaro.runtime.core.SaguaroRuntime;

/** The overlay of programmable logic is changed while requests run: none may be lost, no answer wrong. */
@ExtendWith(ServiceExtension.class)
@Timeout(180)
class OverlaysTest {

    private static final int CHANGES = 20;
    private static final int CLIENTS = 3;

    @InjectService(timeout = 20_000)
    SaguaroRuntime runtime;

    @InjectService(timeout = 20_000)
    Provisioning provisioning;

    @InjectService(filter = "(pe.type=cpu)", timeout = 60_000)
    ProcessingElement cpu;

    private final BundleContext context =
            FrameworkUtil.getBundle(OverlaysTest.class).getBundleContext();
    private final OverlayPe.Logic logic = new OverlayPe.Logic();
    private final OverlayPe first = new OverlayPe("first", logic);
    private final OverlayPe second = new OverlayPe("second", logic);
    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();

    @BeforeEach
    void offer() {
        for (OverlayPe pe : List.of(first, second)) {
            registrations.add(context.registerService(ProcessingElement.class, pe, null));
        }
        provisioning.reshape(first.shape());
    }

    @AfterEach
    void takeBack() {
        registrations.forEach(ServiceRegistration::unregister);
        provisioning.unfreeze();
    }

    private ProvisioningStatus.Overlays overlays() {
        return provisioning.status().groups().stream()
                .filter(group -> group.name().equals("pl"))
                .findFirst()
                .orElseThrow()
                .overlays()
                .orElseThrow();
    }

    @Test
    void noRequestIsLostWhileTheOverlayIsChanged() throws Exception {
        try (Deployment deployment = runtime.deploy(TinyModel.graph(), new DeployOptions("tiny", Granularity.LAYER));
                Load load = new Load(deployment, CLIENTS)) {
            for (int change = 0; change < CHANGES; change++) {
                OverlayPe next = change % 2 == 0 ? second : first;
                provisioning.reshape(next.shape());
                int before = next.executions();
                while (next.executions() == before && load.faults().isEmpty()) {
                    load.awaitAnswers(10);
                }
                assertThat(load.faults()).as("after change %d", change + 1).isEmpty();
            }
        }
        assertThat(logic.violations)
                .as("kernels while their overlay was not loaded")
                .hasValue(0);
        assertThat(overlays().changes()).isEqualTo(CHANGES);
    }

    @Test
    void anOverlayThatCannotBeLoadedLeavesTheOneBefore() throws Exception {
        logic.broken = "second";
        try (Deployment deployment = runtime.deploy(TinyModel.graph(), new DeployOptions("tiny", Granularity.LAYER));
                Load load = new Load(deployment, CLIENTS)) {
            load.awaitAnswers(10);
            assertThatThrownBy(() -> provisioning.reshape(new PeShape("pl", "second")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("pl is first: second could not be loaded: second is broken");
            int before = first.executions();
            while (first.executions() == before && load.faults().isEmpty()) {
                load.awaitAnswers(10);
            }
            assertThat(load.faults()).isEmpty();
        }
        assertThat(overlays().problem()).isEqualTo("second could not be loaded: second is broken");
        assertThat(runtime.processingElements())
                .filteredOn(pe -> pe.descriptor().id().equals("first.relu0"))
                .extracting(PeStatus::state)
                .containsExactly(PeStatus.State.ACTIVE);
        assertThat(logic.violations).hasValue(0);
    }
}
