// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/** Lists, tuples and texts as sequences, with Python's indices. */
final class PythonLists {

    /** Longest list or text that repetition may make. */
    private static final int LONGEST = 100_000_000;

    private PythonLists() {}

    static List<@Nullable Object> copyOf(List<? extends @Nullable Object> elements) {
        return Collections.unmodifiableList(new ArrayList<@Nullable Object>(elements));
    }

    static boolean isSequence(@Nullable Object value) {
        return value instanceof List || value instanceof HostTuple || value instanceof String;
    }

    /**
     * The elements of a list or a tuple, the characters of a text, or the keys of a dictionary.
     *
     * @throws ModelRaisedException if it is something else
     */
    static List<@Nullable Object> elements(@Nullable Object sequence) {
        if (sequence instanceof List<?> list) {
            return copyless(list);
        }
        if (sequence instanceof HostTuple tuple) {
            return tuple.elements();
        }
        if (sequence instanceof String text) {
            List<@Nullable Object> characters = new ArrayList<>();
            text.codePoints().forEach(c -> characters.add(Character.toString(c)));
            return characters;
        }
        if (sequence instanceof HostDict dict) {
            return dict.keys();
        }
        throw PythonNumbers.unexpected("a list", sequence);
    }

    private static List<@Nullable Object> copyless(List<?> list) {
        return Collections.unmodifiableList(list);
    }

    /** A sequence of the same type as {@code model}. */
    static Object like(@Nullable Object model, List<@Nullable Object> elements) {
        if (model instanceof String) {
            StringBuilder text = new StringBuilder();
            elements.forEach(text::append);
            return text.toString();
        }
        return model instanceof HostTuple ? new HostTuple(elements) : copyOf(elements);
    }

    static Object concatenate(@Nullable Object left, @Nullable Object right) {
        if (!PythonText.typeName(left).equals(PythonText.typeName(right))) {
            throw new ModelRaisedException(
                    "TypeError", "cannot join " + PythonText.typeName(left) + " and " + PythonText.typeName(right));
        }
        if (left instanceof String a && right instanceof String b) {
            return a + b;
        }
        List<@Nullable Object> joined = new ArrayList<>(elements(left));
        joined.addAll(elements(right));
        return like(left, joined);
    }

    static Object repeat(@Nullable Object sequence, @Nullable Object times) {
        List<@Nullable Object> once = elements(sequence);
        long count = Math.max(0, PythonNumbers.integer(times));
        if (!once.isEmpty() && count > LONGEST / once.size()) {
            throw new ModelRaisedException("MemoryError", "a sequence of more than " + LONGEST + " elements");
        }
        List<@Nullable Object> repeated = new ArrayList<>();
        for (long i = 0; i < count && !once.isEmpty(); i++) {
            repeated.addAll(once);
        }
        return like(sequence, repeated);
    }

    static @Nullable Object get(@Nullable Object sequence, @Nullable Object index) {
        List<@Nullable Object> elements = elements(sequence);
        return elements.get(position(elements.size(), index, sequence));
    }

    static Object set(@Nullable Object sequence, @Nullable Object index, @Nullable Object value) {
        List<@Nullable Object> changed = new ArrayList<>(elements(list(sequence)));
        changed.set(position(changed.size(), index, sequence), value);
        return copyOf(changed);
    }

    static Object remove(@Nullable Object sequence, @Nullable Object index) {
        List<@Nullable Object> changed = new ArrayList<>(elements(list(sequence)));
        changed.remove(position(changed.size(), index, sequence));
        return copyOf(changed);
    }

    static Object insert(@Nullable Object sequence, @Nullable Object index, @Nullable Object value) {
        List<@Nullable Object> changed = new ArrayList<>(elements(list(sequence)));
        long at = PythonNumbers.integer(index);
        changed.add((int) clamp(at < 0 ? at + changed.size() : at, 0, changed.size()), value);
        return copyOf(changed);
    }

    private static @Nullable Object list(@Nullable Object value) {
        if (!(value instanceof List)) {
            throw PythonNumbers.unexpected("a list", value);
        }
        return value;
    }

    private static int position(int size, @Nullable Object index, @Nullable Object sequence) {
        long at = PythonNumbers.integer(index);
        long position = at < 0 ? at + size : at;
        if (position < 0 || position >= size) {
            throw new ModelRaisedException(
                    "IndexError",
                    "index " + at + " is out of range of a " + PythonText.typeName(sequence) + " of length " + size);
        }
        return (int) position;
    }

    /** {@code sequence[start:stop:step]}. */
    static Object slice(
            @Nullable Object sequence, @Nullable Object start, @Nullable Object stop, @Nullable Object step) {
        if (!isSequence(sequence)) {
            throw PythonNumbers.unexpected("a list", sequence);
        }
        List<@Nullable Object> elements = elements(sequence);
        int size = elements.size();
        long by = step == null ? 1 : PythonNumbers.integer(step);
        if (by == 0) {
            throw new ModelRaisedException("ValueError", "the step of a slice cannot be zero");
        }
        long lowest = by > 0 ? 0 : -1;
        long highest = by > 0 ? size : size - 1L;
        long from = start == null ? (by > 0 ? lowest : highest) : bound(start, size, lowest, highest);
        long to = stop == null ? (by > 0 ? highest : lowest) : bound(stop, size, lowest, highest);
        List<@Nullable Object> part = new ArrayList<>();
        // A step beyond the size takes one element at most; cut, it cannot overflow.
        long stride = clamp(by, -size - 1L, size + 1L);
        for (long i = from; stride > 0 ? i < to : i > to; i += stride) {
            part.add(elements.get((int) i));
        }
        return like(sequence, part);
    }

    private static long bound(Object index, int size, long lowest, long highest) {
        long at = PythonNumbers.integer(index);
        return clamp(at < 0 ? at + size : at, lowest, highest);
    }

    private static long clamp(long value, long lowest, long highest) {
        return Math.max(lowest, Math.min(highest, value));
    }

    static boolean contains(List<@Nullable Object> elements, @Nullable Object value) {
        return position(elements, value) >= 0;
    }

    /** First position of an element; -1 if there is none. */
    static int position(List<@Nullable Object> elements, @Nullable Object value) {
        for (int i = 0; i < elements.size(); i++) {
            if (PythonOrder.sameOrEqual(elements.get(i), value)) {
                return i;
            }
        }
        return -1;
    }

    static Object reversed(@Nullable Object sequence) {
        List<@Nullable Object> reversed = new ArrayList<>(elements(sequence));
        Collections.reverse(reversed);
        return Collections.unmodifiableList(reversed);
    }

    /** Stable in both directions, as Python's. */
    static Object sorted(@Nullable Object sequence, boolean descending) {
        List<@Nullable Object> sorted = new ArrayList<>(elements(sequence));
        sorted.sort((a, b) -> descending ? PythonOrder.compare(b, a, "<") : PythonOrder.compare(a, b, "<"));
        return Collections.unmodifiableList(sorted);
    }

    /** A list of integers that takes no room. */
    static List<@Nullable Object> range(long start, long stop, long step) {
        if (step == 0) {
            throw new ModelRaisedException("ValueError", "the step of a range cannot be zero");
        }
        boolean empty = step > 0 ? start >= stop : start <= stop;
        long span = step > 0 ? stop - start : start - stop;
        long count = empty ? 0 : Long.divideUnsigned(span - 1, Math.abs(step)) + 1;
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw new ModelRaisedException("OverflowError", "a range of more than 2^31 - 1 elements");
        }
        return new Range(start, step, (int) count);
    }

    /** Arithmetic progression. */
    private static final class Range extends AbstractList<@Nullable Object> implements RandomAccess {
        private final long start;
        private final long step;
        private final int count;

        Range(long start, long step, int count) {
            this.start = start;
            this.step = step;
            this.count = count;
        }

        @Override
        public Object get(int index) {
            return start + java.util.Objects.checkIndex(index, count) * step;
        }

        @Override
        public int size() {
            return count;
        }
    }
}
