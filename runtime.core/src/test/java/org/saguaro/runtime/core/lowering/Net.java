// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.ControlOps;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostOp;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.NamedArgument.Access;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.State;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;

/** Writes graphs by hand with values of any type: what {@link org.saguaro.accel.api.contract.GraphSketch} has no words for. */
final class Net {

    static final AnyTensor ANY = new AnyTensor();

    final LayerGraph.Builder builder;
    private final String name;
    private int layers;

    Net(String name) {
        this.name = name;
        this.builder = new LayerGraph.Builder(name);
    }

    static TensorSpec f32(long... sizes) {
        return TensorSpec.of(DType.FLOAT32, sizes);
    }

    int input(ValueType type) {
        return builder.addInput(name + "_in" + layers++, type);
    }

    int weight(String weightName, Tensor data) {
        return builder.addWeight(name + "_w" + layers++, weightName, Weight.Kind.BUFFER, data);
    }

    int state(String stateName, Argument initial, ValueType type) {
        int id = builder.addValue(stateName, type);
        builder.addState(new State(stateName, id, initial, ref(id)));
        return id;
    }

    /** A layer; arguments as {@code name=value}, {@code name?=value} for a possible view, {@code name!=value} for one written. */
    int op(String op, ValueType result, Object... namesAndValues) {
        int id = builder.addValue(name + "_v" + layers, result);
        add(op, List.of(id), namesAndValues);
        return id;
    }

    /** A layer with several results. */
    List<Integer> ops(String op, List<ValueType> results, Object... namesAndValues) {
        List<Integer> ids = new ArrayList<>();
        for (ValueType result : results) {
            ids.add(builder.addValue(name + "_v" + layers + "_" + ids.size(), result));
        }
        add(op, ids, namesAndValues);
        return ids;
    }

    /** A layer whose result nobody gets. */
    void run(String op, Object... namesAndValues) {
        add(op, List.of(Value.NONE), namesAndValues);
    }

    private void add(String op, List<Integer> outputs, Object... namesAndValues) {
        List<NamedArgument> arguments = new ArrayList<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            String key = (String) namesAndValues[i];
            Access access = key.endsWith("!") ? Access.WRITE : key.endsWith("?") ? Access.ALIAS : Access.READ;
            String argument = access == Access.READ ? key : key.substring(0, key.length() - 1);
            arguments.add(new NamedArgument(argument, access, argument(namesAndValues[i + 1])));
        }
        OpName opName = OpName.parse(op);
        builder.addLayer(
                new Layer(name + "_" + opName.name() + layers++, opName, arguments, outputs, "block." + layers));
    }

    /** A host layer; {@code operands} are integers for constants, arguments for all else. */
    int host(HostOp op, ValueType result, Object... operands) {
        int id = builder.addValue(name + "_h" + layers, result);
        builder.addLayer(op.layer(
                name + "_" + op.name().toLowerCase(java.util.Locale.ROOT) + layers++,
                Arrays.stream(operands).map(Net::argument).toList(),
                List.of(id),
                ""));
        return id;
    }

    List<Integer> branch(
            Argument condition, LayerGraph then, LayerGraph otherwise, List<Argument> operands, ValueType... results) {
        List<Integer> ids = results(results);
        builder.addLayer(ControlOps.branch(name + "_if" + layers++, condition, then, otherwise, operands, ids, ""));
        return ids;
    }

    List<Integer> loop(
            Argument trips,
            Argument condition,
            LayerGraph body,
            List<Argument> carried,
            List<Argument> captured,
            ValueType... results) {
        List<Integer> ids = results(results);
        builder.addLayer(
                ControlOps.loop(name + "_loop" + layers++, trips, condition, body, carried, captured, ids, ""));
        return ids;
    }

    private List<Integer> results(ValueType... results) {
        List<Integer> ids = new ArrayList<>();
        for (ValueType type : results) {
            ids.add(builder.addValue(name + "_c" + layers++, type));
        }
        return ids;
    }

    static Argument ref(int id) {
        return new Argument.Ref(id);
    }

    static Argument i(long value) {
        return new Argument.Int(value);
    }

    static Argument argument(Object value) {
        if (value instanceof Argument argument) {
            return argument;
        }
        if (value instanceof Integer constant) {
            return new Argument.Int(constant);
        }
        if (value instanceof Double constant) {
            return new Argument.Real(constant);
        }
        if (value instanceof Boolean constant) {
            return new Argument.Bool(constant);
        }
        if (value instanceof DType constant) {
            return new Argument.Type(constant);
        }
        if (value instanceof long[] sizes) {
            return Argument.ListOf.ints(sizes);
        }
        if (value instanceof List<?> list) {
            return new Argument.ListOf(list.stream().map(Net::argument).toList());
        }
        throw new IllegalArgumentException("not an argument: " + value);
    }

    LayerGraph outputs(int... ids) {
        for (int id : ids) {
            builder.addOutput(ref(id));
        }
        return builder.build();
    }
}
