// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.text;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Records as {@link Json} takes them. What is not a number becomes null, because JSON has no NaN. */
public final class RecordJson {

    private RecordJson() {}

    /** An object with the record's components, and so on inside. */
    public static Map<String, @Nullable Object> of(Record record) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                object.put(component.getName(), value(component.getAccessor().invoke(record)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException(record.getClass() + " does not tell its " + component.getName(), e);
            }
        }
        return object;
    }

    private static @Nullable Object value(Object value) {
        if (value instanceof Record record) {
            return of(record);
        } else if (value instanceof List<?> list) {
            return list.stream().map(RecordJson::value).toList();
        } else if (value instanceof Double number) {
            return Double.isFinite(number) ? number : null;
        } else if (value instanceof Enum<?> constant) {
            return constant.name();
        }
        return value;
    }
}
