// SPDX-License-Identifier: Apache-2.0
package org.example.accelerator;

import java.util.ArrayList;
import java.util.List;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.saguaro.accel.api.ProcessingElement;

/** Finds the bundle's devices, here by making them up, and registers one {@link ProcessingElement} service for each. */
@Component(configurationPid = NullAccelerators.PID)
@Designate(ocd = NullAccelerators.Settings.class)
public final class NullAccelerators {

    static final String PID = "org.example.accelerator";

    /** Configuration, through Configuration Admin; a change takes the PEs away and brings new ones. */
    @ObjectClassDefinition(name = "Saguaro null accelerator")
    @interface Settings {
        @AttributeDefinition(name = "Count", description = "Number of PEs: null0, null1, ...")
        int count() default 1;

        @AttributeDefinition(name = "Memory", description = "Bytes of memory that each PE has")
        long memory_bytes() default 256L << 20;
    }

    private final List<ServiceRegistration<ProcessingElement>> registrations = new ArrayList<>();

    @Activate
    public NullAccelerators(BundleContext bundle, Settings settings) {
        for (int i = 0; i < settings.count(); i++) {
            ProcessingElement pe = new NullProcessingElement("null" + i, settings.memory_bytes());
            registrations.add(bundle.registerService(ProcessingElement.class, pe, null));
        }
    }

    /** Unregistering returns when the core has closed the PE's kernels and buffers; only then may a device be closed. */
    @Deactivate
    void deactivate() {
        registrations.forEach(ServiceRegistration::unregister);
    }
}
