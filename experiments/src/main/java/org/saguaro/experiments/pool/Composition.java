// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How many PEs of each type there are.
 *
 * @param text as it was written
 * @param counts by letter, in the order written; 0 where somebody wanted to say that there is none
 */
record Composition(String text, Map<Character, Integer> counts) {

    static final Pattern PATTERN = Pattern.compile("[A-Z][0-9]{1,3}(\\+[A-Z][0-9]{1,3})*");
    static final String WORDS = "letters and counts joined by +, for instance C3+F1";

    static Composition parse(String place, String text) throws PoolException {
        if (!PATTERN.matcher(text).matches()) {
            throw new PoolException(place + ": found '" + Members.shown(text) + "', expected " + WORDS);
        }
        Map<Character, Integer> counts = new LinkedHashMap<>();
        for (String part : text.split("\\+", -1)) {
            if (counts.put(part.charAt(0), Integer.parseInt(part.substring(1))) != null) {
                throw new PoolException(
                        place + ": found " + part.charAt(0) + " twice in '" + text + "', expected it once");
            }
        }
        if (counts.values().stream().mapToInt(Integer::intValue).sum() == 0) {
            throw new PoolException(place + ": found no PE in '" + text + "', expected one at least");
        }
        return new Composition(text, counts);
    }

    /** Every type must be there, also of those that there are none of. */
    void requireLetters(String place, Collection<Character> letters) throws PoolException {
        for (Character letter : counts.keySet()) {
            if (!letters.contains(letter)) {
                throw new PoolException(place + ": found " + letter + ", expected letters of peTypes: "
                        + letters.stream().map(String::valueOf).collect(Collectors.joining(", ")));
            }
        }
    }
}
