// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How many PEs there are of each type.
 *
 * @param counts by the letters of the type, in the order in which they were written; may be 0
 */
public record Composition(Map<String, Integer> counts) {

    /** Most PEs of a type. */
    static final int MAX_COUNT = 999;
    /** Most compositions of a sweep. */
    static final int MAX_COMPOSITIONS = 100_000;

    /** What {@link #expand} takes, as a regular expression that Java and ECMAScript read alike. */
    static final String PATTERN =
            "^[A-Z][0-9]{1,3}((\\.\\.|,)[0-9]{1,3})*(\\+[A-Z][0-9]{1,3}((\\.\\.|,)[0-9]{1,3})*)*$";

    private static final Pattern WHOLE = Pattern.compile(PATTERN);
    private static final Pattern PART = Pattern.compile("([A-Z])([0-9.,]+)");
    private static final Pattern RANGE = Pattern.compile("([0-9]+)(?:\\.\\.([0-9]+))?");

    public Composition {
        counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
    }

    /** How many of one type; 0 if it was not mentioned. */
    int count(String letters) {
        return counts.getOrDefault(letters, 0);
    }

    /** Letters and counts joined by {@code +}, types without a PE left out; empty if none has one. */
    @Override
    public String toString() {
        return counts.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .map(entry -> entry.getKey() + entry.getValue())
                .collect(Collectors.joining("+"));
    }

    /**
     * All compositions that texts such as {@code C1..4+F0,2+V1} stand for: every choice of counts, the last type's changing fastest; each
     * once, and none without a PE.
     *
     * @throws IllegalArgumentException if a text is wrong or there are too many; the message says what was found and expected
     */
    static List<Composition> expand(List<String> texts) {
        Map<String, Composition> all = new LinkedHashMap<>();
        for (String text : texts) {
            for (Composition composition : expand(text)) {
                if (!composition.toString().isEmpty()) {
                    all.putIfAbsent(key(composition), composition);
                }
            }
            requireFew(all.size());
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException("found no composition with a processing element, expected one at least");
        }
        return List.copyOf(all.values());
    }

    /** {@code F1+C1} is {@code C1+F1}. */
    private static String key(Composition composition) {
        return composition.counts().entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .sorted(Map.Entry.comparingByKey())
                .toList()
                .toString();
    }

    private static List<Composition> expand(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException("found \"" + text
                    + "\", expected letters and counts joined by +, a count being a number, a range such as 0..4 or a list such as 1,2,4;"
                    + " for instance C1..4+F0..2");
        }
        List<Map<String, Integer>> sets = List.of(Map.of());
        Set<String> seen = new LinkedHashSet<>();
        for (String part : text.split("\\+", -1)) {
            Matcher matcher = PART.matcher(part);
            if (!matcher.matches()) {
                throw new IllegalStateException(part);
            }
            String letters = matcher.group(1);
            if (!seen.add(letters)) {
                throw new IllegalArgumentException(
                        "found " + letters + " twice in \"" + text + "\", expected each type once");
            }
            List<Integer> counts = counts(text, matcher.group(2));
            requireFew((long) sets.size() * counts.size());
            List<Map<String, Integer>> longer = new ArrayList<>();
            for (Map<String, Integer> set : sets) {
                for (int count : counts) {
                    Map<String, Integer> more = new LinkedHashMap<>(set);
                    more.put(letters, count);
                    longer.add(more);
                }
            }
            sets = longer;
        }
        return sets.stream().map(Composition::new).toList();
    }

    private static List<Integer> counts(String text, String written) {
        Set<Integer> counts = new LinkedHashSet<>();
        for (String piece : written.split(",", -1)) {
            Matcher range = RANGE.matcher(piece);
            if (!range.matches()) {
                throw new IllegalArgumentException(
                        "found \"" + piece + "\" in \"" + text + "\", expected a number or a range such as 0..4");
            }
            int from = Integer.parseInt(range.group(1));
            int to = range.group(2) == null ? from : Integer.parseInt(range.group(2));
            if (from > to || to > MAX_COUNT) {
                throw new IllegalArgumentException("found \"" + piece + "\" in \"" + text
                        + "\", expected a range that rises, up to " + MAX_COUNT + " processing elements");
            }
            for (int count = from; count <= to; count++) {
                counts.add(count);
            }
        }
        return List.copyOf(counts);
    }

    private static void requireFew(long compositions) {
        if (compositions > MAX_COMPOSITIONS) {
            throw new IllegalArgumentException(
                    "found " + compositions + " compositions, expected at most " + MAX_COMPOSITIONS);
        }
    }
}
