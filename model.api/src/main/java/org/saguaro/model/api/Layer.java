// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One node of the model: an operator, its arguments in schema order, and the values it makes.
 *
 * @param name the exporter's node name, unique in the graph
 * @param op the operator overload
 * @param arguments every argument of the schema in its order, defaults filled in
 * @param outputs ids of the values made, a returned list contributing its elements in order; {@link Value#NONE} where nothing is returned
 * @param modulePath the PyTorch module it came from, for instance {@code features.3.conv}; empty for the model itself
 */
public record Layer(String name, OpName op, List<NamedArgument> arguments, List<Integer> outputs, String modulePath) {

    public Layer {
        arguments = List.copyOf(arguments);
        outputs = List.copyOf(outputs);
    }

    /** The argument of that name, or null if the schema has none. */
    public @Nullable Argument argument(String argumentName) {
        for (NamedArgument argument : arguments) {
            if (argument.name().equals(argumentName)) {
                return argument.value();
            }
        }
        return null;
    }

    /**
     * Ids of the values read, in argument order, lists flattened; a value may come twice. Where the schema says
     * {@code Tensor} a number may stand instead ({@code x * 0.5}), which is not among them: whoever needs to know what an
     * operand is asks {@link #argument}.
     */
    public List<Integer> inputs() {
        List<Integer> ids = new ArrayList<>();
        for (NamedArgument argument : arguments) {
            forEachRef(argument.value(), ids::add);
        }
        return ids;
    }

    /** Calls {@code action} with each value that {@code argument} refers to, lists flattened. */
    public static void forEachRef(Argument argument, IntConsumer action) {
        if (argument instanceof Argument.Ref ref) {
            action.accept(ref.value());
        } else if (argument instanceof Argument.ListOf list) {
            list.elements().forEach(element -> forEachRef(element, action));
        }
    }

    /** How people see it: module path and operator. */
    public String label() {
        return modulePath.isEmpty() ? name : modulePath;
    }
}
