// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.json;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.saguaro.runtime.core.json.Located.Position;

/** Collects what is wrong with a description, so that a user sees all of it at once. Not thread-safe. */
public final class Problems {

    private static final int MAX_CHARS = 120;
    private static final int SHOWN = 20;

    private final List<Problem> found = new ArrayList<>();

    /** Notes one.
     *
     * @param place for instance {@code stages[2].inputs[0]}; empty for the whole
     * @param message what was found, what was expected, what to do
     */
    public void add(Position at, String place, String message) {
        found.add(new Problem(at.line(), at.column(), place, message));
    }

    /** Whether all is well so far. */
    public boolean isEmpty() {
        return found.isEmpty();
    }

    /**
     * Ends here if something is wrong.
     *
     * @param failure makes the exception, of the problems in the text's order
     */
    public <E extends Exception> void throwIfAny(Function<List<Problem>, E> failure) throws E {
        if (!found.isEmpty()) {
            found.sort(Comparator.comparing(problem -> new Position(problem.line(), problem.column())));
            throw failure.apply(List.copyOf(found));
        }
    }

    /** A message with a line for each, beginning with {@code origin:line:column}, and no more than are read. */
    public static String text(String origin, List<Problem> problems) {
        String lines = problems.stream()
                .limit(SHOWN)
                .map(problem -> origin + ":" + problem)
                .collect(Collectors.joining("\n"));
        return problems.size() <= SHOWN ? lines : lines + "\n... and " + (problems.size() - SHOWN) + " more";
    }

    /** What was written, as far as a message can bear it. */
    public static String shorten(String text) {
        return text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) + "..." : text;
    }

    /** {@code ; did you mean 'x'?} if something known is spelt nearly so, else nothing. */
    public static String suggestion(String written, Collection<String> known) {
        String best = "";
        int least = Math.min(written.length(), Math.max(2, Math.min(written.length(), MAX_CHARS) / 3) + 1);
        for (String candidate : known) {
            int distance = distance(shorten(written), candidate);
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return best.isEmpty() ? "" : "; did you mean '" + best + "'?";
    }

    /** Levenshtein's. */
    private static int distance(String a, String b) {
        String left = a.toLowerCase(Locale.ROOT);
        String right = b.toLowerCase(Locale.ROOT);
        int[] above = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            int[] row = new int[right.length() + 1];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int change = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(row[j - 1], above[j]) + 1, above[j - 1] + change);
            }
            above = row;
        }
        return above[right.length()];
    }
}
