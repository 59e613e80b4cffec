// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.saguaro.model.api.Dim;
import org.saguaro.model.torch.export.SizeTerm.NotASize;
import org.saguaro.model.torch.export.Symbols.Range;

/**
 * Turns a size that the exporter wrote into the language of {@link Dim.Symbolic}. Torch 2.6 and later write SymPy's {@code srepr}
 * notation, {@code Mul(Integer(2), Symbol('s0', positive=True, integer=True))}, earlier ones {@code 2*s0}; both become {@code 2*s0}, with
 * the range that follows from the symbols' ranges. What is not understood is kept as it is written, with the range of any
 * size.
 */
final class SymbolicExpression {

    private static final int MAX_DEPTH = 64;
    private static final int MAX_CHARS = 10_000;
    private static final long FLOAT_DENOMINATOR = 1024;

    private final String source;
    private final Function<String, Range> ranges;
    private int at;
    private int depth;

    private SymbolicExpression(String source, Function<String, Range> ranges) {
        this.source = source;
        this.ranges = ranges;
    }

    static Dim parse(String source, Function<String, Range> ranges) {
        SymbolicExpression expression = new SymbolicExpression(source, ranges);
        try {
            if (source.length() > MAX_CHARS) {
                throw new NotASize();
            }
            SizeTerm term = expression.sum();
            if (expression.at != source.length()) {
                throw new NotASize();
            }
            return term.dim();
        } catch (NotASize e) {
            return new Dim.Symbolic(source, Range.SIZE.min(), Range.SIZE.max());
        }
    }

    private SizeTerm sum() throws NotASize {
        if (++depth > MAX_DEPTH) {
            throw new NotASize();
        }
        List<SizeTerm> terms = new ArrayList<>(List.of(product()));
        while (true) {
            if (accept("+")) {
                terms.add(product());
            } else if (accept("-")) {
                terms.add(product().negated());
            } else {
                depth--;
                return SizeTerm.sum(terms);
            }
        }
    }

    private SizeTerm product() throws NotASize {
        SizeTerm left = factor();
        while (true) {
            if (accept("//")) {
                left = left.floorDividedBy(factor());
            } else if (accept("/")) {
                left = left.dividedBy(factor());
            } else if (accept("%")) {
                left = left.remainder(factor());
            } else if (accept("*")) {
                left = SizeTerm.product(List.of(left, factor()));
            } else {
                return left;
            }
        }
    }

    private SizeTerm factor() throws NotASize {
        if (++depth > MAX_DEPTH) {
            throw new NotASize();
        }
        SizeTerm factor;
        if (accept("-")) {
            factor = factor().negated();
        } else {
            SizeTerm base = atom();
            factor = accept("**") ? base.power(factor()) : base;
        }
        depth--;
        return factor;
    }

    private SizeTerm atom() throws NotASize {
        if (accept("(")) {
            SizeTerm inside = sum();
            expect(")");
            return inside;
        }
        String word = word();
        if (Character.isDigit(word.charAt(0))) {
            return number(word);
        }
        return accept("(") ? call(word) : symbol(word);
    }

    private SizeTerm call(String function) throws NotASize {
        if (function.equals("Symbol")) {
            return quotedSymbol();
        }
        if (function.equals("Float")) {
            return quotedFloat();
        }
        List<SizeTerm> operands = new ArrayList<>();
        do {
            operands.add(sum());
        } while (accept(","));
        expect(")");
        return switch (function) {
            case "Integer" -> one(operands).requireNumber();
            case "Identity", "ToFloat" -> one(operands);
            case "Rational", "IntTrueDiv" -> first(operands, 2).dividedBy(operands.get(1));
            case "Add" -> SizeTerm.sum(operands);
            case "Mul" -> SizeTerm.product(operands);
            case "Pow", "PowByNatural" -> first(operands, 2).power(operands.get(1));
            case "Max", "Min" -> SizeTerm.extreme(function.equals("Max"), operands);
            case "FloorDiv", "CleanDiv" -> first(operands, 2).floorDividedBy(operands.get(1));
            case "CeilDiv" -> first(operands, 2).dividedByRoundedUp(operands.get(1));
            case "Mod", "PythonMod" -> first(operands, 2).remainder(operands.get(1));
            case "ModularIndexing" ->
                first(operands, 3).floorDividedBy(operands.get(1)).remainder(operands.get(2));
            case "floor", "FloorToInt" -> one(operands).floor();
            case "ceiling", "CeilToInt" -> one(operands).ceiling();
            case "TruncToInt" -> one(operands).truncated();
            default -> throw new NotASize();
        };
    }

    private static SizeTerm one(List<SizeTerm> operands) throws NotASize {
        return first(operands, 1);
    }

    private static SizeTerm first(List<SizeTerm> operands, int count) throws NotASize {
        if (operands.size() != count) {
            throw new NotASize();
        }
        return operands.get(0);
    }

    /**
     * A scale that a size is multiplied with and then rounded. Floating-point arithmetic does that without an error only for
     * halves, quarters and so on; others are not understood.
     */
    private SizeTerm quotedFloat() throws NotASize {
        expect("'");
        String digits = word();
        expect("'");
        skipAssumptions();
        if (!digits.matches("\\d{1,6}(\\.\\d{1,10})?")) {
            throw new NotASize();
        }
        double scaled = Double.parseDouble(digits) * FLOAT_DENOMINATOR;
        if (scaled != Math.rint(scaled)) {
            throw new NotASize();
        }
        return SizeTerm.fraction((long) scaled, FLOAT_DENOMINATOR);
    }

    /** What follows the name says what SymPy may assume about it. */
    private SizeTerm quotedSymbol() throws NotASize {
        expect("'");
        String name = word();
        expect("'");
        skipAssumptions();
        return symbol(name);
    }

    private void skipAssumptions() throws NotASize {
        int end = source.indexOf(')', at);
        if (end < 0) {
            throw new NotASize();
        }
        at = end + 1;
        skipBlanks();
    }

    private SizeTerm symbol(String name) throws NotASize {
        if (!name.matches("[A-Za-z_]\\w*")) {
            throw new NotASize();
        }
        return SizeTerm.symbol(name, Objects.requireNonNull(ranges.apply(name)));
    }

    private static SizeTerm number(String word) throws NotASize {
        if (!word.matches("\\d{1,18}")) {
            throw new NotASize();
        }
        return SizeTerm.number(Long.parseLong(word));
    }

    private String word() throws NotASize {
        skipBlanks();
        int start = at;
        while (at < source.length()
                && (Character.isLetterOrDigit(source.charAt(at)) || "_.".indexOf(source.charAt(at)) >= 0)) {
            at++;
        }
        if (start == at) {
            throw new NotASize();
        }
        return source.substring(start, at);
    }

    /** Takes an operator, but not the beginning of a longer one. */
    private boolean accept(String token) {
        skipBlanks();
        boolean doubled = (token.equals("*") || token.equals("/")) && source.startsWith(token + token, at);
        if (doubled || !source.startsWith(token, at)) {
            return false;
        }
        at += token.length();
        skipBlanks();
        return true;
    }

    private void expect(String token) throws NotASize {
        if (!accept(token)) {
            throw new NotASize();
        }
    }

    private void skipBlanks() {
        while (at < source.length() && source.charAt(at) == ' ') {
            at++;
        }
    }
}
