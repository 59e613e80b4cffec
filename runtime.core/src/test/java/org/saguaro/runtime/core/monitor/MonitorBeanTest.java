// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import javax.management.Attribute;
import javax.management.AttributeNotFoundException;
import javax.management.InvalidAttributeValueException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.OpenMBeanAttributeInfo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.sensors.HostProbe;
import org.saguaro.runtime.core.sensors.SensorBank;

/** The monitor as a JMX client sees it. */
class MonitorBeanTest {

    private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    private final FakeLoad load = new FakeLoad();
    private final LoadMonitor monitor = new LoadMonitor(
            load,
            SensorBank.none(),
            new HostProbe(Path.of("nothing")),
            RailPower.of(List.of()),
            Clock.systemUTC(),
            () -> load.nowNanos);

    @AfterEach
    void close() {
        monitor.close();
    }

    @Test
    void everyAttributeIsOpenDataOfItsOpenType() throws Exception {
        ObjectName name = ObjectName.getInstance(MonitorBean.NAME);
        load.pe("cpu0").ran(500_000_000);
        load.nowNanos += 1_000_000_000;
        monitor.sample();
        AutoCloseable registration = MonitorBean.register(monitor, server);
        try {
            MBeanAttributeInfo[] attributes = server.getMBeanInfo(name).getAttributes();
            assertThat(Arrays.stream(attributes).map(MBeanAttributeInfo::getName))
                    .contains("ProcessingElements", "Applications", "Scheduling", "Host", "Sensors", "Power", "On");
            for (MBeanAttributeInfo attribute : attributes) {
                Object value = server.getAttribute(name, attribute.getName());
                assertThat(attribute).isInstanceOf(OpenMBeanAttributeInfo.class);
                assertThat(((OpenMBeanAttributeInfo) attribute).getOpenType().isValue(value))
                        .as("%s is %s", attribute.getName(), value)
                        .isTrue();
            }
            CompositeData[] pes = (CompositeData[]) server.getAttribute(name, "ProcessingElements");
            assertThat(pes).hasSize(1);
            assertThat(pes[0].get("id")).isEqualTo("cpu0");
            assertThat(pes[0].get("state")).isEqualTo("ACTIVE");
            assertThat(pes[0].get("utilisation")).isEqualTo(0.5);
            assertThat(((CompositeData) pes[0].get("task")).get("count")).isEqualTo(1L);
            assertThat(server.getAttributes(name, new String[] {"Number", "Nonsense"}))
                    .containsExactly(new Attribute("Number", 1L));

            server.setAttribute(name, new Attribute("On", false));
            assertThat(monitor.isOn()).isFalse();
            assertThatThrownBy(() -> server.setAttribute(name, new Attribute("On", "yes")))
                    .isInstanceOf(InvalidAttributeValueException.class)
                    .hasMessageContaining("yes");
            assertThatThrownBy(() -> server.getAttribute(name, "Nonsense"))
                    .isInstanceOf(AttributeNotFoundException.class)
                    .hasMessageContaining("Nonsense");
        } finally {
            registration.close();
        }
        assertThat(server.isRegistered(name)).isFalse();
    }
}
