// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.component;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import javax.management.JMException;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.bundle.Capability;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.deploy.Engine;
import org.saguaro.runtime.core.monitor.LoadMonitor;
import org.saguaro.runtime.core.monitor.MonitorBean;
import org.saguaro.runtime.core.monitor.RailPower;
import org.saguaro.runtime.core.monitor.SnapshotLog;
import org.saguaro.runtime.core.sensors.HostProbe;
import org.saguaro.runtime.core.sensors.SensorBank;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Offers the {@link Monitor}: as a service, in JMX and as a log. A change of its configuration makes a new one; requests do not notice.
 */
@Component(
        service = {},
        immediate = true,
        configurationPid = MonitorComponent.PID)
@Designate(ocd = MonitorComponent.Configuration.class)
@Capability(
        namespace = "osgi.service",
        attribute = "objectClass:List<String>='org.saguaro.runtime.core.Monitor'",
        effective = "active")
public final class MonitorComponent {

    /** Where it is configured. */
    public static final String PID = "org.saguaro.runtime.core.monitor";

    private static final Logger LOG = LoggerFactory.getLogger(MonitorComponent.class);

    /** What can be configured. */
    @ObjectClassDefinition(name = "Saguaro monitor")
    public @interface Configuration {
        @AttributeDefinition(description = "Whether tasks and rounds are timed and sampled from the start")
        boolean enabled() default true;

        @AttributeDefinition(description = "Time between two samples in milliseconds, 100 or more")
        long period_millis() default 1000;

        @AttributeDefinition(description = "Whether sensors of the machine are read")
        boolean sensors() default true;

        @AttributeDefinition(
                description =
                        "Power sensors of PE types, each TYPE=SENSOR, for instance cpu=ina226_u76: what a PE draws is"
                                + " learned from them")
        String[] power_rails() default {};

        @AttributeDefinition(description = "Whether the monitor is registered in JMX, as " + MonitorBean.NAME)
        boolean jmx() default true;

        @AttributeDefinition(description = "File that gets a line per sample; empty: none")
        String log_file() default "";

        @AttributeDefinition(description = "csv: a row of features per sample; jsonl: the whole snapshot")
        String log_format() default "csv";

        @AttributeDefinition(description = "Size at which a new log file begins, in bytes")
        long log_max_bytes() default 64 << 20;

        @AttributeDefinition(description = "Older log files that are kept")
        int log_files_kept() default 4;
    }

    private final LoadMonitor monitor;
    private final @Nullable SnapshotLog log;
    private final ServiceRegistration<?> registration;
    private final @Nullable AutoCloseable bean;

    @Activate
    public MonitorComponent(@Reference Engine engine, Configuration configuration, BundleContext context) {
        Path root = Path.of("/");
        monitor = new LoadMonitor(
                engine,
                configuration.sensors() ? new SensorBank(root) : SensorBank.none(),
                new HostProbe(root),
                RailPower.of(List.of(configuration.power_rails())),
                Clock.systemUTC(),
                System::nanoTime);
        log = log(configuration, monitor);
        if (log != null) {
            monitor.addListener(log);
        }
        // What rails show is better than what descriptors claim: policies that look at energy see it from then on.
        monitor.addListener(snapshot -> snapshot.power()
                .forEach(estimate -> engine.power().measured(estimate.peType(), Math.max(0, estimate.activeWatts()))));
        monitor.on(configuration.enabled());
        monitor.start(configuration.period_millis());
        bean = configuration.jmx() ? bean(monitor) : null;
        registration = context.registerService(Monitor.class, monitor, null);
    }

    private static @Nullable SnapshotLog log(Configuration configuration, LoadMonitor monitor) {
        String file = configuration.log_file();
        if (file.isBlank()) {
            return null;
        }
        return new SnapshotLog(
                Path.of(file),
                format(configuration.log_format()),
                configuration.log_max_bytes(),
                Math.max(0, configuration.log_files_kept()),
                monitor::sensorChannels);
    }

    private static SnapshotLog.Format format(String name) {
        return switch (name.strip().toLowerCase(Locale.ROOT)) {
            case "csv" -> SnapshotLog.Format.CSV;
            case "jsonl" -> SnapshotLog.Format.JSONL;
            default ->
                throw new IllegalArgumentException(PID + ": log.format: found '" + name
                        + "', expected csv or jsonl; change it in Configuration Admin");
        };
    }

    private static @Nullable AutoCloseable bean(Monitor monitor) {
        try {
            return MonitorBean.register(monitor, ManagementFactory.getPlatformMBeanServer());
        } catch (JMException e) {
            LOG.warn("the monitor is not in JMX: {}", e.toString());
            return null;
        }
    }

    @Deactivate
    void stop() {
        registration.unregister();
        try {
            if (bean != null) {
                bean.close();
            }
        } catch (Exception e) {
            LOG.warn("the monitor could not be taken out of JMX", e);
        }
        monitor.close();
        if (log != null) {
            log.close();
        }
    }
}
