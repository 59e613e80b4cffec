// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.workflow.Located.Position;

/** Collects what is wrong with a description, so that a user sees all of it at once. Not thread-safe. */
final class Problems {

    private static final int MAX_CHARS = 120;

    private final List<WorkflowException.Problem> found = new ArrayList<>();

    void add(Position at, String place, String message) {
        found.add(new WorkflowException.Problem(at.line(), at.column(), place, message));
    }

    boolean isEmpty() {
        return found.isEmpty();
    }

    /** Ends here if something is wrong. */
    void throwIfAny(String origin) throws WorkflowException {
        if (!found.isEmpty()) {
            found.sort(Comparator.comparing(problem -> new Position(problem.line(), problem.column())));
            throw new WorkflowException(origin, found);
        }
    }

    static String shorten(String text) {
        return text.length() > MAX_CHARS ? text.substring(0, MAX_CHARS) + "..." : text;
    }

    /** {@code ; did you mean 'x'?} if something known is spelt nearly so, else nothing. */
    static String suggestion(String written, Collection<String> known) {
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
