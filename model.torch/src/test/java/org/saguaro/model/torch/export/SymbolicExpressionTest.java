// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
        assertThat(parse("Add(Integer(-1), " + S0 + ")")).isEqualTo(new Dim.Symbolic("-1 + s0", 0, Long.MAX_VALUE));
    }

    @Test
    void constants() {
        assertThat(parse("Integer(7)")).isEqualTo(new Dim.Fixed(7));
    }

    @Test
    void otherFunctionsKeepTheirName() {
        assertThat(parse("FloorDiv(" + S0 + ", Integer(2))"))
                .isEqualTo(new Dim.Symbolic("FloorDiv(s0, 2)", 0, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "2*s0", "Add(", "Symbol('s0'", "Integer(x)", "Add(Integer(1)) tail", "(", "Add()"})
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
