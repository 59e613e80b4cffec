// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ValueType;

/**
 * Something that a stage makes, or that a request brings.
 *
 * @param name among the outputs of its stage
 * @param argument a value of the graph, or a constant
 * @param type of the value; null for a constant
 */
record Port(String name, Argument argument, @Nullable ValueType type) {
    @Override
    public String toString() {
        return name + " " + (type == null ? "constant" : type);
    }
}
