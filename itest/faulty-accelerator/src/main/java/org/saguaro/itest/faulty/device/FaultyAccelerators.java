// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest.faulty.device;

import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.itest.faulty.Fault;
import org.saguaro.itest.faulty.FaultControl;

/** Registers the faulty PEs, each with its control. */
@Component(configurationPid = FaultyAccelerators.PID)
@Designate(ocd = FaultyAccelerators.Settings.class)
public final class FaultyAccelerators {

    static final String PID = "org.saguaro.itest.faulty";

    /** Configuration, through Configuration Admin; a change takes the PEs away and brings new ones. */
    @ObjectClassDefinition(name = "Saguaro faulty accelerator")
    @interface Settings {
        @AttributeDefinition(name = "Count", description = "Number of PEs: faulty0, faulty1, ...")
        int count() default 1;

        @AttributeDefinition(name = "Fault", description = "What goes wrong from the start")
        Fault fault() default Fault.NONE;

        @AttributeDefinition(name = "Every n-th", description = "How often it goes wrong: 1 = always")
        int every_nth() default 1;

        @AttributeDefinition(name = "Execution time", description = "Least duration of every execution, in nanoseconds")
        long execution_nanos() default 0;
    }

    private final List<ServiceRegistration<?>> registrations = new ArrayList<>();
    private final List<FaultInjector> injectors = new ArrayList<>();

    @Activate
    public FaultyAccelerators(BundleContext bundle, Settings settings) {
        for (int i = 0; i < settings.count(); i++) {
            String id = "faulty" + i;
            FaultInjector injector = new FaultInjector(id, settings.execution_nanos());
            injector.inject(settings.fault(), settings.every_nth());
            injectors.add(injector);
            Dictionary<String, ?> properties = FrameworkUtil.asDictionary(Map.of(FaultControl.PE_ID, id));
            registrations.add(bundle.registerService(FaultControl.class, injector, properties));
            registrations.add(bundle.registerService(
                    ProcessingElement.class, new FaultyProcessingElement(id, injector), properties));
        }
    }

    /** Goes with executions still hanging, as a device does; releases them only after the core has let go of the PE. */
    @Deactivate
    void deactivate() {
        try {
            registrations.forEach(ServiceRegistration::unregister);
        } finally {
            injectors.forEach(FaultInjector::heal);
        }
    }
}
