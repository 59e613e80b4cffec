// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;

/** What an operator takes and returns, in its schema's order. */
public record OperatorSchema(OpName name, List<SchemaArgument> arguments, List<SchemaReturn> returns) {

    public OperatorSchema {
        arguments = List.copyOf(arguments);
        returns = List.copyOf(returns);
    }

    /** The argument of that name, or null. */
    public @Nullable SchemaArgument argument(String argumentName) {
        for (SchemaArgument argument : arguments) {
            if (argument.name().equals(argumentName)) {
                return argument;
            }
        }
        return null;
    }
}
