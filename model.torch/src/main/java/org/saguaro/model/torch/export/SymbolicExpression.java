// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.saguaro.model.api.Dim;
import org.saguaro.model.torch.export.Symbols.Range;

/**
 * Makes a size readable that the exporter wrote in SymPy's {@code srepr} notation:
 * {@code Mul(Integer(2), Symbol('s0', positive=True, integer=True))} becomes {@code 2*s0}, with the range that follows
 * from the symbols' ranges. What is not understood is kept as it is written, with the range of any size.
 */
final class SymbolicExpression {

    private static final int MAX_DEPTH = 64;

    /** A part of the expression: its text, its range, and whether it must be put in brackets inside a product. */
    private record Part(String text, Range range, boolean sum) {}

    /** The text is none that this class understands. */
    private static final class NotUnderstood extends Exception {
        private static final long serialVersionUID = 1L;
    }

    private final String source;
    private final Function<String, Range> ranges;
    private int at;

    private SymbolicExpression(String source, Function<String, Range> ranges) {
        this.source = source;
        this.ranges = ranges;
    }

    static Dim parse(String source, Function<String, Range> ranges) {
        if (source.matches("[A-Za-z_]\\w*")) {
            return symbolic(source, ranges.apply(source));
        }
        SymbolicExpression expression = new SymbolicExpression(source, ranges);
        try {
            Part part = expression.part(0);
            if (expression.at != source.length()) {
                throw new NotUnderstood();
            }
            Range range = part.range();
            return range.min() == range.max() && part.text().matches("\\d+")
                    ? new Dim.Fixed(range.min())
                    : symbolic(part.text(), range);
        } catch (NotUnderstood e) {
            return symbolic(source, Range.SIZE);
        }
    }

    private static Dim symbolic(String text, Range range) {
        return new Dim.Symbolic(text, Math.max(0, range.min()), Math.max(0, range.max()));
    }

    private Part part(int depth) throws NotUnderstood {
        if (depth > MAX_DEPTH) {
            throw new NotUnderstood();
        }
        String function = word();
        expect('(');
        if (function.equals("Symbol")) {
            return symbol();
        }
        if (function.equals("Integer")) {
            long value = number(word());
            expect(')');
            return new Part(Long.toString(value), new Range(value, value), value < 0);
        }
        List<Part> parts = new ArrayList<>();
        do {
            parts.add(part(depth + 1));
        } while (accept(','));
        expect(')');
        return switch (function) {
            case "Add" -> new Part(join(parts, " + ", false), fold(parts, Math::addExact), true);
            case "Mul" -> new Part(join(parts, "*", true), fold(parts, Math::multiplyExact), false);
            default -> new Part(function + "(" + join(parts, ", ", false) + ")", Range.SIZE, false);
        };
    }

    private Part symbol() throws NotUnderstood {
        expect('\'');
        String name = word();
        expect('\'');
        int end = source.indexOf(')', at);
        if (end < 0) {
            throw new NotUnderstood();
        }
        at = end + 1;
        return new Part(name, ranges.apply(name), false);
    }

    private static String join(List<Part> parts, String separator, boolean bracketSums) {
        return parts.stream()
                .map(part -> bracketSums && part.sum() ? "(" + part.text() + ")" : part.text())
                .collect(Collectors.joining(separator));
    }

    /** Range of a sum or a product; that of any size where a part may be negative, no bound where it does not fit 64 bits. */
    private static Range fold(List<Part> parts, BinaryOperator<Long> operation) {
        long min = parts.get(0).range().min();
        long max = parts.get(0).range().max();
        for (Part part : parts.subList(1, parts.size())) {
            min = saturated(operation, min, part.range().min());
            max = max == Long.MAX_VALUE || part.range().max() == Long.MAX_VALUE
                    ? Long.MAX_VALUE
                    : saturated(operation, max, part.range().max());
        }
        boolean negative = parts.stream().anyMatch(part -> part.range().min() < 0);
        return negative ? Range.SIZE : new Range(min, max);
    }

    private static long saturated(BinaryOperator<Long> operation, long a, long b) {
        try {
            return operation.apply(a, b);
        } catch (ArithmeticException overflow) {
            return Long.MAX_VALUE;
        }
    }

    private String word() throws NotUnderstood {
        skipBlanks();
        int start = at;
        while (at < source.length()
                && (Character.isLetterOrDigit(source.charAt(at)) || "_-.".indexOf(source.charAt(at)) >= 0)) {
            at++;
        }
        if (start == at) {
            throw new NotUnderstood();
        }
        return source.substring(start, at);
    }

    private static long number(String word) throws NotUnderstood {
        if (!word.matches("-?\\d{1,18}")) {
            throw new NotUnderstood();
        }
        return Long.parseLong(word);
    }

    private boolean accept(char c) {
        skipBlanks();
        if (at >= source.length() || source.charAt(at) != c) {
            return false;
        }
        at++;
        return true;
    }

    private void expect(char c) throws NotUnderstood {
        if (!accept(c)) {
            throw new NotUnderstood();
        }
    }

    private void skipBlanks() {
        while (at < source.length() && source.charAt(at) == ' ') {
            at++;
        }
    }
}
