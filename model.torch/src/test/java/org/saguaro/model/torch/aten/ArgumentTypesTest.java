// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Argument.Constant.Kind;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

class ArgumentTypesTest {

    /** Values 0 to 3. */
    private static final List<ValueType> VALUES =
            List.of(TensorSpec.of(DType.FLOAT32, 2), ScalarType.INT, ScalarType.FLOAT, ScalarType.BOOL);

    private static final Argument TENSOR = new Argument.Ref(0);
    private static final Argument SYM_INT = new Argument.Ref(1);
    private static final Argument SYM_FLOAT = new Argument.Ref(2);
    private static final Argument SYM_BOOL = new Argument.Ref(3);
    private static final Argument NONE = new Argument.None();
    private static final Argument ONE = new Argument.Int(1);
    private static final Argument HALF = new Argument.Real(0.5);
    private static final Argument TRUE = new Argument.Bool(true);
    private static final Argument TEXT = new Argument.Text("same");

    @Test
    void scalars() {
        assertThat(fit("int", ONE)).isEqualTo(ONE);
        assertThat(fit("int", TRUE)).isEqualTo(ONE);
        assertThat(fit("int", HALF)).isNull();
        assertThat(fit("float", HALF)).isEqualTo(HALF);
        assertThat(fit("float", ONE)).isEqualTo(new Argument.Real(1));
        assertThat(fit("bool", TRUE)).isEqualTo(TRUE);
        assertThat(fit("bool", ONE)).isNull();
        assertThat(fit("Scalar", ONE)).isEqualTo(ONE);
        assertThat(fit("Scalar", HALF)).isEqualTo(HALF);
        assertThat(fit("Scalar", TEXT)).isNull();
        assertThat(fit("str", TEXT)).isEqualTo(TEXT);
        assertThat(fit("str", ONE)).isNull();
    }

    @Test
    void tensorsAndNumbersInTheirPlace() {
        assertThat(fit("Tensor", TENSOR)).isEqualTo(TENSOR);
        assertThat(fit("Tensor", HALF)).as("x * 0.5 is mul.Tensor").isEqualTo(HALF);
        assertThat(fit("Tensor", SYM_INT)).isEqualTo(SYM_INT);
        assertThat(fit("Tensor", TEXT)).isNull();
        assertThat(fit("int", TENSOR)).isNull();
        assertThat(fit("Tensor[]", list(TENSOR, TENSOR))).isEqualTo(list(TENSOR, TENSOR));
        assertThat(fit("Tensor[]", list(ONE))).isNull();
        assertThat(fit("Tensor[]", TENSOR)).isNull();
    }

    @Test
    void noneOnlyWhereTheSchemaAllowsIt() {
        assertThat(fit("Tensor?", NONE)).isEqualTo(NONE);
        assertThat(fit("Tensor", NONE)).isNull();
        assertThat(fit("int[2]?", NONE)).isEqualTo(NONE);
        assertThat(fit("int[2]", NONE)).isNull();
        assertThat(fit("Tensor?[]", list(NONE, TENSOR))).isEqualTo(list(NONE, TENSOR));
        assertThat(fit("Tensor[]", list(NONE, TENSOR))).isNull();
    }

    @Test
    void oneNumberStandsForAListOfFixedSize() {
        assertThat(fit("int[2]", ONE)).isEqualTo(Argument.ListOf.ints(1, 1));
        assertThat(fit("SymInt[3]", SYM_INT)).isEqualTo(list(SYM_INT, SYM_INT, SYM_INT));
        assertThat(fit("int[]", ONE)).isNull();
        assertThat(fit("float[]", list(ONE, HALF))).isEqualTo(list(new Argument.Real(1), HALF));
        assertThat(fit("int[]", list(HALF))).isNull();
    }

    @Test
    void symbolicScalars() {
        assertThat(fit("SymInt", SYM_INT)).isEqualTo(SYM_INT);
        assertThat(fit("SymInt", SYM_FLOAT)).isNull();
        assertThat(fit("float", SYM_INT)).isEqualTo(SYM_INT);
        assertThat(fit("float", SYM_FLOAT)).isEqualTo(SYM_FLOAT);
        assertThat(fit("bool", SYM_BOOL)).isEqualTo(SYM_BOOL);
        assertThat(fit("bool", SYM_INT)).isNull();
        assertThat(fit("SymInt[]", list(ONE, SYM_INT))).isEqualTo(list(ONE, SYM_INT));
    }

    @Test
    void namedConstants() {
        Argument strided = new Argument.Constant(Kind.LAYOUT, "strided");
        Argument cpu = new Argument.Constant(Kind.DEVICE, "cpu");
        assertThat(fit("Layout?", strided)).isEqualTo(strided);
        assertThat(fit("Layout?", cpu)).isNull();
        assertThat(fit("Device", cpu)).isEqualTo(cpu);
        assertThat(fit("ScalarType", new Argument.Type(DType.BOOL))).isEqualTo(new Argument.Type(DType.BOOL));
        assertThat(fit("ScalarType", ONE)).isNull();
        assertThat(fit("Generator?", ONE)).isNull();
    }

    private static Argument list(Argument... elements) {
        return new Argument.ListOf(List.of(elements));
    }

    private static @Nullable Argument fit(String type, Argument given) {
        SchemaType parsed = SchemaParser.parse("aten::t(" + type + " x) -> Tensor")
                .arguments()
                .get(0)
                .type();
        return ArgumentTypes.fit(parsed, given, VALUES::get);
    }
}
