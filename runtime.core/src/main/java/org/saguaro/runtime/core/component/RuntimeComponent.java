// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.component;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.model.api.ModelReader;
import org.saguaro.runtime.core.SaguaroRuntime;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.deploy.Settings;
import org.saguaro.runtime.core.tenant.TenantRule;
import org.saguaro.scheduler.api.SchedulingPolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ties the {@link Engine} to the service registry: PEs, policies and readers come and go as services do. */
@Component(
        service = {},
        immediate = true,
        configurationPid = RuntimeComponent.PID)
@Designate(ocd = RuntimeComponent.Configuration.class)
@Capability(
        namespace = "osgi.service",
        attribute =
                "objectClass:List<String>='org.saguaro.runtime.core.SaguaroRuntime,org.saguaro.runtime.core.deploy.Engine'",
        effective = "active")
public final class RuntimeComponent {

    /** Where it is configured. */
    public static final String PID = "org.saguaro.runtime.core";

    private static final Logger LOG = LoggerFactory.getLogger(RuntimeComponent.class);

    /** What can be configured. All but the policies, the tenants and the trace needs a restart of the bundle. */
    @ObjectClassDefinition(name = "Saguaro runtime")
    public @interface Configuration {
        @AttributeDefinition(description = "Scheduling policies in order of preference; the first one present is used")
        String[] policies() default {"eft", "rr"};

        @AttributeDefinition(description = "Task records kept for the trace; 0 turns it off")
        int trace_capacity() default 65536;

        @AttributeDefinition(description = "Requests in flight per deployment; more are refused")
        int requests_in_flight() default 1024;

        @AttributeDefinition(
                description =
                        "Tenants as name:weight:bound: the share that a tenant is to get, relative to that of others, under a policy"
                                + " that looks at it; and its requests in flight, more are refused")
        String[] tenants() default {};

        @AttributeDefinition(description = "Requests in flight of each tenant that is not configured; its weight is 1")
        int requests_per_tenant() default 1024;

        @AttributeDefinition(description = "A kernel that runs longer is given up, in milliseconds")
        long task_timeout_millis() default 30_000;

        @AttributeDefinition(description = "How long a leaving PE may finish the kernel it runs, in milliseconds")
        long leave_grace_millis() default 10_000;

        @AttributeDefinition(
                description =
                        "Per deployment of a model that leaves sizes or types of tensors open: so many sets of input sizes"
                                + " have kernels of their own, those used last; 0: all requests run on general kernels")
        int variants_kept() default 8;

        @AttributeDefinition(
                description =
                        "How exact float32 layers are computed at least, by deployments that do not say: float32, int16, tf32,"
                                + " float16 or int8. Processing elements that can only be exact are exact, whatever this says")
        String precision() default "float32";

        @AttributeDefinition(description = "File that keeps measured execution times across restarts; empty: none")
        String calibration_file() default "";
    }

    private final Engine engine;
    private @Nullable ServiceRegistration<?> registration;

    @Activate
    public RuntimeComponent(Configuration configuration) {
        String file = configuration.calibration_file();
        engine = new Engine(new Settings(
                configuration.trace_capacity(),
                configuration.requests_in_flight(),
                Duration.ofMillis(configuration.task_timeout_millis()),
                Duration.ofMillis(configuration.leave_grace_millis()),
                configuration.variants_kept(),
                file.isBlank() ? Optional.empty() : Optional.of(Path.of(file)),
                precision(configuration)));
        configureWhatCanChange(configuration);
    }

    private static Precision precision(Configuration configuration) {
        try {
            return Precision.parse(configuration.precision());
        } catch (IllegalArgumentException e) {
            // As with tenants: exact answers are what nobody complains of.
            LOG.error("configuration {}: {}; deployments are exact", PID, e.getMessage());
            return Precision.FLOAT32;
        }
    }

    private void configureWhatCanChange(Configuration configuration) {
        engine.configurePolicies(List.of(configuration.policies()));
        try {
            engine.configureTenants(
                    TenantRule.parse(List.of(configuration.tenants())), configuration.requests_per_tenant());
        } catch (IllegalArgumentException e) {
            // A typing error must not stop the runtime; what was configured before stays.
            LOG.error("configuration {}: {}; the tenants stay as they were", PID, e.getMessage());
        }
    }

    /**
     * Called when the references present at the start are bound: the service is complete from its first moment. Registered as its class
     * too, for the other components of this bundle: nobody else can load it.
     */
    @Activate
    void start(BundleContext context) {
        registration = context.registerService(
                new String[] {SaguaroRuntime.class.getName(), Engine.class.getName()}, engine, null);
    }

    @Modified
    void modified(Configuration configuration) {
        engine.traceCapacity(configuration.trace_capacity());
        configureWhatCanChange(configuration);
    }

    @Deactivate
    void stop() {
        if (registration != null) {
            registration.unregister();
        }
        engine.close();
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindProcessingElement(ProcessingElement pe) {
        try {
            engine.addPe(pe);
        } catch (IllegalArgumentException e) {
            LOG.error("a processing element is not used: {}", e.getMessage());
        }
    }

    void unbindProcessingElement(ProcessingElement pe) {
        engine.removePe(pe);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindSchedulingPolicy(SchedulingPolicy policy, Map<String, Object> properties, ServiceReference<?> reference) {
        Object name = properties.get(SchedulingPolicy.NAME_PROPERTY);
        if (name instanceof String text && !text.isBlank()) {
            engine.addPolicy(text, reference.getBundle().getSymbolicName(), policy);
        } else {
            LOG.error(
                    "a scheduling policy of {} is not used: it has no service property {}",
                    reference.getBundle(),
                    SchedulingPolicy.NAME_PROPERTY);
        }
    }

    void unbindSchedulingPolicy(SchedulingPolicy policy) {
        engine.removePolicy(policy);
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindModelReader(ModelReader reader) {
        engine.addReader(reader);
    }

    void unbindModelReader(ModelReader reader) {
        engine.removeReader(reader);
    }
}
