// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.record;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.torch.aten.AtenSchemas;
import org.saguaro.model.torch.aten.OperatorSchema;
import org.saguaro.model.torch.script.value.ScriptValue;
import org.saguaro.model.torch.script.value.ScriptValue.BoolValue;
import org.saguaro.model.torch.script.value.ScriptValue.TensorObject;

/**
 * Brings a call into the form that {@code torch.export} gives it, so that what knows one kind of archive knows the other: numbers
 * stand as operands of the tensor overloads, and the catch-all convolution that tracing records becomes the one it is.
 *
 * @param values as in {@link Overloads.Match}
 */
record Canonical(OperatorSchema schema, List<@Nullable ScriptValue> values) {

    private static final Set<String> NUMBER_AS_TENSOR =
            Set.of("add", "sub", "mul", "div", "add_", "sub_", "mul_", "div_");

    static Canonical of(Overloads.Match match, AtenSchemas schemas) {
        OpName name = match.schema().name();
        if (NUMBER_AS_TENSOR.contains(name.name()) && name.overload().startsWith("Scalar")) {
            String overload = name.overload().replace("Scalar", "Tensor");
            OperatorSchema schema = schemas.find(new OpName("aten", name.name(), overload));
            if (schema != null && schema.arguments().size() == match.values().size()) {
                return new Canonical(schema, match.values());
            }
        }
        if (name.name().equals("_convolution")) {
            return convolution(match, schemas);
        }
        return new Canonical(match.schema(), match.values());
    }

    /** {@code input, weight, bias, stride, padding, dilation, transposed, output_padding, groups}, then hints for CUDA. */
    private static Canonical convolution(Overloads.Match match, AtenSchemas schemas) {
        List<@Nullable ScriptValue> given = match.values();
        int dimensions = given.get(1) instanceof TensorObject weight ? rank(weight) - 2 : 0;
        if (dimensions < 1 || dimensions > 3 || !(given.get(6) instanceof BoolValue transposed)) {
            OperatorSchema general = schemas.find(OpName.parse("aten.convolution"));
            return general == null
                    ? new Canonical(match.schema(), given)
                    : new Canonical(general, new ArrayList<>(given.subList(0, 9)));
        }
        OpName name = transposed.value()
                ? new OpName(
                        "aten",
                        "conv_transpose" + dimensions + "d",
                        dimensions == 1 ? OpName.DEFAULT_OVERLOAD : "input")
                : new OpName("aten", "conv" + dimensions + "d", OpName.DEFAULT_OVERLOAD);
        OperatorSchema schema = schemas.find(name);
        if (schema == null) {
            return new Canonical(match.schema(), given);
        }
        int[] order = transposed.value() ? new int[] {0, 1, 2, 3, 4, 7, 8, 5} : new int[] {0, 1, 2, 3, 4, 5, 8};
        List<@Nullable ScriptValue> values = new ArrayList<>();
        for (int position : order) {
            values.add(given.get(position));
        }
        return new Canonical(schema, values);
    }

    private static int rank(TensorObject weight) {
        Tensor data = weight.node().data();
        return data == null ? 0 : data.rank();
    }
}
