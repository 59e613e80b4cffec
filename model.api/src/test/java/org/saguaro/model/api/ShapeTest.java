// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShapeTest {

    private final Shape dynamic = new Shape(List.of(new Dim.Symbolic("s0", 2, 8), new Dim.Fixed(3)));

    @Test
    void knowsItsSizes() {
        Shape shape = Shape.of(2, 3, 4);

        assertThat(shape.isStatic()).isTrue();
        assertThat(shape.rank()).isEqualTo(3);
        assertThat(shape.sizes()).containsExactly(2, 3, 4);
        assertThat(shape.elementCount()).isEqualTo(24);
        assertThat(shape).hasToString("[2, 3, 4]").isEqualTo(Shape.of(2, 3, 4));
    }

    @Test
    void aScalarHasOneElement() {
        assertThat(Shape.of().elementCount()).isEqualTo(1);
        assertThat(Shape.of().accepts(new long[0])).isTrue();
    }

    @Test
    void hasNoSizesWhileOneIsSymbolic() {
        assertThat(dynamic.isStatic()).isFalse();
        assertThatIllegalStateException().isThrownBy(dynamic::sizes).withMessageContaining("[s0, 3]");
        assertThatIllegalStateException().isThrownBy(dynamic::elementCount);
    }

    @Test
    void acceptsWhatTheBoundsAllow() {
        assertThat(dynamic.accepts(new long[] {2, 3})).as("[2, 3]").isTrue();
        assertThat(dynamic.accepts(new long[] {8, 3})).as("[8, 3]").isTrue();
        assertThat(dynamic.accepts(new long[] {1, 3})).as("[1, 3]").isFalse();
        assertThat(dynamic.accepts(new long[] {9, 3})).as("[9, 3]").isFalse();
        assertThat(dynamic.accepts(new long[] {2, 4})).as("[2, 4]").isFalse();
        assertThat(dynamic.accepts(new long[] {2, 3, 1})).as("[2, 3, 1]").isFalse();
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(2, -1)).withMessageContaining("-1");
        assertThatExceptionOfType(ArithmeticException.class)
                .isThrownBy(() -> Shape.of(1L << 40, 1L << 40).elementCount());
    }
}
