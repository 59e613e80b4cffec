// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An immutable dictionary that remembers the order in which keys came. Keys that are equal in Python (1, 1.0, True) are one. */
public final class HostDict {

    /** A key with its value. */
    private record Entry(@Nullable Object key, @Nullable Object value) {}

    private final Map<Object, Entry> entries;

    private HostDict(Map<Object, Entry> entries) {
        this.entries = entries;
    }

    /**
     * A dictionary.
     *
     * @param keys host values; of equal keys the first one stays, with the value of the last
     * @param values as many as keys
     * @throws ModelRaisedException if a key cannot be one, or the lists differ in length
     */
    public static HostDict of(List<@Nullable Object> keys, List<@Nullable Object> values) {
        if (keys.size() != values.size()) {
            throw new ModelRaisedException(
                    "ValueError", "a dictionary of " + keys.size() + " keys cannot have " + values.size() + " values");
        }
        Map<Object, Entry> entries = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            put(entries, keys.get(i), values.get(i));
        }
        return new HostDict(entries);
    }

    private static void put(Map<Object, Entry> entries, @Nullable Object key, @Nullable Object value) {
        Object found = lookup(key);
        Entry old = entries.get(found);
        entries.put(found, new Entry(old == null ? key : old.key(), value));
    }

    public int size() {
        return entries.size();
    }

    public boolean contains(@Nullable Object key) {
        return entries.containsKey(lookup(key));
    }

    /**
     * The value of a key.
     *
     * @throws ModelRaisedException if there is none
     */
    public @Nullable Object get(@Nullable Object key) {
        Entry entry = entries.get(lookup(key));
        if (entry == null) {
            throw missing(key);
        }
        return entry.value();
    }

    /** The keys, in order. */
    public List<@Nullable Object> keys() {
        List<@Nullable Object> keys = new ArrayList<>();
        entries.values().forEach(entry -> keys.add(entry.key()));
        return Collections.unmodifiableList(keys);
    }

    /** The values, in the order of their keys. */
    public List<@Nullable Object> values() {
        List<@Nullable Object> values = new ArrayList<>();
        entries.values().forEach(entry -> values.add(entry.value()));
        return Collections.unmodifiableList(values);
    }

    /** A dictionary with one key replaced, or added at the end. */
    public HostDict with(@Nullable Object key, @Nullable Object value) {
        Map<Object, Entry> copy = new LinkedHashMap<>(entries);
        put(copy, key, value);
        return new HostDict(copy);
    }

    /**
     * A dictionary without a key.
     *
     * @throws ModelRaisedException if there is none
     */
    public HostDict without(@Nullable Object key) {
        Map<Object, Entry> copy = new LinkedHashMap<>(entries);
        if (copy.remove(lookup(key)) == null) {
            throw missing(key);
        }
        return new HostDict(copy);
    }

    private static ModelRaisedException missing(@Nullable Object key) {
        return new ModelRaisedException("KeyError", "there is no key " + PythonText.repr(key));
    }

    /** What is the same for keys that are equal in Python. */
    private static Object lookup(@Nullable Object key) {
        if (key == null) {
            return Optionals.NONE;
        }
        if (key instanceof Boolean flag) {
            return flag ? 1L : 0L;
        }
        if (key instanceof Double real && real == Math.rint(real) && Math.abs(real) < 0x1p63) {
            return (long) (double) real;
        }
        if (key instanceof HostTuple tuple) {
            List<Object> elements = new ArrayList<>();
            tuple.elements().forEach(element -> elements.add(lookup(element)));
            return elements;
        }
        if (key instanceof List || key instanceof HostDict || key instanceof HostTensor) {
            throw new ModelRaisedException("TypeError", PythonText.typeName(key) + " cannot be a key of a dictionary");
        }
        return key;
    }

    /** Stands for None among the keys. */
    private enum Optionals {
        NONE
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof HostDict dict && PythonOrder.equal(this, dict);
    }

    @Override
    public int hashCode() {
        return entries.keySet().hashCode();
    }

    @Override
    public String toString() {
        return PythonText.repr(this);
    }
}
