// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.Dim;
import org.saguaro.model.torch.export.Symbols.Range;

class SymbolicExpressionTest {

    private static final String S0 = "Symbol('s0', positive=True, integer=True)";
    private static final String S1 = "Symbol('s1', integer=True)";

    @Test
    void symbols() {
        assertThat(parse(S0)).isEqualTo(new Dim.Symbolic("s0", 2, 10));
        assertThat(parse("s0")).isEqualTo(new Dim.Symbolic("s0", 2, 10));
        assertThat(parse(S1)).isEqualTo(new Dim.Symbolic("s1", 0, Long.MAX_VALUE));
    }

    @Test
    void sumsAndProducts() {
        assertThat(parse("Mul(Integer(2), " + S0 + ")")).isEqualTo(new Dim.Symbolic("2*s0", 4, 20));
        assertThat(parse("Add(" + S0 + ", Integer(1))")).isEqualTo(new Dim.Symbolic("s0 + 1", 3, 11));
        assertThat(parse("Mul(Integer(2), Add(" + S0 + ", Integer(3)))"))
                .isEqualTo(new Dim.Symbolic("2*(s0 + 3)", 10, 26));
        assertThat(parse("Mul(" + S0 + ", " + S1 + ")")).isEqualTo(new Dim.Symbolic("s0*s1", 0, Long.MAX_VALUE));
        assertThat(parse("Add(Integer(-1), " + S0 + ")")).isEqualTo(new Dim.Symbolic("s0 - 1", 1, 9));
    }

    @Test
    void constants() {
        assertThat(parse("Integer(7)")).isEqualTo(new Dim.Fixed(7));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    FloorDiv(S0, Integer(2))                                  | s0 // 2                | 1  | 5
                    FloorDiv(Add(S0, Integer(1)), Integer(2))                 | (s0 + 1) // 2          | 1  | 5
                    Mod(S0, Integer(3))                                       | s0 % 3                 | 0  | 2
                    Mul(Integer(2), FloorDiv(S0, Integer(2)))                 | 2*(s0 // 2)            | 2  | 10
                    Mul(Rational(1, 2), S0)                                   | s0 // 2                | 1  | 5
                    Add(Mul(Rational(1, 2), S0), Rational(1, 2))              | (s0 + 1) // 2          | 1  | 5
                    Add(Mul(Rational(1, 2), S0), Rational(1, 3))              | (3*s0 + 2) // 6        | 1  | 5
                    Mul(Integer(-1), S0)                                      | 0 - s0                 | 0  | 0
                    Add(Mul(Integer(-1), S0), Integer(20))                    | 20 - s0                | 10 | 18
                    Add(Mul(Integer(-3), Add(S0, Integer(1))), Integer(40))   | 40 - 3*(s0 + 1)        | 7  | 31
                    Max(Integer(4), S0, Integer(3))                           | max(4, max(s0, 3))     | 4  | 10
                    Min(Integer(4), S0)                                       | min(4, s0)             | 2  | 4
                    floor(Mul(Rational(3, 2), S0))                            | 3*s0 // 2              | 3  | 15
                    ceiling(Mul(Rational(1, 4), S0))                          | (s0 + 4 - 1) // 4      | 1  | 3
                    CeilDiv(S0, Integer(4))                                   | (s0 + 4 - 1) // 4      | 1  | 3
                    TruncToInt(IntTrueDiv(S0, Integer(4)))                    | s0 // 4                | 0  | 2
                    TruncToInt(Mul(Float('1.5', precision=53), ToFloat(S0)))  | 3*s0 // 2              | 3  | 15
                    TruncToInt(Mul(Float('2.0', precision=53), ToFloat(S0)))  | 2*s0                   | 4  | 20
                    Pow(S0, Integer(2))                                       | s0*s0                  | 4  | 100
                    ModularIndexing(S0, Integer(2), Integer(3))               | s0 // 2 % 3            | 0  | 2
                    2*s0 + 1                                                  | 2*s0 + 1               | 5  | 21
                    -s0 + 12                                                  | 12 - s0                | 2  | 10
                    (s0 + 1)//2                                               | (s0 + 1) // 2          | 1  | 5
                    s0**2 - 1                                                 | s0*s0 - 1              | 3  | 99
                    floor(s0/2)                                               | s0 // 2                | 1  | 5
                    Mod(s0, 3)*2                                              | (s0 % 3)*2             | 0  | 4
                    """)
    void everythingElseBecomesTheLanguageOfDim(String source, String text, long min, long max) {
        assertThat(parse(source.replace("S0", S0))).isEqualTo(new Dim.Symbolic(text, min, max));
    }

    /** What the language means, and what SymPy means, are the same for every value of the symbol. */
    @Property
    void saysTheSameAsTheSource(@ForAll @LongRange(min = 2, max = 10) long s0, @ForAll("sources") Source source) {
        Dim dim = parse(source.text());
        long expected = source.value().applyAsLong(s0);
        if (dim instanceof Dim.Symbolic symbolic) {
            assertThat(SizeLanguage.evaluate(symbolic.expression(), Map.of("s0", s0)))
                    .as(source.text() + " as " + dim)
                    .isEqualTo(expected);
            assertThat(symbolic.accepts(expected) || expected < 0)
                    .as(expected + " in the range of " + source.text() + ": " + symbolic.min() + " to "
                            + symbolic.max())
                    .isTrue();
        } else {
            assertThat(dim).as(source.text()).isEqualTo(new Dim.Fixed(expected));
        }
    }

    /** An expression in SymPy's notation and what it computes. */
    record Source(String text, LongUnaryOperator value) {}

    @Provide
    Arbitrary<Source> sources() {
        Arbitrary<Source> leaf = Arbitraries.oneOf(
                Arbitraries.just(new Source(S0, s0 -> s0)),
                Arbitraries.longs().between(-4, 9).map(n -> new Source("Integer(" + n + ")", s0 -> n)));
        Arbitrary<Source> expression = leaf;
        for (int level = 0; level < 3; level++) {
            Arbitrary<Source> inner = expression;
            Arbitrary<Source> divisor =
                    Arbitraries.longs().between(1, 5).map(n -> new Source("Integer(" + n + ")", s0 -> n));
            expression = Arbitraries.oneOf(
                    leaf,
                    binary("Add", inner, inner, Long::sum),
                    binary("Mul", inner, inner, (a, b) -> a * b),
                    binary("Max", inner, inner, Math::max),
                    binary("Min", inner, inner, Math::min),
                    binary("FloorDiv", inner, divisor, Math::floorDiv),
                    binary("CeilDiv", inner, divisor, (a, b) -> -Math.floorDiv(-a, b)),
                    binary("Mod", inner, divisor, Math::floorMod));
        }
        return expression;
    }

    private static Arbitrary<Source> binary(
            String function, Arbitrary<Source> left, Arbitrary<Source> right, LongBinaryOperator operation) {
        return Combinators.combine(left, right)
                .as((a, b) -> new Source(
                        function + "(" + a.text() + ", " + b.text() + ")",
                        s0 -> operation.applyAsLong(
                                a.value().applyAsLong(s0), b.value().applyAsLong(s0))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Add(",
                "Symbol('s0'",
                "Integer(x)",
                "Add(Integer(1)) tail",
                "(",
                "Add()",
                "Piecewise(s0, 1)",
                "Mul(Float('1.1', precision=53), s0)",
                "s0 // s1",
                "s0 // 0",
                "s0/s1",
                "s0**9"
            })
    void whatIsNotUnderstoodStaysAsItIs(String text) {
        assertThat(parse(text)).isEqualTo(new Dim.Symbolic(text, 0, Long.MAX_VALUE));
    }

    @Test
    void bottomlessNestingIsNotUnderstood() {
        String deep = "Add(".repeat(100_000);
        assertThat(parse(deep)).isEqualTo(new Dim.Symbolic(deep, 0, Long.MAX_VALUE));
    }

    private static Dim parse(String text) {
        return SymbolicExpression.parse(
                text, name -> Map.of("s0", new Range(2, 10)).getOrDefault(name, Range.SIZE));
    }
}
