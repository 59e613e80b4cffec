// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpNameTest {

    @Test
    void parsesWhatItPrints() {
        OpName name = OpName.parse("aten.add.Tensor");

        assertThat(name).isEqualTo(new OpName("aten", "add", "Tensor")).hasToString("aten.add.Tensor");
    }

    @Test
    void takesTheDefaultOverloadIfNoneIsNamed() {
        assertThat(OpName.parse("aten.relu")).hasToString("aten.relu.default");
    }

    @Test
    void knowsAtenOperatorsInAnyOverload() {
        assertThat(OpName.parse("aten.add.Scalar").isAten("add")).isTrue();
        assertThat(OpName.parse("mine.add.Scalar").isAten("add")).isFalse();
        assertThat(OpName.parse("aten.add_.Tensor").isAten("add")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "relu", "a.b.c.d", "aten.", ".relu", "aten..default", "aten.relu."})
    void refusesOtherTexts(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OpName.parse(text))
                .withMessageContaining("namespace.name.overload")
                .withMessageEndingWith(text);
    }
}
