// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import java.util.List;
import java.util.stream.Collectors;

/** Words of a command line as one line of Gogo, each word kept as the user's own shell passed it. */
final class GogoLine {

    private GogoLine() {}

    /** A single word is taken as a whole line, so that {@code shell "lb | grep saguaro"} pipes. */
    static String of(List<String> words) {
        if (words.size() == 1) {
            return words.get(0);
        }
        return words.stream().map(GogoLine::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        boolean plain = word.chars().allMatch(c -> Character.isLetterOrDigit(c) || "_-./:@%,+=".indexOf(c) >= 0);
        // A leading '=' or an assignment would mean something to Gogo; in the middle of a path it would not.
        if (plain && !word.isEmpty() && word.indexOf('=') < 0 && word.charAt(0) != '%') {
            return word;
        }
        return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
