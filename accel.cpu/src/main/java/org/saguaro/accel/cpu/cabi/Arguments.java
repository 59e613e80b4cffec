// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The arguments of one call, by the names that the schema has for them. */
final class Arguments {

    private final Schema schema;
    private final @Nullable Object[] values;
    private final int results;

    /** @param results how many the caller wants */
    Arguments(Schema schema, @Nullable Object[] values, int results) {
        this.schema = schema;
        this.values = values;
        this.results = results;
    }

    int results() {
        return results;
    }

    Schema schema() {
        return schema;
    }

    /** Null for None, and where the operator has no such argument. */
    @Nullable
    Object value(String name) {
        for (int i = 0; i < values.length; i++) {
            if (schema.parameters().get(i).name().equals(name)) {
                return values[i];
            }
        }
        return null;
    }

    private Object given(String name) {
        Object value = value(name);
        if (value == null) {
            throw new IllegalArgumentException(schema.name() + " needs the argument " + name);
        }
        return value;
    }

    TensorHandle tensor(String name) {
        return (TensorHandle) given(name);
    }

    @Nullable
    TensorHandle maybeTensor(String name) {
        return (TensorHandle) value(name);
    }

    TensorHandle[] tensors(String name) {
        Object[] list = (Object[]) given(name);
        TensorHandle[] tensors = new TensorHandle[list.length];
        for (int i = 0; i < list.length; i++) {
            tensors[i] = (TensorHandle) Objects.requireNonNull(list[i]);
        }
        return tensors;
    }

    long integer(String name) {
        return (Long) given(name);
    }

    @Nullable
    Long maybeInteger(String name) {
        return (Long) value(name);
    }

    /** A number as double. */
    double real(String name) {
        return asDouble(given(name));
    }

    static double asDouble(Object number) {
        if (number instanceof Boolean flag) {
            return flag ? 1 : 0;
        }
        return ((Number) number).doubleValue();
    }

    boolean flag(String name) {
        return (Boolean) given(name);
    }

    /** A text, empty for None. */
    String text(String name) {
        Object value = value(name);
        return value == null ? "" : (String) value;
    }

    long[] longs(String name) {
        Object[] list = (Object[]) given(name);
        long[] longs = new long[list.length];
        for (int i = 0; i < list.length; i++) {
            longs[i] = (Long) Objects.requireNonNull(list[i]);
        }
        return longs;
    }

    long @Nullable [] maybeLongs(String name) {
        return value(name) == null ? null : longs(name);
    }

    double @Nullable [] maybeReals(String name) {
        Object value = value(name);
        if (value == null) {
            return null;
        }
        Object[] list = (Object[]) value;
        double[] reals = new double[list.length];
        for (int i = 0; i < list.length; i++) {
            reals[i] = asDouble(Objects.requireNonNull(list[i]));
        }
        return reals;
    }

    /** A list of numbers as arguments of another call. */
    static Object[] list(long... values) {
        Object[] list = new Object[values.length];
        for (int i = 0; i < values.length; i++) {
            list[i] = values[i];
        }
        return list;
    }
}
