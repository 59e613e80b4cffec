// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

class SymbolicShapesTest {

    private static Value value(int id, String... dims) {
        List<Dim> all = new ArrayList<>();
        for (String dim : dims) {
            all.add(dim.matches("\\d+") ? new Dim.Fixed(Long.parseLong(dim)) : new Dim.Symbolic(dim, 1, 1000));
        }
        return new Value(id, "x" + id, new TensorSpec(DType.FLOAT32, new Shape(all)));
    }

    private static SymbolicShapes.Solution solve(List<Value> values, long[]... sizes) {
        return SymbolicShapes.solve(values, Arrays.asList(sizes));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "7 | 7",
                "s0 | 10",
                "2*s0 + 1 | 21",
                "s0 - 3*s1 | 1",
                "(s0 + 2) * s1 | 36",
                "s0 // s1 | 3",
                "(0 - s0) // s1 | -4",
                "s0 % s1 | 1",
                "-s0 + 12 | 2",
                "s1**2 | 9",
                "Max(1, s0, s1) | 10",
                "min(s0, 4) | 4",
                "FloorDiv(s0 + 5, 4) | 3",
                "CeilDiv(s0, 4) | 3",
                "Mod(s0, 4) | 2"
            })
    void evaluates(String text, long expected) {
        SizeExpression expression = SizeExpression.parse(text);

        assertThat(expression).isNotNull();
        assertThat(expression == null ? OptionalLong.empty() : expression.evaluate(Map.of("s0", 10L, "s1", 3L)))
                .hasValue(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "s0 +", "2 s0", "s0/2", "f(s0)", "(s0", "s0)", "Mul(Integer(2), Symbol('s0'))", "s0 ? 1"})
    void whatIsNotOfTheLanguageIsOpaque(String text) {
        assertThat(SizeExpression.parse(text)).isNull();
    }

    @Test
    void solvesForSymbols() {
        assertThat(solve(
                        List.of(value(0, "2*s0 + 1", "4"), value(1, "s1", "s0 + s1"), value(2, "s2//2", "s9*s8")),
                        new long[] {7, 4},
                        new long[] {5, 8},
                        new long[] {3, 4}))
                .isEqualTo(new SymbolicShapes.Solution(Map.of("s0", 3L, "s1", 5L), null));
    }

    @Test
    void repeatedSymbolsMustAgree() {
        assertThat(solve(List.of(value(0, "s0"), value(1, "s0")), new long[] {3}, new long[] {4})
                        .mismatch())
                .isEqualTo("dimension 0 of x1 has size 4, expected s0 = 3 (s0 is 3 by dimension 0 of x0)");
    }

    @Test
    void sizesMustBeOfTheForm() {
        assertThat(solve(List.of(value(0, "2*s0 + 1")), new long[] {8}).mismatch())
                .isEqualTo("dimension 0 of x0 has size 8, which is not of the form 2*s0 + 1");
    }

    @Test
    void ranksAndBoundsMustFit() {
        assertThat(solve(List.of(value(0, "s0", "3")), new long[] {2}).mismatch())
                .isEqualTo("x0 has 1 dimensions, expected 2 float32[s0, 3]");
        assertThat(solve(List.of(value(0, "s0", "3")), new long[] {2, 4}).mismatch())
                .isEqualTo("dimension 1 of x0 has size 4, expected 3");
        assertThat(solve(List.of(value(0, "s0", "3")), new long[] {1001, 3}).mismatch())
                .isEqualTo("dimension 0 of x0 has size 1001, expected s0 from 1 to 1000");
    }

    @Test
    void resolvesTypesAsFarAsItCan() {
        assertThat(SymbolicShapes.resolve(value(0, "s0", "s0*2", "u7").type(), Map.of("s0", 3L)))
                .isEqualTo(value(0, "3", "6", "u7").type());
    }
}
