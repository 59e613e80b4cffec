// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.component;

import java.time.Duration;
import java.time.InstantSource;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.saguaro.accel.api.PeShape;
import org.saguaro.runtime.core.Provisioning;
import org.saguaro.runtime.core.ProvisioningStatus;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.provisioning.Provisioner;
import org.saguaro.runtime.core.provisioning.ProvisioningSettings;

/** Runs the {@link Provisioner} as long as there is an engine. A change of the configuration reaches it at once. */
@Component(immediate = true, configurationPid = ProvisioningComponent.PID)
@Designate(ocd = ProvisioningComponent.Configuration.class)
public final class ProvisioningComponent implements Provisioning {

    /** Where it is configured. */
    public static final String PID = "org.saguaro.runtime.core.provisioning";

    /** What can be configured. */
    @ObjectClassDefinition(name = "Saguaro provisioning")
    public @interface Configuration {
        @AttributeDefinition(description = "Whether the controller begins frozen: shapes and memory stay as they are")
        boolean frozen() default false;

        @AttributeDefinition(description = "Least time between two changes of shape, in milliseconds")
        long dwell_millis() default 50;

        @AttributeDefinition(
                description =
                        "How fast the average number of tasks follows, in milliseconds: two thirds of the way after that time")
        long average_millis() default 20;

        @AttributeDefinition(
                description = "How many times as fast the wide shape must run a task alone, to be used at all")
        double least_gain() default 1.05;

        @AttributeDefinition(description = "How often a shape that did not pay is tried again, in seconds")
        long explore_seconds() default 60;

        @AttributeDefinition(
                description = "Buffers of a deployment are given back when no request came for so long, in seconds")
        long arena_idle_seconds() default 30;

        @AttributeDefinition(
                description = "Buffers of so many finished requests are kept for the next ones at most, per plan")
        int arena_runs() default 64;

        @AttributeDefinition(
                description =
                        "What the kernels of all deployments may hold together, in bytes; beyond it, the kernels of"
                                + " those idle longest are evicted, and come back with the next request; 0: no bound")
        long memory_cap_bytes() default 0;
    }

    private final Provisioner provisioner;

    @Activate
    public ProvisioningComponent(@Reference Engine engine, Configuration configuration) {
        provisioner = new Provisioner(engine, settings(configuration), InstantSource.system());
    }

    @Modified
    void modified(Configuration configuration) {
        provisioner.configure(settings(configuration));
    }

    @Deactivate
    void stop() {
        provisioner.close();
    }

    private static ProvisioningSettings settings(Configuration configuration) {
        return new ProvisioningSettings(
                configuration.frozen(),
                Duration.ofMillis(configuration.dwell_millis()),
                Duration.ofMillis(configuration.average_millis()),
                configuration.least_gain(),
                Duration.ofSeconds(configuration.explore_seconds()),
                Duration.ofSeconds(configuration.arena_idle_seconds()),
                configuration.arena_runs(),
                configuration.memory_cap_bytes());
    }

    @Override
    public ProvisioningStatus status() {
        return provisioner.status();
    }

    @Override
    public void reshape(PeShape shape) {
        provisioner.reshape(shape);
    }

    @Override
    public void freeze(String reason) {
        provisioner.freeze(reason);
    }

    @Override
    public void unfreeze() {
        provisioner.unfreeze();
    }

    @Override
    public void park(String peId, String reason) {
        provisioner.park(peId, reason);
    }

    @Override
    public boolean unpark(String peId) {
        return provisioner.unpark(peId);
    }
}
