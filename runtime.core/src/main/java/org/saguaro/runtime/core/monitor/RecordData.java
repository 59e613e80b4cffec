// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.monitor;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import javax.management.openmbean.ArrayType;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.CompositeDataSupport;
import javax.management.openmbean.CompositeType;
import javax.management.openmbean.OpenDataException;
import javax.management.openmbean.OpenType;
import javax.management.openmbean.SimpleType;

/**
 * Records as JMX's open data, which any client reads without our classes. JDK 17's own mapping knows getters, not records. A record becomes
 * a composite, a list of records an array of composites, an enum its name.
 */
final class RecordData {

    private RecordData() {}

    /** The open type of a record's component. */
    static OpenType<?> typeOf(RecordComponent component) throws OpenDataException {
        return typeOf(component.getGenericType());
    }

    private static OpenType<?> typeOf(Type type) throws OpenDataException {
        if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
            return new ArrayType<>(1, typeOf(list.getActualTypeArguments()[0]));
        }
        if (type instanceof Class<?> simple) {
            if (simple == long.class) {
                return SimpleType.LONG;
            } else if (simple == int.class) {
                return SimpleType.INTEGER;
            } else if (simple == double.class) {
                return SimpleType.DOUBLE;
            } else if (simple == boolean.class) {
                return SimpleType.BOOLEAN;
            } else if (simple == String.class || simple.isEnum()) {
                return SimpleType.STRING;
            } else if (simple.isRecord()) {
                return compositeOf(simple);
            }
        }
        throw new OpenDataException("no open type for " + type);
    }

    private static CompositeType compositeOf(Class<?> record) throws OpenDataException {
        RecordComponent[] components = record.getRecordComponents();
        String[] names = new String[components.length];
        OpenType<?>[] types = new OpenType<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            names[i] = components[i].getName();
            types[i] = typeOf(components[i]);
        }
        return new CompositeType(record.getSimpleName(), record.getSimpleName(), names, names, types);
    }

    /** The value of a record's component, as open data. */
    static Object valueOf(Record record, RecordComponent component) throws OpenDataException {
        try {
            return valueOf(component.getAccessor().invoke(record), component.getGenericType());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record does not tell its " + component.getName(), e);
        }
    }

    private static Object valueOf(Object value, Type type) throws OpenDataException {
        if (value instanceof List<?> list && type instanceof ParameterizedType parameterized) {
            Type element = parameterized.getActualTypeArguments()[0];
            CompositeData[] array = new CompositeData[list.size()];
            for (int i = 0; i < array.length; i++) {
                array[i] = (CompositeData) valueOf(list.get(i), element);
            }
            return array;
        }
        if (value instanceof Record record) {
            RecordComponent[] components = record.getClass().getRecordComponents();
            Object[] values = new Object[components.length];
            CompositeType composite = compositeOf(record.getClass());
            String[] names = new String[components.length];
            for (int i = 0; i < components.length; i++) {
                names[i] = components[i].getName();
                values[i] = valueOf(record, components[i]);
            }
            return new CompositeDataSupport(composite, names, values);
        }
        return value instanceof Enum<?> constant ? constant.name() : value;
    }
}
