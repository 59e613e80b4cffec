// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.ImmutableDescriptor;
import javax.management.InvalidAttributeValueException;
import javax.management.JMException;
import javax.management.MBeanConstructorInfo;
import javax.management.MBeanException;
import javax.management.MBeanInfo;
import javax.management.MBeanNotificationInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.OpenMBeanAttributeInfoSupport;
import javax.management.openmbean.OpenMBeanInfoSupport;
import javax.management.openmbean.OpenType;
import javax.management.openmbean.SimpleType;
import org.saguaro.runtime.core.Monitor;
import org.saguaro.runtime.core.MonitorSnapshot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The monitor in JMX: what an MXBean is to its clients, attributes of open types only. There is one attribute per component of
 * {@link MonitorSnapshot}, and {@code On} can be set. Called on threads of the JMX server.
 */
public final class MonitorBean implements DynamicMBean {

    /** Where it is registered. */
    public static final String NAME = "org.saguaro:type=Monitor";

    private static final Logger LOG = LoggerFactory.getLogger(MonitorBean.class);
    private static final String ON = "On";

    private final Monitor monitor;
    private final Map<String, RecordComponent> components = new TreeMap<>();
    private final MBeanInfo info;

    private MonitorBean(Monitor monitor) throws OpenDataException {
        this.monitor = monitor;
        List<OpenMBeanAttributeInfoSupport> attributes = new ArrayList<>();
        for (RecordComponent component : MonitorSnapshot.class.getRecordComponents()) {
            String name = attributeOf(component);
            if (!name.equals(ON)) {
                OpenType<?> type = RecordData.typeOf(component);
                components.put(name, component);
                attributes.add(new OpenMBeanAttributeInfoSupport(name, name, type, true, false, false));
            }
        }
        attributes.add(new OpenMBeanAttributeInfoSupport(
                ON, "whether tasks and rounds are timed and sampled", SimpleType.BOOLEAN, true, true, true));
        MBeanInfo open = new OpenMBeanInfoSupport(
                MonitorBean.class.getName(),
                "Saguaro's monitor",
                attributes.toArray(OpenMBeanAttributeInfoSupport[]::new),
                null,
                null,
                null);
        info = new MBeanInfo(
                open.getClassName(),
                open.getDescription(),
                open.getAttributes(),
                new MBeanConstructorInfo[0],
                new MBeanOperationInfo[0],
                new MBeanNotificationInfo[0],
                new ImmutableDescriptor("mxbean=true", "immutableInfo=true"));
    }

    private static String attributeOf(RecordComponent component) {
        String name = component.getName();
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    /**
     * Registers a monitor.
     *
     * @return takes it out again
     * @throws JMException if another one is registered there
     */
    public static AutoCloseable register(Monitor monitor, MBeanServer server) throws JMException {
        ObjectName name = ObjectName.getInstance(NAME);
        server.registerMBean(new MonitorBean(monitor), name);
        return () -> server.unregisterMBean(name);
    }

    @Override
    public Object getAttribute(String attribute) throws AttributeNotFoundException, MBeanException {
        if (attribute.equals(ON)) {
            return monitor.isOn();
        }
        RecordComponent component = components.get(attribute);
        if (component == null) {
            throw new AttributeNotFoundException(attribute + "; there are " + components.keySet());
        }
        try {
            return RecordData.valueOf(monitor.snapshot(), component);
        } catch (OpenDataException e) {
            throw new MBeanException(e);
        }
    }

    @Override
    public AttributeList getAttributes(String[] names) {
        AttributeList list = new AttributeList();
        for (String name : names) {
            try {
                list.add(new Attribute(name, getAttribute(name)));
            } catch (AttributeNotFoundException | MBeanException e) {
                // As JMX has it: what cannot be had is left out.
                LOG.debug("{} was asked for", name, e);
            }
        }
        return list;
    }

    @Override
    public void setAttribute(Attribute attribute) throws AttributeNotFoundException, InvalidAttributeValueException {
        if (!attribute.getName().equals(ON)) {
            throw new AttributeNotFoundException(attribute.getName() + " cannot be set; " + ON + " can");
        }
        if (!(attribute.getValue() instanceof Boolean on)) {
            throw new InvalidAttributeValueException(ON + ": found " + attribute.getValue() + ", expected a boolean");
        }
        monitor.on(on);
    }

    @Override
    public AttributeList setAttributes(AttributeList attributes) {
        AttributeList set = new AttributeList();
        for (Attribute attribute : attributes.asList()) {
            try {
                setAttribute(attribute);
                set.add(attribute);
            } catch (AttributeNotFoundException | InvalidAttributeValueException e) {
                // As JMX has it: the result says which were set.
                LOG.debug("{} was not set", attribute.getName(), e);
            }
        }
        return set;
    }

    @Override
    public Object invoke(String action, Object[] parameters, String[] signature) throws ReflectionException {
        throw new ReflectionException(new NoSuchMethodException(action), "the monitor has attributes only");
    }

    @Override
    public MBeanInfo getMBeanInfo() {
        return info;
    }
}
