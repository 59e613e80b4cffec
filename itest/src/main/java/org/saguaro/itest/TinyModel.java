// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import java.util.List;
import java.util.Random;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;

/** {@code relu(x * w) + relu(x)}: four layers that the null accelerator and the faulty one support, with a branch. */
final class TinyModel {

    private static final int SIZE = 32;
    private static final TensorSpec SPEC = TensorSpec.of(DType.FLOAT32, SIZE);

    private TinyModel() {}

    static LayerGraph graph() {
        LayerGraph.Builder builder = new LayerGraph.Builder("tiny");
        int x = builder.addInput("x", SPEC);
        int w = builder.addWeight("w", "scale.weight", Weight.Kind.PARAMETER, tensor(weight()));
        int product = layer(
                builder,
                "mul",
                "aten.mul.Tensor",
                NamedArgument.read("self", ref(x)),
                NamedArgument.read("other", ref(w)));
        int left = layer(builder, "left", "aten.relu.default", NamedArgument.read("self", ref(product)));
        int right = layer(builder, "right", "aten.relu.default", NamedArgument.read("self", ref(x)));
        int sum = layer(
                builder,
                "sum",
                "aten.add.Tensor",
                NamedArgument.read("self", ref(left)),
                NamedArgument.read("other", ref(right)),
                NamedArgument.read("alpha", new Argument.Int(1)));
        return builder.addOutput(ref(sum)).build();
    }

    private static Argument ref(int value) {
        return new Argument.Ref(value);
    }

    private static int layer(LayerGraph.Builder builder, String name, String op, NamedArgument... arguments) {
        int output = builder.addValue(name, SPEC);
        builder.addLayer(new Layer(name, OpName.parse(op), List.of(arguments), List.of(output), "block." + name));
        return output;
    }

    static float[] input(int seed) {
        Random random = new Random(seed);
        float[] values = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        return values;
    }

    static Tensor tensor(float[] values) {
        return Tensor.of(values, values.length);
    }

    private static float[] weight() {
        return input(-1);
    }

    static float[] expected(float[] x) {
        float[] w = weight();
        float[] y = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            y[i] = Math.max(0, x[i] * w[i]) + Math.max(0, x[i]);
        }
        return y;
    }
}
