// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;

/** Builds graphs for tests: arguments by name, the schema's defaults where one is left out. */
public final class Sketch {

    private final LayerGraph.Builder builder = new LayerGraph.Builder("sketch");
    private final Random random = new Random(7);
    private int count;

    public static TensorSpec floats(long... sizes) {
        return TensorSpec.of(org.saguaro.model.api.DType.FLOAT32, sizes);
    }

    public int input(ValueType type) {
        return builder.addInput("in" + count++, type);
    }

    public int weight(Tensor data) {
        String name = "w" + count++;
        return builder.addWeight(name, name, Weight.Kind.PARAMETER, data);
    }

    /** Normally distributed, scaled so that sums stay near 1. */
    public int weight(long... sizes) {
        return weight(random(random, 0.2f, sizes));
    }

    public static Tensor random(Random random, float scale, long... sizes) {
        int n = (int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian() * scale;
        }
        return Tensor.of(values, sizes);
    }

    /** Adds a layer with one result. Arguments alternate name and value: a value id, a number, a list, ... */
    public int layer(String op, ValueType result, Object... arguments) {
        return layers(op, List.of(result), arguments).get(0);
    }

    public List<Integer> layers(String op, List<? extends ValueType> results, Object... arguments) {
        List<NamedArgument> named = new ArrayList<>();
        for (int i = 0; i < arguments.length; i += 2) {
            named.add(NamedArgument.read((String) arguments[i], (Argument) arguments[i + 1]));
        }
        String name = op.replace('.', '_') + count++;
        List<Integer> ids = new ArrayList<>();
        for (ValueType result : results) {
            ids.add(builder.addValue(name + "_" + ids.size(), result));
        }
        builder.addLayer(new Layer(name, OpName.parse(op), named, ids, "m." + name));
        return ids;
    }

    public static Argument ref(int id) {
        return new Argument.Ref(id);
    }

    public static Argument list(Argument... elements) {
        return new Argument.ListOf(List.of(elements));
    }

    public static Argument number(long value) {
        return new Argument.Int(value);
    }

    public static Argument number(double value) {
        return new Argument.Real(value);
    }

    public static Argument number(boolean value) {
        return new Argument.Bool(value);
    }

    public static Argument none() {
        return new Argument.None();
    }

    public static Argument ints(long... values) {
        return Argument.ListOf.ints(values);
    }

    public LayerGraph returning(int... ids) {
        for (int id : ids) {
            builder.addOutput(ref(id));
        }
        return builder.build();
    }
}
