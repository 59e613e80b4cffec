// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Value;

/** Turns single layers into calls, through the operator's schema: any operator that libtorch has runs. */
final class LayerCalls {

    private final LayerGraph graph;
    private final Operators operators;

    LayerCalls(LayerGraph graph, Operators operators) {
        this.graph = graph;
        this.operators = operators;
    }

    /** Whether libtorch can run the layer. */
    Support supports(Layer layer) {
        Operator operator = operators.find(layer.op());
        if (operator == null) {
            return Support.no(Support.Cause.OPERATOR, "libtorch has no operator " + layer.op());
        }
        if (!operator.runsOnCpu()) {
            return Support.no(Support.Cause.OPERATOR, "libtorch has no CPU kernel of " + layer.op());
        }
        String problem = problem(overload(layer, operator), layer);
        return problem == null ? Support.yes() : Support.no(Support.Cause.ATTRIBUTE, problem);
    }

    private static @Nullable String problem(Operator operator, Layer layer) {
        for (NamedArgument argument : layer.arguments()) {
            boolean known =
                    operator.parameters().stream().anyMatch(p -> p.name().equals(argument.name()));
            if (!known && !(argument.value() instanceof Argument.None)) {
                return "libtorch's " + operator.name() + " has no argument " + argument.name();
            }
        }
        for (Parameter parameter : operator.parameters()) {
            if (parameter.defaultValue() == null && layer.argument(parameter.name()) == null) {
                return operator.name() + " needs the argument " + parameter.name();
            }
        }
        return null;
    }

    /**
     * Writes the call of one layer.
     *
     * @param values where values are found
     * @throws IllegalArgumentException if an argument does not fit the schema
     */
    void emit(Layer layer, IntFunction<Operand> values, Emission emission) {
        Operator operator = overload(layer, operators.get(layer.op()));
        ArgumentEncoder encoder = new ArgumentEncoder(emission.owner(), values);
        List<Operand> operands = new ArrayList<>();
        for (Parameter parameter : operator.parameters()) {
            Argument argument = layer.argument(parameter.name());
            if (argument != null) {
                operands.add(encode(layer, encoder, parameter, argument));
            } else if (parameter.defaultValue() != null) {
                operands.add(new Operand.Constant(parameter.defaultValue()));
            } else {
                throw new IllegalArgumentException(operator.name() + " needs the argument " + parameter.name());
            }
        }
        int[] results = layer.outputs().stream()
                .mapToInt(id -> id == Value.NONE ? -1 : emission.registers().of(id))
                .toArray();
        if (!operator.returnsList()
                && results.length > operator.aliasingResults().size()) {
            throw new IllegalArgumentException(operator.name() + " returns "
                    + operator.aliasingResults().size() + " values, the layer expects " + results.length);
        }
        emission.add(new Call(layer.label(), operator, operands, operator.returnsList(), results));
    }

    private static Operand encode(Layer layer, ArgumentEncoder encoder, Parameter parameter, Argument argument) {
        try {
            return encoder.encode(parameter, argument);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(layer.label() + ": " + layer.op() + ": " + e.getMessage(), e);
        }
    }

    /** Where a number computed at run time stands for a tensor, the overload that takes numbers. */
    private Operator overload(Layer layer, Operator operator) {
        for (Parameter parameter : operator.parameters()) {
            boolean tensor = parameter.kind() == Parameter.Kind.TENSOR && !parameter.list();
            if (tensor
                    && layer.argument(parameter.name()) instanceof Argument.Ref ref
                    && graph.value(ref.value()).type() instanceof ScalarType) {
                Operator numbers = operators.find(
                        new OpName(layer.op().namespace(), layer.op().name(), "Scalar"));
                if (numbers != null) {
                    return numbers;
                }
            }
        }
        return operator;
    }
}
