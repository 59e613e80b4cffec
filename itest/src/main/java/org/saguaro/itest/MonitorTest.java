// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.management.Attribute;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.test.common.annotation.InjectService;
import org.osgi.test.junit5.service.ServiceExtension;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.runtime.core.DeployOptions;
import org.saguaro.runtime.core.DeployOptions.Granularity;
import org.saguaro.runtime.core.Deployment;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.saguaro.runtime.core.SaguaroRuntime;

/** The monitor as its users meet it: the service, JMX, and a log that is configured while requests run. */
@ExtendWith(ServiceExtension.class)
@Timeout(180)
class MonitorTest {

    private static final String PID = "org.saguaro.runtime.core.monitor";

    private final BundleContext context =
            FrameworkUtil.getBundle(MonitorTest.class).getBundleContext();
    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

    @TempDir
    Path folder;

    @InjectService(timeout = 20_000)
    SaguaroRuntime runtime;

    @InjectService(timeout = 20_000)
    ConfigurationAdmin configurations;

    @InjectService(filter = "(pe.type=cpu)", timeout = 60_000)
    ProcessingElement cpu;

    @AfterEach
    void forgetConfiguration() throws IOException {
        configuration().delete();
    }

    private Configuration configuration() throws IOException {
        return configurations.getConfiguration(PID, "?");
    }

    /** Empty between two configurations. */
    private Optional<MonitorSnapshot> snapshot() {
        return Optional.ofNullable(context.getServiceReference(Monitor.class))
                .map(context::getService)
                .map(Monitor::snapshot);
    }

    @Test
    void showsRequestsInTheServiceInJmxAndInTheLog() throws Exception {
        Path log = folder.resolve("features.csv");
        configuration()
                .update(FrameworkUtil.asDictionary(
                        Map.of("period.millis", 100L, "log.file", log.toString(), "log.format", "csv")));
        ObjectName name = ObjectName.getInstance("org.saguaro:type=Monitor");
        try (Deployment deployment =
                runtime.deploy(TinyModel.graph(), new DeployOptions("watched", Granularity.LAYER))) {
            await("requests in the snapshot", () -> {
                deployment.infer(List.of(TinyModel.tensor(TinyModel.input(1))));
                return snapshot().stream()
                        .flatMap(sample -> sample.applications().stream())
                        .anyMatch(application -> application.name().equals("watched")
                                && application.latency().p50Nanos() > 0);
            });
            MonitorSnapshot snapshot = snapshot().orElseThrow();
            assertThat(snapshot.processingElements())
                    .as("PEs, one of which has run something")
                    .anyMatch(pe -> pe.completedTasks() > 0 && pe.task().count() > 0);
            assertThat(snapshot.scheduling().rounds()).isPositive();
            assertThat(snapshot.host().residentBytes()).isPositive();

            await(
                    "requests in JMX",
                    () -> server.isRegistered(name)
                            && ((CompositeData[]) server.getAttribute(name, "Applications")).length > 0);
            CompositeData[] applications = (CompositeData[]) server.getAttribute(name, "Applications");
            assertThat(applications).anyMatch(application -> "watched".equals(application.get("name")));

            await(
                    "rows in the log",
                    () -> Files.exists(log)
                            && Files.readString(log).contains("app.watched.latency_p99_ns")
                            && Files.readAllLines(log).size() > 2);
            List<String> rows = Files.readAllLines(log);
            assertThat(rows.get(1).split(",", -1)).hasSameSizeAs(rows.get(0).split(",", -1));

            server.setAttribute(name, new Attribute("On", false));
            assertThat(server.getAttribute(name, "On")).isEqualTo(false);
            server.setAttribute(name, new Attribute("On", true));
        }
    }

    @Test
    void goesFromJmxWithItsBundleAndComesBack() throws Exception {
        ObjectName name = ObjectName.getInstance("org.saguaro:type=Monitor");
        await("the bean", () -> server.isRegistered(name));
        configuration().update(FrameworkUtil.asDictionary(Map.of("jmx", false)));
        await("no bean", () -> !server.isRegistered(name));
        configuration().update(FrameworkUtil.asDictionary(Map.of("jmx", true)));
        await("the bean again", () -> server.isRegistered(name));
        Bundle core = FrameworkUtil.getBundle(Monitor.class);
        assertThat(context.getServiceReference(Monitor.class).getBundle()).isEqualTo(core);
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException(what + ": did not come about within 60 s");
            }
            Thread.onSpinWait();
        }
    }
}
