// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A class.
 *
 * @param base {@code Module}, {@code NamedTuple}, {@code Enum}, {@code Interface}, {@code ModuleInterface}; empty for others
 * @param parameters attributes that are parameters of a module
 * @param buffers attributes that are buffers of a module
 * @param attributes in order
 */
public record ClassDefinition(
        Position at,
        String name,
        String base,
        Set<String> parameters,
        Set<String> buffers,
        Map<String, Attribute> attributes,
        Map<String, FunctionDefinition> methods) {

    /**
     * An attribute.
     *
     * @param value of a constant, of a member of an enumeration; null for others
     */
    public record Attribute(TypeName type, @Nullable Expression value) {}

    public boolean isModule() {
        return base.equals("Module");
    }
}
