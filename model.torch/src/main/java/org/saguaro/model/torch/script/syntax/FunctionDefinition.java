// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A function or a method. */
public record FunctionDefinition(
        Position at, String name, List<Parameter> parameters, TypeName returns, List<Statement> body) {

    /**
     * A parameter.
     *
     * @param defaultValue null if it must be given
     */
    public record Parameter(
            String name, TypeName type, @Nullable Expression defaultValue) {}
}
