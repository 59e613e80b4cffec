// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.function.IntFunction;
import org.saguaro.accel.cpu.Carriers;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.ValueType;

/**
 * Gives a value the form that an operator's schema wants where that is another than its own: an integer where it says float, a
 * number where it says tensor, a tensor of one element where it says number. Python does this before it calls an
 * operator; libtorch's boxed calls do not. Writes the calls that convert before the call that reads.
 */
final class Numbers implements ArgumentEncoder.Values {

    private final String label;
    private final LayerGraph graph;
    private final IntFunction<Operand> values;
    private final Emission emission;

    /**
     * @param label where the reading call is in the model
     * @param values where values are found
     */
    Numbers(String label, LayerGraph graph, IntFunction<Operand> values, Emission emission) {
        this.label = label;
        this.graph = graph;
        this.values = values;
        this.emission = emission;
    }

    @Override
    public Operand operand(int id, Parameter.Kind wanted) {
        ValueType type = graph.value(id).type();
        Operand own = values.apply(id);
        if (type instanceof HostType) {
            throw new IllegalArgumentException(graph.value(id).name() + " is a " + type
                    + ", which no operator takes before its elements are known");
        }
        if (type instanceof ScalarType number) {
            return switch (wanted) {
                case TENSOR -> tensor(own, Carriers.of(number));
                case NUMBER -> own;
                case INT, FLOAT, BOOL -> number == scalar(wanted) ? own : number(own, scalar(wanted));
                case TEXT, DEVICE, OTHER -> throw mismatch(id, type, wanted);
            };
        }
        return switch (wanted) {
            case TENSOR -> own;
            case NUMBER -> item(own);
            case INT, FLOAT, BOOL -> number(item(own), scalar(wanted));
            case TEXT, DEVICE, OTHER -> throw mismatch(id, type, wanted);
        };
    }

    private static ScalarType scalar(Parameter.Kind kind) {
        return switch (kind) {
            case INT -> ScalarType.INT;
            case FLOAT -> ScalarType.FLOAT;
            case BOOL -> ScalarType.BOOL;
            case TENSOR, NUMBER, TEXT, DEVICE, OTHER ->
                throw new IllegalArgumentException(kind + " is no kind of number");
        };
    }

    private Operand number(Operand other, ScalarType wanted) {
        return item(tensor(other, Carriers.of(wanted)));
    }

    private Operand item(Operand tensor) {
        int result = emission.registers().temporary();
        emission.call(label, "aten.item.default").operand(tensor).into(result);
        return new Operand.Register(result);
    }

    /**
     * A number as libtorch represents one where a tensor is expected: it takes part in type promotion as a number. The
     * tensor is made once and filled at each execution.
     */
    private Operand tensor(Operand number, DType dtype) {
        int result = emission.registers().temporary();
        emission.call(label, "aten.fill_.Scalar")
                .constant(emission.wrappedNumber(dtype))
                .operand(number)
                .into(result);
        return new Operand.Register(result);
    }

    private IllegalArgumentException mismatch(int id, ValueType type, Parameter.Kind wanted) {
        return new IllegalArgumentException(
                graph.value(id).name() + " is a " + type + ", the operator wants " + wanted);
    }
}
