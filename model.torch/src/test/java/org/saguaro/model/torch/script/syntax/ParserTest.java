// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.saguaro.model.api.ModelFormatException;

class ParserTest {

    private static final Position.Source SOURCE = new Position.Source(Path.of("model.pt"), "code/__torch__.py");

    @Test
    void parsesAClass() throws ModelFormatException {
        SourceUnit unit = parse("""
                op_version_set = 1
                class Net(Module):
                  __parameters__ = ["weight", ]
                  __buffers__ = []
                  __annotations__ = []
                  __annotations__["0"] = __torch__.torch.nn.modules.linear.Linear
                  weight : Tensor
                  maybe : Optional[Dict[str, List[int]]]
                  padding : Final[Tuple[int, int]] = (1, -2)
                  def forward(self: __torch__.Net,
                    x: Tensor,
                    k: int=3) -> Tuple[Tensor, int]:
                    pass
                """);

        ClassDefinition net = Objects.requireNonNull(unit.classes().get("Net"));
        assertThat(net.isModule()).isTrue();
        assertThat(net.parameters()).containsExactly("weight");
        assertThat(net.attributes().get("0"))
                .extracting(attribute -> attribute.type().toString())
                .isEqualTo("__torch__.torch.nn.modules.linear.Linear");
        assertThat(net.attributes().get("maybe"))
                .extracting(attribute -> attribute.type().toString())
                .isEqualTo("Optional[Dict[str, List[int]]]");
        assertThat(net.attributes().get("padding"))
                .extracting(attribute -> attribute.type().toString())
                .isEqualTo("Tuple[int, int]");
        FunctionDefinition forward = Objects.requireNonNull(net.methods().get("forward"));
        assertThat(forward.parameters())
                .extracting(FunctionDefinition.Parameter::name)
                .containsExactly("self", "x", "k");
        assertThat(forward.parameters().get(2).defaultValue()).isInstanceOf(Expression.IntLiteral.class);
        assertThat(forward.returns()).hasToString("Tuple[Tensor, int]");
    }

    @Test
    void bindsOperatorsAsPythonDoes() throws ModelFormatException {
        Expression.Conditional whole =
                value("a + b * -c ** 2 if not d and e is not None else f", Expression.Conditional.class);
        Expression.Binary sum = (Expression.Binary) whole.ifTrue();
        assertThat(sum.operator()).isEqualTo("+");
        assertThat(((Expression.Binary) sum.right()).operator()).isEqualTo("*");
    }

    @Test
    void readsNumbersAndTexts() throws ModelFormatException {
        assertThat(value("-9223372036854775808", Expression.IntLiteral.class).value())
                .isEqualTo(Long.MIN_VALUE);
        assertThat(value("1.0000000000000001e-05", Expression.FloatLiteral.class)
                        .value())
                .isEqualTo(1e-5);
        assertThat(value("0.", Expression.FloatLiteral.class).value()).isZero();
        assertThat(value("2.5j", Expression.ImaginaryLiteral.class).value()).isEqualTo(2.5);
        assertThat(value("\"a\\\"\\n\\303\\251\"", Expression.TextLiteral.class).value())
                .isEqualTo("a\"\n\u00e9");
    }

    @Test
    void tellsUnpackingFromAssignment() throws ModelFormatException {
        List<Statement> body = body("a, = x", "b = (x)[0]", "c, d, = f(x, )", "e : int = 1", "g += 2");
        assertThat(body).allSatisfy(statement -> assertThat(statement).isInstanceOf(Statement.Assign.class));
        assertThat(((Statement.Assign) body.get(0)).target()).isInstanceOf(Expression.TupleDisplay.class);
        assertThat(((Statement.Assign) body.get(1)).target()).isInstanceOf(Expression.Name.class);
        assertThat(((Expression.TupleDisplay) ((Statement.Assign) body.get(2)).target()).elements())
                .hasSize(2);
        assertThat(((Statement.Assign) body.get(3)).type()).isEqualTo(TypeName.INT);
    }

    @Test
    void readsBlocksInsideEachOther() throws ModelFormatException {
        List<Statement> body = body(
                "if a:",
                "  while b:",
                "    for i in range(3):",
                "      pass",
                "elif c:",
                "  pass",
                "else:",
                "  return");
        Statement.If branch = (Statement.If) body.get(0);
        assertThat(branch.ifTrue().get(0)).isInstanceOf(Statement.While.class);
        assertThat(((Statement.If) branch.ifFalse().get(0)).ifFalse().get(0)).isInstanceOf(Statement.Return.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            x = = 1                   | line 2, column 7  | "="
            x = (1                    | column            | a closing bracket
            x = lambda y              | line 2, column 7  | "lambda"
            x = 'abc                  | line 2            | the end of the string
            f(a=1, 2)                 | line 2, column 10 | a named argument
            1 = x                     | line 2, column 3  | a variable
            x = 99999999999999999999  | line 2, column 7  | an integer of 64 bits
            x = 1e                    | line 2, column 7  | a real number
            x = $                     | line 2, column 7  | the character $
            """)
    void saysWhereItIsWrong(String line, String place, String expected) {
        assertThatThrownBy(() -> body(line))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("model.pt: code/__torch__.py")
                .hasMessageContaining(place)
                .hasMessageContaining(expected);
    }

    @Test
    void refusesWhatIsNestedTooDeep() {
        assertThatThrownBy(() -> body("x = " + "(".repeat(5000) + "1" + ")".repeat(5000)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("nested more than 256 deep");
        assertThatThrownBy(() -> body("x = " + "-".repeat(5000) + "y")).hasMessageContaining("256 deep");
    }

    private static SourceUnit parse(String text) throws ModelFormatException {
        return Parser.parse(SOURCE, text);
    }

    private static List<Statement> body(String... lines) throws ModelFormatException {
        FunctionDefinition function = parse("def f():\n  " + String.join("\n  ", lines) + "\n")
                .functions()
                .get("f");
        assertThat(function).isNotNull();
        return function.body();
    }

    private static Expression expression(String text) throws ModelFormatException {
        return ((Statement.Assign) body("x = " + text).get(0)).value();
    }

    private static <T extends Expression> T value(String text, Class<T> type) throws ModelFormatException {
        Expression value = expression(text);
        assertThat(value).isInstanceOf(type);
        return type.cast(value);
    }
}
