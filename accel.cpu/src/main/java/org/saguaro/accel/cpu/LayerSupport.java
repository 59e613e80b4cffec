// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.Value;

/** Says whether a layer fits its operator's schema. */
public final class LayerSupport {

    private LayerSupport() {}

    /** The answer for an operator that no libtorch has. */
    public static Support unknown(Layer layer) {
        return Support.no(Support.Cause.OPERATOR, "libtorch has no operator " + layer.op());
    }

    /** Whether the layer's arguments and results are what the operator takes and gives. */
    public static Support of(OperatorSchema operator, LayerGraph graph, Layer layer) {
        String problem = problem(operator, layer);
        if (problem == null) {
            problem = hostValue(graph, layer);
        }
        return problem == null ? Support.yes() : Support.no(Support.Cause.ATTRIBUTE, problem);
    }

    private static @Nullable String problem(OperatorSchema operator, Layer layer) {
        for (NamedArgument argument : layer.arguments()) {
            boolean known = operator.parameter(argument.name()) != null;
            if (!known && !(argument.value() instanceof Argument.None)) {
                return "libtorch's " + operator.name() + " has no argument " + argument.name();
            }
        }
        for (OperatorSchema.Formal parameter : operator.parameters()) {
            if (parameter.required() && layer.argument(parameter.name()) == null) {
                return operator.name() + " needs the argument " + parameter.name();
            }
        }
        return null;
    }

    /** A list, say, that is put together at run time: the core asks again when it knows what is in it. */
    private static @Nullable String hostValue(LayerGraph graph, Layer layer) {
        for (int input : layer.inputs()) {
            if (graph.value(input).type() instanceof HostType type) {
                return graph.value(input).name() + " is a " + type + " known only at run time";
            }
        }
        for (int output : layer.outputs()) {
            if (output != Value.NONE && graph.value(output).type() instanceof HostType type) {
                return layer.op() + " returns a " + type + " of a length known only at run time";
            }
        }
        return null;
    }
}
