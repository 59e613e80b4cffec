// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.component;

import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.saguaro.runtime.core.calls.LayerRuntime;
import org.saguaro.runtime.core.calls.LayersOfBundle;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.layers.Layers;

/** Offers the Layer API: each bundle gets an instance of its own, closed when the bundle gives it back or stops. */
@Component(
        service = {},
        immediate = true,
        configurationPid = LayersComponent.PID)
@Designate(ocd = LayersComponent.Configuration.class)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>='org.saguaro.runtime.core.layers.Layers'",
        effective = "active")
public final class LayersComponent {

    /** Where it is configured. */
    public static final String PID = "org.saguaro.runtime.core.layers";

    /** What can be configured; a change ends all sessions. */
    @ObjectClassDefinition(name = "Saguaro Layer API")
    public @interface Configuration {
        @AttributeDefinition(
                description =
                        "Kinds of calls (operator, attributes, element types, sizes, constants) whose kernels are kept,"
                                + " those used last")
        int plans_kept() default 256;

        @AttributeDefinition(description = "Memory of closed tensors kept for the next ones, in bytes")
        long spare_bytes() default 67_108_864;
    }

    private final LayerRuntime runtime;
    private final ServiceRegistration<?> registration;

    @Activate
    public LayersComponent(BundleContext context, @Reference Engine engine, Configuration configuration) {
        runtime = new LayerRuntime(
                engine, new LayerRuntime.Settings(configuration.plans_kept(), configuration.spare_bytes()));
        registration = context.registerService(Layers.class, new PerBundle(runtime), null);
    }

    @Deactivate
    void stop() {
        registration.unregister();
        runtime.close();
    }

    private record PerBundle(LayerRuntime runtime) implements ServiceFactory<Layers> {
        @Override
        public Layers getService(Bundle bundle, ServiceRegistration<Layers> registration) {
            return new LayersOfBundle(runtime);
        }

        @Override
        public void ungetService(Bundle bundle, ServiceRegistration<Layers> registration, Layers service) {
            ((LayersOfBundle) service).close();
        }
    }
}
