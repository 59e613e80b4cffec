// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The little language of symbolic sizes: integers, names, {@code + - * // % **}, parentheses, and the functions that PyTorch's
 * exporter writes ({@code Max}, {@code Min}, {@code FloorDiv}, {@code Mod} and their like). Division rounds down, as in Python.
 */
final class SizeExpression {

    private static final Pattern TOKEN = Pattern.compile("\\s*(\\d+|[A-Za-z_][A-Za-z_0-9.]*|//|\\*\\*|[-+*%(),])");

    /** A part of the expression; {@link ArithmeticException} if it has no value. */
    private interface Node {
        long value(Map<String, Long> symbols);
    }

    private final Node root;
    private final Set<String> symbols;

    private SizeExpression(Node root, Set<String> symbols) {
        this.root = root;
        this.symbols = symbols;
    }

    /** The expression, or null if it is not of this language. */
    static @Nullable SizeExpression parse(String text) {
        Parser parser = new Parser(text);
        try {
            Node root = parser.sum();
            return parser.isAtEnd() ? new SizeExpression(root, parser.symbols) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Names of the symbols in it. */
    Set<String> symbols() {
        return symbols;
    }

    /** Its value; empty if a symbol is not among those given, or there is no value (division by zero, overflow). */
    OptionalLong evaluate(Map<String, Long> given) {
        if (!given.keySet().containsAll(symbols)) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(root.value(given));
        } catch (ArithmeticException e) {
            return OptionalLong.empty();
        }
    }

    /** The value of the one symbol not given for which the expression has this value; empty if there is none, or not only one. */
    OptionalLong solve(String unknown, Map<String, Long> given, long value) {
        if (!isLinear(unknown, given)) {
            return OptionalLong.empty();
        }
        long atZero = at(unknown, given, 0).orElseThrow();
        long slope = at(unknown, given, 1).orElseThrow() - atZero;
        if ((value - atZero) % slope != 0) {
            return OptionalLong.empty();
        }
        long solution = (value - atZero) / slope;
        OptionalLong check = at(unknown, given, solution);
        return check.isPresent() && check.getAsLong() == value ? OptionalLong.of(solution) : OptionalLong.empty();
    }

    /** Whether it grows evenly with the one symbol that is not given, judged by some points. */
    boolean isLinear(String unknown, Map<String, Long> given) {
        OptionalLong start = at(unknown, given, 0);
        OptionalLong next = at(unknown, given, 1);
        if (start.isEmpty() || next.isEmpty() || start.getAsLong() == next.getAsLong()) {
            return false;
        }
        long slope = next.getAsLong() - start.getAsLong();
        for (long point : new long[] {2, 3, 5, 7, 11, 64, 1000}) {
            OptionalLong there = at(unknown, given, point);
            if (there.isEmpty() || there.getAsLong() != start.getAsLong() + point * slope) {
                return false;
            }
        }
        return true;
    }

    private OptionalLong at(String unknown, Map<String, Long> given, long value) {
        Map<String, Long> all = new HashMap<>(given);
        all.put(unknown, value);
        return evaluate(all);
    }

    /** Recursive descent. */
    private static final class Parser {
        private final List<String> tokens = new ArrayList<>();
        private final Set<String> symbols = new TreeSet<>();
        private int next;

        Parser(String text) {
            Matcher matcher = TOKEN.matcher(text);
            int end = 0;
            while (matcher.lookingAt()) {
                tokens.add(matcher.group(1));
                end = matcher.end();
                matcher.region(end, text.length());
            }
            if (!text.substring(end).isBlank()) {
                // What is not understood makes the whole expression opaque.
                tokens.add("?");
            }
        }

        boolean isAtEnd() {
            return next == tokens.size();
        }

        private String peek() {
            return isAtEnd() ? "" : tokens.get(next);
        }

        private boolean take(String token) {
            if (peek().equals(token)) {
                next++;
                return true;
            }
            return false;
        }

        Node sum() {
            Node left = product();
            while (true) {
                Node before = left;
                if (take("+")) {
                    Node right = product();
                    left = s -> Math.addExact(before.value(s), right.value(s));
                } else if (take("-")) {
                    Node right = product();
                    left = s -> Math.subtractExact(before.value(s), right.value(s));
                } else {
                    return left;
                }
            }
        }

        private Node product() {
            Node left = unary();
            while (true) {
                Node before = left;
                if (take("*")) {
                    Node right = unary();
                    left = s -> Math.multiplyExact(before.value(s), right.value(s));
                } else if (take("//")) {
                    Node right = unary();
                    left = s -> Math.floorDiv(before.value(s), right.value(s));
                } else if (take("%")) {
                    Node right = unary();
                    left = s -> Math.floorMod(before.value(s), right.value(s));
                } else {
                    return left;
                }
            }
        }

        private Node unary() {
            if (take("-")) {
                Node operand = unary();
                return s -> Math.negateExact(operand.value(s));
            }
            Node base = atom();
            if (take("**")) {
                Node exponent = unary();
                return s -> power(base.value(s), exponent.value(s));
            }
            return base;
        }

        private static long power(long base, long exponent) {
            if (exponent < 0 || exponent > 64) {
                throw new ArithmeticException("exponent " + exponent);
            }
            long result = 1;
            for (long i = 0; i < exponent; i++) {
                result = Math.multiplyExact(result, base);
            }
            return result;
        }

        private Node atom() {
            String token = peek();
            next++;
            if (token.equals("(")) {
                Node inside = sum();
                expect(")");
                return inside;
            }
            if (!token.isEmpty() && Character.isDigit(token.charAt(0))) {
                long number = Long.parseLong(token);
                return s -> number;
            }
            if (token.isEmpty() || !Character.isJavaIdentifierStart(token.charAt(0))) {
                throw new IllegalArgumentException("no size: " + token);
            }
            if (take("(")) {
                return function(token, arguments());
            }
            symbols.add(token);
            return s -> {
                Long value = s.get(token);
                if (value == null) {
                    throw new ArithmeticException(token + " is not known");
                }
                return value;
            };
        }

        private List<Node> arguments() {
            List<Node> arguments = new ArrayList<>();
            do {
                arguments.add(sum());
            } while (take(","));
            expect(")");
            return arguments;
        }

        private void expect(String token) {
            if (!take(token)) {
                throw new IllegalArgumentException("expected " + token + ", found " + peek());
            }
        }

        private static Node function(String name, List<Node> arguments) {
            Node first = arguments.get(0);
            if (name.equals("max") || name.equals("Max")) {
                return s -> arguments.stream().mapToLong(a -> a.value(s)).max().orElseThrow();
            }
            if (name.equals("min") || name.equals("Min")) {
                return s -> arguments.stream().mapToLong(a -> a.value(s)).min().orElseThrow();
            }
            if (arguments.size() != 2) {
                throw new IllegalArgumentException("unknown function " + name);
            }
            Node second = arguments.get(1);
            return switch (name) {
                case "FloorDiv", "CleanDiv" -> s -> Math.floorDiv(first.value(s), second.value(s));
                case "CeilDiv" -> s -> -Math.floorDiv(-first.value(s), second.value(s));
                case "Mod", "PythonMod" -> s -> Math.floorMod(first.value(s), second.value(s));
                default -> throw new IllegalArgumentException("unknown function " + name);
            };
        }
    }
}
