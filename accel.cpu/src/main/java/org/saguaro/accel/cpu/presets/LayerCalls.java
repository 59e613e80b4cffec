// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.saguaro.accel.cpu.Guards;
import org.saguaro.accel.cpu.KnownTypes;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/** Turns single layers into calls, through the operator's schema: any operator that libtorch has runs. */
final class LayerCalls {

    private final LayerGraph graph;
    private final KnownTypes types;
    private final Operators operators;

    LayerCalls(LayerGraph graph, KnownTypes types, Operators operators) {
        this.graph = graph;
        this.types = types;
        this.operators = operators;
    }

    /**
     * Writes the call of one layer.
     *
     * @param values where values are found
     * @throws IllegalArgumentException if an argument does not fit the schema
     */
    void emit(Layer layer, IntFunction<Operand> values, Emission emission) {
        if (SplitCalls.appliesTo(layer, types)) {
            SplitCalls.emit(layer, types, values, emission);
            return;
        }
        Operator operator = operators.get(layer.op());
        ArgumentEncoder encoder =
                new ArgumentEncoder(emission.owner(), new Numbers(layer.label(), graph, values, emission));
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
        Call call = new Call(layer.label(), operator, operands, operator.returnsList(), results);
        call.checkedOnce =
                !Guards.readsElements(layer.op()) && layer.inputs().stream().allMatch(this::isFixed);
        emission.add(call);
    }

    private boolean isFixed(int id) {
        TensorSpec spec = types.of(id);
        return spec != null && spec.shape().isStatic();
    }

    private static Operand encode(Layer layer, ArgumentEncoder encoder, Parameter parameter, Argument argument) {
        try {
            return encoder.encode(parameter, argument);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(layer.label() + ": " + layer.op() + ": " + e.getMessage(), e);
        }
    }
}
