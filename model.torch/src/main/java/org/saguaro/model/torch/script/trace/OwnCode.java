// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.torch.script.record.CodeRaises;
import org.saguaro.model.torch.script.syntax.FunctionDefinition;
import org.saguaro.model.torch.script.syntax.Parser;
import org.saguaro.model.torch.script.syntax.Position;
import org.saguaro.model.torch.script.syntax.SourceUnit;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.FunctionValue;

/**
 * Code of the reader's own, in the language of the archives, for operators that are best explained in it because they need
 * branches or loops.
 */
final class OwnCode {

    private static final String CODE = """
            def div(self: Tensor, other: Tensor) -> Tensor:
              if torch.is_floating_point(self):
                real = True
              else:
                real = torch.is_floating_point(other)
              if real:
                result = torch.true_divide(self, other)
              else:
                result = torch.divide(self, other, rounding_mode="trunc")
              return result
            def div_by_int(self: Tensor, other: int) -> Tensor:
              if torch.is_floating_point(self):
                result = torch.true_divide(self, other)
              else:
                result = torch.divide(self, other, rounding_mode="trunc")
              return result
            def div_(self: Tensor, other: Tensor) -> Tensor:
              if torch.is_floating_point(self):
                real = True
              else:
                real = torch.is_floating_point(other)
              if real:
                result = torch.true_divide_(self, other)
              else:
                result = torch.divide_(self, other, rounding_mode="trunc")
              return self
            def div__by_int(self: Tensor, other: int) -> Tensor:
              if torch.is_floating_point(self):
                result = torch.true_divide_(self, other)
              else:
                result = torch.divide_(self, other, rounding_mode="trunc")
              return self
            def tensor_of_list(data: List[number], dtype: int) -> Tensor:
              count = torch.len(data)
              if torch.eq(count, 0):
                result = torch.zeros([0], dtype=dtype)
              else:
                parts = annotate(List[Tensor], [])
                for i in range(count):
                  _0 = torch.append(parts, torch.scalar_tensor(data[i], dtype=dtype))
                result = torch.stack(parts)
              return result
            """;

    private @Nullable Interpreter interpreter;
    private @Nullable SourceUnit parsed;

    /** Says who runs it. */
    void interpreter(Interpreter runner) {
        interpreter = runner;
    }

    /** Runs one of its functions. */
    ScriptValue run(String name, List<ScriptValue> arguments) throws ModelFormatException, CodeRaises {
        if (parsed == null) {
            parsed = Parser.parse(new Position.Source(Path.of("reader"), "own code"), CODE);
        }
        FunctionDefinition function = parsed.functions().get(name);
        if (function == null || interpreter == null) {
            throw new IllegalStateException("the reader has no function " + name + ", or nobody to run it");
        }
        return interpreter.call(new FunctionValue(name, function, null), arguments, Map.of());
    }
}
