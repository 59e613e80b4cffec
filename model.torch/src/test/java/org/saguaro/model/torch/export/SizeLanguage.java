// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.Map;
import java.util.Objects;

/** Computes what {@link org.saguaro.model.api.Dim.Symbolic} says, exactly as its documentation tells. */
final class SizeLanguage {

    private final String text;
    private final Map<String, Long> symbols;
    private int at;

    private SizeLanguage(String text, Map<String, Long> symbols) {
        this.text = text.replace(" ", "");
        this.symbols = symbols;
    }

    static long evaluate(String text, Map<String, Long> symbols) {
        SizeLanguage language = new SizeLanguage(text, symbols);
        long value = language.sum();
        if (language.at != language.text.length()) {
            throw new IllegalArgumentException("not of the language from character " + language.at + ": " + text);
        }
        return value;
    }

    private long sum() {
        long value = product();
        while (true) {
            if (accept("+")) {
                value += product();
            } else if (accept("-")) {
                value -= product();
            } else {
                return value;
            }
        }
    }

    private long product() {
        long value = atom();
        while (true) {
            if (accept("*")) {
                value *= atom();
            } else if (accept("//")) {
                value = Math.floorDiv(value, atom());
            } else if (accept("%")) {
                value = Math.floorMod(value, atom());
            } else {
                return value;
            }
        }
    }

    private long atom() {
        if (accept("max(") || accept("min(")) {
            boolean max = text.startsWith("max", at - 4);
            long left = sum();
            expect(",");
            long right = sum();
            expect(")");
            return max ? Math.max(left, right) : Math.min(left, right);
        }
        if (accept("(")) {
            long value = sum();
            expect(")");
            return value;
        }
        int start = at;
        while (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '_')) {
            at++;
        }
        String word = text.substring(start, at);
        return word.matches("\\d+")
                ? Long.parseLong(word)
                : Objects.requireNonNull(symbols.get(word), "no symbol \"" + word + "\" in " + text);
    }

    private boolean accept(String token) {
        boolean there = text.startsWith(token, at);
        at += there ? token.length() : 0;
        return there;
    }

    private void expect(String token) {
        if (!accept(token)) {
            throw new IllegalArgumentException("expected " + token + " at character " + at + ": " + text);
        }
    }
}
