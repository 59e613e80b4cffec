// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.policies;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceObjects;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.saguaro.experiments.Policies;
import org.saguaro.scheduler.api.SchedulingPolicy;

/**
 * The policies that bundles register. Of those of prototype scope every lease is an instance of its own, with the options that Configuration
 * Admin has for it. Of others there is one instance, which the runtime may use at the same time: see docs/writing-a-policy.md.
 */
@Component(service = Policies.class)
public final class InstalledPolicies implements Policies {

    private final BundleContext context;
    private final PolicyShelf shelf = new PolicyShelf();

    /** Called by Declarative Services. */
    @Activate
    public InstalledPolicies(BundleContext context) {
        this.context = context;
    }

    @Reference(
            service = SchedulingPolicy.class,
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC)
    void addPolicy(ServiceReference<SchedulingPolicy> reference) {
        if (reference.getProperty(SchedulingPolicy.NAME_PROPERTY) instanceof String name) {
            shelf.add(name, reference, new Instances(context.getServiceObjects(reference), isPrototype(reference)));
        }
    }

    void removePolicy(ServiceReference<SchedulingPolicy> reference) {
        shelf.remove(reference);
    }

    private static boolean isPrototype(ServiceReference<?> reference) {
        return Constants.SCOPE_PROTOTYPE.equals(reference.getProperty(Constants.SERVICE_SCOPE));
    }

    @Override
    public List<String> names() {
        return shelf.names();
    }

    @Override
    public Lease create(String name) {
        return shelf.create(name);
    }

    /** What a service hands out. */
    private record Instances(@Nullable ServiceObjects<SchedulingPolicy> objects, boolean areMany)
            implements PolicyShelf.Source {

        @Override
        public @Nullable SchedulingPolicy take() {
            return objects == null ? null : objects.getService();
        }

        @Override
        public void giveBack(SchedulingPolicy policy) {
            if (objects != null) {
                try {
                    objects.ungetService(policy);
                } catch (IllegalStateException e) {
                    // This bundle is stopping: the framework has taken everything back already.
                    return;
                }
            }
        }
    }
}
