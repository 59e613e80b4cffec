// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Argument.Constant.Kind;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;

class SchemaParserTest {

    @Test
    void readsNameArgumentsAndReturn() {
        OperatorSchema add =
                SchemaParser.parse("aten::add.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor");

        assertThat(add.name()).isEqualTo(new OpName("aten", "add", "Tensor"));
        assertThat(add.arguments()).extracting(SchemaArgument::name).containsExactly("self", "other", "alpha");
        assertThat(add.arguments()).extracting(SchemaArgument::keywordOnly).containsExactly(false, false, true);
        assertThat(argument(add, "alpha").defaultValue()).isEqualTo(new Argument.Int(1));
        assertThat(argument(add, "self").defaultValue()).isNull();
        assertThat(add.returns()).hasSize(1);
    }

    @Test
    void aNameWithoutOverloadIsTheDefaultOne() {
        assertThat(SchemaParser.parse("aten::relu(Tensor self) -> Tensor").name())
                .isEqualTo(OpName.parse("aten.relu.default"));
    }

    @Test
    void readsTypes() {
        OperatorSchema schema = SchemaParser.parse("aten::t(Tensor a, Tensor? b, Tensor[] c, Tensor?[] d, int[2]? e,"
                + " SymInt[] f, Device? g, Tensor(a!)[] h, Dict(str, Tensor[]) i) -> (Tensor, Tensor[])");

        assertThat(schema.arguments())
                .extracting(argument -> argument.type().toString())
                .containsExactly(
                        "Tensor",
                        "Tensor?",
                        "Tensor[]",
                        "Tensor?[]",
                        "int[2]?",
                        "SymInt[]",
                        "Device?",
                        "Tensor[]",
                        "Dict(str, Tensor[])");
        assertThat(schema.returns())
                .extracting(returned -> returned.type().toString())
                .containsExactly("Tensor", "Tensor[]");
    }

    @Test
    void readsAliases() {
        OperatorSchema schema = SchemaParser.parse("aten::t(Tensor(a!) a, Tensor(b) b, Tensor(c -> *) c, Tensor d,"
                + " Tensor(e|f)? e, Tensor(g! -> g|h) g) -> (Tensor(a!) out, Tensor(c)[] views)");

        assertThat(schema.arguments())
                .extracting(argument -> argument.alias().access())
                .containsExactly(Access.WRITE, Access.ALIAS, Access.ALIAS, Access.READ, Access.ALIAS, Access.WRITE);
        assertThat(schema.arguments())
                .extracting(argument -> argument.alias().set())
                .containsExactly("a", "b", "c", "", "e|f", "g");
        assertThat(schema.returns())
                .extracting(returned -> returned.alias().set())
                .containsExactly("a", "c");
    }

    @Test
    void readsNoArgumentsAndNoReturns() {
        OperatorSchema schema = SchemaParser.parse("aten::nothing() -> ()");
        assertThat(schema.arguments()).isEmpty();
        assertThat(schema.returns()).isEmpty();
    }

    @Test
    void readsDefaults() {
        assertDefault("bool x=False", new Argument.Bool(false));
        assertDefault("int x=-100", new Argument.Int(-100));
        assertDefault("SymInt? x=None", new Argument.None());
        assertDefault("float x=1e-05", new Argument.Real(1e-5));
        assertDefault("float x=0.", new Argument.Real(0));
        assertDefault("float x=1", new Argument.Real(1));
        assertDefault("float x=inf", new Argument.Real(Double.POSITIVE_INFINITY));
        assertDefault("float x=-inf", new Argument.Real(Double.NEGATIVE_INFINITY));
        assertDefault("Scalar x=1", new Argument.Int(1));
        assertDefault("Scalar x=0.5", new Argument.Real(0.5));
        assertDefault("Scalar x=True", new Argument.Bool(true));
        assertDefault("int x=Mean", new Argument.Int(1));
        assertDefault("int x=Sum", new Argument.Int(2));
        assertDefault("str x=\"none\"", new Argument.Text("none"));
        assertDefault("str x='none'", new Argument.Text("none"));
        assertDefault("str x=\"a, \\\"b\\\" (c)\"", new Argument.Text("a, \"b\" (c)"));
    }

    @Test
    void readsListDefaults() {
        assertDefault("int[2] x=[0, 1]", Argument.ListOf.ints(0, 1));
        assertDefault("int[] x=[]", Argument.ListOf.ints());
        assertDefault("int[2] x=[]", Argument.ListOf.ints());
        assertDefault("int[3] x=1", Argument.ListOf.ints(1, 1, 1));
        assertDefault("int[2]? x=None", new Argument.None());
        assertDefault("float[] x=[0.5, 2]", new Argument.ListOf(List.of(new Argument.Real(0.5), new Argument.Real(2))));
        assertDefault(
                "bool[2] x=[True, False]",
                new Argument.ListOf(List.of(new Argument.Bool(true), new Argument.Bool(false))));
    }

    /** libtorch prints numbers where the YAML file writes names. */
    @Test
    void readsNamedConstantsAsNumberOrName() {
        for (String value : List.of("4", "long", "int64")) {
            assertDefault("ScalarType? x=" + value, new Argument.Type(DType.INT64));
        }
        assertDefault("ScalarType x=15", new Argument.Type(DType.BFLOAT16));
        for (String value : List.of("0", "contiguous_format")) {
            assertDefault("MemoryFormat x=" + value, new Argument.Constant(Kind.MEMORY_FORMAT, "contiguous_format"));
        }
        assertDefault("MemoryFormat x=2", new Argument.Constant(Kind.MEMORY_FORMAT, "channels_last"));
        for (String value : List.of("0", "strided")) {
            assertDefault("Layout? x=" + value, new Argument.Constant(Kind.LAYOUT, "strided"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "aten::relu",
                "relu(Tensor self) -> Tensor",
                "aten::relu(Tensor self -> Tensor",
                "aten::relu(Tensor self)",
                "aten::relu(Tensor self) -> Tensor name more",
                "aten::relu(Tensor) -> Tensor",
                "aten::relu(int[x] self) -> Tensor",
                "aten::relu(int self=one) -> Tensor",
                "aten::relu(float self=1..2) -> Tensor",
                "aten::relu(str self=\"open) -> Tensor",
                "aten::relu(int[] self=1) -> Tensor",
                "aten::relu(bool self=1) -> Tensor"
            })
    void refusesWhatIsNoSchema(String text) {
        assertThatThrownBy(() -> SchemaParser.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected");
    }

    @Test
    void theWholeTableIsUnderstood() {
        AtenSchemas schemas = AtenSchemas.load();
        assertThat(schemas.torchVersion()).matches("2\\.\\d+\\..*");
        assertThat(schemas.names()).hasSizeGreaterThan(3_000);
        assertThat(schemas.names()).allSatisfy(name -> {
            OperatorSchema schema = Objects.requireNonNull(schemas.find(name));
            assertThat(schema.name()).isEqualTo(name);
        });
    }

    @Test
    void theTableKnowsConvolution() {
        OperatorSchema conv2d = Objects.requireNonNull(AtenSchemas.load().find(OpName.parse("aten.conv2d.default")));
        assertThat(argument(conv2d, "bias").defaultValue()).isEqualTo(new Argument.None());
        assertThat(argument(conv2d, "stride").defaultValue()).isEqualTo(Argument.ListOf.ints(1, 1));
        assertThat(argument(conv2d, "padding").defaultValue()).isEqualTo(Argument.ListOf.ints(0, 0));
        assertThat(argument(conv2d, "groups").defaultValue()).isEqualTo(new Argument.Int(1));
        assertThat(AtenSchemas.load().find(OpName.parse("aten.conv2d.nonsense")))
                .isNull();
    }

    private static void assertDefault(String argument, Argument expected) {
        OperatorSchema schema = SchemaParser.parse("aten::t(Tensor self, " + argument + ", *, int last=3) -> Tensor");
        assertThat(argument(schema, "x").defaultValue()).as(argument).isEqualTo(expected);
        assertThat(argument(schema, "last").defaultValue()).isEqualTo(new Argument.Int(3));
    }

    private static SchemaArgument argument(OperatorSchema schema, String name) {
        return Objects.requireNonNull(
                schema.argument(name),
                () -> name + " in "
                        + Arrays.toString(schema.arguments().stream()
                                .map(SchemaArgument::name)
                                .toArray()));
    }
}
