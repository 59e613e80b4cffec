// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import java.util.ArrayList;
import java.util.List;
import org.saguaro.model.api.Dim;
import org.saguaro.model.torch.export.Symbols.Range;

/**
 * A term of integers and symbols, as text in the language of {@link Dim.Symbolic}, with the range of its values. Inside an expression
 * it may be a fraction, {@code s0/2 + 1/2}, though the whole is an integer: a term is {@code text / denominator}, negated or not.
 *
 * @param text what it says without its sign and its denominator
 * @param level how tightly {@code text} binds
 * @param negative whether the whole is negated, since the language has no sign
 * @param denominator at least 1
 * @param range of the whole times the denominator, sign included; the extremes of {@code long} stand for no bound
 */
record SizeTerm(String text, Level level, boolean negative, long denominator, Range range) {

    /** How tightly a text binds: what stands to the left binds less. */
    enum Level {
        SUM,
        DIVISION,
        PRODUCT,
        ATOM
    }

    /** The expression is none that can be said in the language, or no size. */
    static final class NotASize extends Exception {
        private static final long serialVersionUID = 1L;

        NotASize() {
            super(null, null, false, false);
        }
    }

    private static final int MAX_TEXT_CHARS = 10_000;
    private static final int MAX_POWER = 8;

    static SizeTerm number(long value) {
        return new SizeTerm(Long.toString(value), Level.ATOM, false, 1, new Range(value, value));
    }

    static SizeTerm fraction(long numerator, long denominator) {
        long common = gcd(denominator, numerator);
        SizeTerm reduced = number(numerator / common);
        return new SizeTerm(reduced.text, Level.ATOM, false, denominator / common, reduced.range);
    }

    static SizeTerm symbol(String name, Range range) {
        return new SizeTerm(name, Level.ATOM, false, 1, range);
    }

    /** As a dimension. */
    Dim dim() throws NotASize {
        SizeTerm whole = integer();
        long min = Math.max(0, whole.range.min());
        long max = Math.max(0, whole.range.max());
        return whole.isNumber() && !whole.negative ? new Dim.Fixed(min) : new Dim.Symbolic(whole.signed(), min, max);
    }

    SizeTerm requireNumber() throws NotASize {
        if (!isNumber()) {
            throw new NotASize();
        }
        return this;
    }

    SizeTerm negated() {
        return new SizeTerm(text, level, !negative, denominator, new Range(minus(range.max()), minus(range.min())));
    }

    static SizeTerm sum(List<SizeTerm> terms) throws NotASize {
        if (terms.size() == 1) {
            return terms.get(0);
        }
        long common = 1;
        for (SizeTerm term : terms) {
            long factor = term.denominator / gcd(common, term.denominator);
            common = exact(Math.multiplyHigh(common, factor), common * factor);
        }
        StringBuilder text = new StringBuilder();
        long min = 0;
        long max = 0;
        // What is added comes first, so that the text needs no sign.
        for (boolean negative : new boolean[] {false, true}) {
            for (SizeTerm term : terms) {
                if (term.negative == negative) {
                    SizeTerm scaled = term.times(common / term.denominator);
                    text.append(text.length() > 0 ? (negative ? " - " : " + ") : (negative ? "0 - " : ""))
                            .append(negative ? scaled.text(Level.DIVISION) : scaled.text);
                    min = added(min, scaled.range.min(), Long.MIN_VALUE);
                    max = added(max, scaled.range.max(), Long.MAX_VALUE);
                }
            }
        }
        return checked(text.toString(), Level.SUM, false, common, new Range(min, max));
    }

    /** The numerator, several times. */
    private SizeTerm times(long factor) throws NotASize {
        return factor == 1 ? this : product(List.of(number(factor), new SizeTerm(text, level, negative, 1, range)));
    }

    static SizeTerm product(List<SizeTerm> factors) throws NotASize {
        boolean negative = false;
        long denominator = 1;
        List<String> texts = new ArrayList<>();
        Range range = new Range(1, 1);
        for (SizeTerm factor : factors) {
            negative ^= factor.negative;
            denominator = exact(Math.multiplyHigh(denominator, factor.denominator), denominator * factor.denominator);
            range = multiplied(range, factor.range);
            if (!factor.text.equals("1")) {
                texts.add(factor.text(Level.PRODUCT));
            }
        }
        if (texts.isEmpty()) {
            return new SizeTerm("1", Level.ATOM, negative, denominator, range);
        }
        Level level = texts.size() > 1 || texts.get(0).indexOf('*') >= 0 ? Level.PRODUCT : Level.ATOM;
        return checked(String.join("*", texts), level, negative, denominator, range);
    }

    /** An exact fraction. */
    SizeTerm dividedBy(SizeTerm divisor) throws NotASize {
        if (!divisor.isNumber() || divisor.negative || divisor.range.min() == 0 || divisor.denominator != 1) {
            throw new NotASize();
        }
        long by = divisor.range.min();
        return new SizeTerm(text, level, negative, exact(Math.multiplyHigh(denominator, by), denominator * by), range);
    }

    SizeTerm floorDividedBy(SizeTerm divisor) throws NotASize {
        SizeTerm by = divisor.integer();
        if (by.range.min() < 1) {
            throw new NotASize();
        }
        SizeTerm whole = integer();
        String quotient = whole.signedText(Level.DIVISION) + " // " + by.signedText(Level.ATOM);
        // Dividing brings a value nearer to zero the larger the divisor is.
        long min = quotient(whole.range.min(), whole.range.min() < 0 ? by.range.min() : by.range.max());
        long max = quotient(whole.range.max(), whole.range.max() < 0 ? by.range.max() : by.range.min());
        return checked(quotient, Level.DIVISION, false, 1, new Range(min, max));
    }

    SizeTerm dividedByRoundedUp(SizeTerm divisor) throws NotASize {
        SizeTerm by = divisor.integer();
        return sum(List.of(this, by, number(1).negated())).floorDividedBy(by);
    }

    /** With the sign of the divisor, which must be positive. */
    SizeTerm remainder(SizeTerm divisor) throws NotASize {
        SizeTerm by = divisor.integer();
        if (by.range.min() < 1) {
            throw new NotASize();
        }
        long largest = by.range.max() == Long.MAX_VALUE ? Long.MAX_VALUE : by.range.max() - 1;
        SizeTerm whole = integer();
        long max = whole.range.min() >= 0 ? Math.min(largest, whole.range.max()) : largest;
        return checked(
                whole.signedText(Level.DIVISION) + " % " + by.signedText(Level.ATOM),
                Level.DIVISION,
                false,
                1,
                new Range(0, max));
    }

    SizeTerm power(SizeTerm exponent) throws NotASize {
        if (!exponent.isNumber() || exponent.denominator != 1 || exponent.range.max() > MAX_POWER) {
            throw new NotASize();
        }
        long times = exponent.range.min();
        if (exponent.negative) {
            return number(1).dividedBy(times == -1 ? this : power(exponent.negated()));
        }
        List<SizeTerm> factors = new ArrayList<>();
        for (long i = 0; i < times; i++) {
            factors.add(this);
        }
        return product(factors);
    }

    static SizeTerm extreme(boolean largest, List<SizeTerm> terms) throws NotASize {
        SizeTerm extreme = terms.get(terms.size() - 1).integer();
        for (int i = terms.size() - 2; i >= 0; i--) {
            SizeTerm term = terms.get(i).integer();
            Range range = largest
                    ? new Range(
                            Math.max(term.range.min(), extreme.range.min()),
                            Math.max(term.range.max(), extreme.range.max()))
                    : new Range(
                            Math.min(term.range.min(), extreme.range.min()),
                            Math.min(term.range.max(), extreme.range.max()));
            String call = (largest ? "max(" : "min(") + term.signed() + ", " + extreme.signed() + ")";
            extreme = checked(call, Level.ATOM, false, 1, range);
        }
        return extreme;
    }

    SizeTerm floor() throws NotASize {
        return denominator == 1 ? this : numerator().floorDividedBy(number(denominator));
    }

    SizeTerm ceiling() throws NotASize {
        return denominator == 1 ? this : numerator().dividedByRoundedUp(number(denominator));
    }

    /** Rounded to zero. */
    SizeTerm truncated() throws NotASize {
        if (range.min() < 0) {
            throw new NotASize();
        }
        return floor();
    }

    /** This term where only an integer makes sense, so that the division by its denominator has no rest. */
    private SizeTerm integer() throws NotASize {
        return floor();
    }

    private SizeTerm numerator() {
        return new SizeTerm(text, level, negative, 1, range);
    }

    private boolean isNumber() {
        return range.min() == range.max() && text.matches("\\d+");
    }

    private String text(Level atLeast) {
        return level.compareTo(atLeast) >= 0 ? text : "(" + text + ")";
    }

    /** With its sign. */
    private String signed() {
        return negative ? "0 - " + text(Level.DIVISION) : text;
    }

    private String signedText(Level atLeast) {
        return negative ? "(" + signed() + ")" : text(atLeast);
    }

    private static SizeTerm checked(String text, Level level, boolean negative, long denominator, Range range)
            throws NotASize {
        if (text.length() > MAX_TEXT_CHARS) {
            throw new NotASize();
        }
        return new SizeTerm(text, level, negative, denominator, range);
    }

    // arithmetic in which the extremes of long stand for infinity

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private static long exact(long high, long low) throws NotASize {
        if (high != 0 || low <= 0) {
            throw new NotASize();
        }
        return low;
    }

    private static boolean unbounded(long value) {
        return value == Long.MAX_VALUE || value == Long.MIN_VALUE;
    }

    private static long minus(long value) {
        if (value == Long.MAX_VALUE) {
            return Long.MIN_VALUE;
        }
        return value == Long.MIN_VALUE ? Long.MAX_VALUE : -value;
    }

    private static long added(long a, long b, long unbounded) {
        if (unbounded(a) || unbounded(b)) {
            return unbounded;
        }
        long sum = a + b;
        return ((a ^ sum) & (b ^ sum)) < 0 ? unbounded : sum;
    }

    private static Range multiplied(Range a, Range b) {
        long[] corners = {
            multiplied(a.min(), b.min()),
            multiplied(a.min(), b.max()),
            multiplied(a.max(), b.min()),
            multiplied(a.max(), b.max())
        };
        long min = corners[0];
        long max = corners[0];
        for (long corner : corners) {
            min = Math.min(min, corner);
            max = Math.max(max, corner);
        }
        return new Range(min, max);
    }

    private static long multiplied(long a, long b) {
        if (a == 0 || b == 0) {
            return 0;
        }
        boolean fits = !unbounded(a) && !unbounded(b) && Math.multiplyHigh(a, b) == (a * b) >> 63;
        return fits ? a * b : ((a < 0) == (b < 0) ? Long.MAX_VALUE : Long.MIN_VALUE);
    }

    private static long quotient(long value, long by) {
        if (unbounded(value)) {
            return value;
        }
        return unbounded(by) ? (value < 0 ? -1 : 0) : Math.floorDiv(value, by);
    }
}
