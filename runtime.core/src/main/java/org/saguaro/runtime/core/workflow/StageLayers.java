// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;

/** Adds the layers of one built-in stage to a graph, named {@code stage/operator}. Every argument of the operator's schema is given. */
final class StageLayers {

    private final LayerGraph.Builder graph;
    private final String stage;
    private final Map<String, Integer> names = new HashMap<>();

    StageLayers(LayerGraph.Builder graph, String stage) {
        this.graph = graph;
        this.stage = stage;
    }

    /** Name of the stage, for names of sizes. */
    String stage() {
        return stage;
    }

    /** A layer with one output. */
    int layer(String op, ValueType type, NamedArgument... arguments) {
        return layer(op, List.of(type), arguments).get(0);
    }

    /** A layer. */
    List<Integer> layer(String op, List<ValueType> types, NamedArgument... arguments) {
        OpName operator = OpName.parse(op);
        String name = unique(operator.name());
        List<Integer> outputs = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            outputs.add(graph.addValue(types.size() == 1 ? name : name + "." + i, types.get(i)));
        }
        graph.addLayer(new Layer(name, operator, Arrays.asList(arguments), outputs, ""));
        return outputs;
    }

    /** A constant of the step. */
    int constant(String name, Tensor data) {
        String full = unique(name);
        return graph.addWeight(full, full, Weight.Kind.CONSTANT, data);
    }

    private String unique(String name) {
        int before = names.merge(name, 1, Integer::sum);
        return stage + "/" + name + (before == 1 ? "" : "_" + before);
    }

    // --- types ---

    /** The operand's type with another element type. */
    static ValueType like(Operand operand, DType dtype) {
        TensorSpec spec = operand.spec();
        return spec == null ? new AnyTensor() : new TensorSpec(dtype, spec.shape());
    }

    /** The operand's type. */
    static ValueType like(Operand operand) {
        TensorSpec spec = operand.spec();
        return spec == null ? new AnyTensor() : spec;
    }

    /** The operand's shape with one dimension replaced; null removes it. */
    static ValueType with(Operand operand, int axis, @Nullable Dim dim, @Nullable DType dtype) {
        TensorSpec spec = operand.spec();
        if (spec == null) {
            return new AnyTensor();
        }
        List<Dim> dims = new ArrayList<>(spec.shape().dims());
        if (dim == null) {
            dims.remove(axis);
        } else {
            dims.set(axis, dim);
        }
        return new TensorSpec(dtype == null ? spec.dtype() : dtype, new Shape(dims));
    }

    // --- arguments ---

    static NamedArgument tensor(String name, int value) {
        return NamedArgument.read(name, new Argument.Ref(value));
    }

    /** An argument whose memory the output may share. */
    static NamedArgument viewed(String name, int value) {
        return new NamedArgument(name, Access.ALIAS, new Argument.Ref(value));
    }

    static NamedArgument tensors(String name, List<Operand> operands) {
        return NamedArgument.read(
                name,
                new Argument.ListOf(operands.stream()
                        .map(operand -> (Argument) new Argument.Ref(operand.value()))
                        .toList()));
    }

    static NamedArgument integer(String name, long value) {
        return NamedArgument.read(name, new Argument.Int(value));
    }

    static NamedArgument integers(String name, long... values) {
        return NamedArgument.read(name, Argument.ListOf.ints(values));
    }

    static NamedArgument real(String name, double value) {
        return NamedArgument.read(name, new Argument.Real(value));
    }

    static NamedArgument flag(String name, boolean value) {
        return NamedArgument.read(name, new Argument.Bool(value));
    }

    static NamedArgument text(String name, String value) {
        return NamedArgument.read(name, new Argument.Text(value));
    }

    static NamedArgument type(String name, DType value) {
        return NamedArgument.read(name, new Argument.Type(value));
    }

    static NamedArgument none(String name) {
        return NamedArgument.read(name, new Argument.None());
    }
}
