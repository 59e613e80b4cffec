// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.api.contract.Sample;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** Segments of convolution engines that the catalogue of the contract lacks. */
final class ProductSamples {

    private static final double SUMS = 1e-4;

    private ProductSamples() {}

    static List<Sample> all() {
        List<Sample> samples = new ArrayList<>();
        samples.add(fused());
        samples.add(residualFirst());
        samples.add(grouped("conv2d of 96 channels, depthwise", 96, 96, 96));
        samples.add(grouped("conv2d of 40 channels, 5 groups", 40, 20, 5));
        samples.add(wide());
        samples.add(product("mm of activations", "mm", new long[] {5, 33}, new long[] {33, 18}));
        samples.add(product("bmm of activations", "bmm", new long[] {3, 4, 20}, new long[] {3, 20, 7}));
        samples.add(product("matmul of stacks", "matmul", new long[] {2, 2, 5, 8}, new long[] {2, 2, 8, 6}));
        samples.add(weightsOnTheLeft());
        return samples;
    }

    private static Sample fused() {
        GraphSketch sketch = new GraphSketch("conv2d, add, relu");
        int x = sketch.input(2, 8, 9, 7);
        int other = sketch.input(2, 16, 9, 7);
        int y = sketch.conv2d(x, sketch.weight(16, 8, 3, 3), sketch.weight(16), 1, 1, 1, 1);
        return Sample.of(sketch.outputs(sketch.relu(sketch.add(y, other, -0.5))), SUMS);
    }

    private static Sample residualFirst() {
        GraphSketch sketch = new GraphSketch("a tensor plus a linear layer");
        int x = sketch.input(3, 24);
        int other = sketch.input(3, 10);
        int y = sketch.linear(x, sketch.weight(10, 24), sketch.weight(10));
        return Sample.of(sketch.outputs(sketch.add(other, y, 2)), SUMS);
    }

    private static Sample grouped(String name, int inputs, int outputs, int groups) {
        GraphSketch sketch = new GraphSketch(name);
        int x = sketch.input(1, inputs, 6, 5);
        int y = sketch.conv2d(
                x, sketch.weight(outputs, inputs / groups, 3, 3), sketch.weight(outputs), 2, 1, 1, groups);
        return Sample.of(sketch.outputs(y), SUMS);
    }

    private static Sample wide() {
        GraphSketch sketch = new GraphSketch("conv2d of more than 64 channels to more than 64");
        int x = sketch.input(1, 70, 5, 6);
        int y = sketch.conv2d(x, sketch.weight(130, 70, 3, 3), GraphSketch.NO_BIAS, 1, 1, 1, 1);
        return Sample.of(sketch.outputs(y), 3 * SUMS);
    }

    private static Sample product(String name, String op, long[] left, long[] right) {
        GraphSketch sketch = new GraphSketch(name);
        int a = sketch.input(left);
        int b = sketch.input(right);
        long[] sizes = left.clone();
        sizes[sizes.length - 1] = right[right.length - 1];
        int y = sketch.layer(
                "aten." + op + ".default",
                TensorSpec.of(DType.FLOAT32, sizes),
                GraphSketch.read("self", a),
                GraphSketch.read(op.equals("matmul") ? "other" : "mat2", b));
        Sample random = Sample.of(sketch.outputs(y), SUMS);
        return new Sample(
                random.graph(),
                SUMS,
                random.inputs(),
                (graph, inputs) -> List.of(multiply(inputs.get(0), inputs.get(1), sizes)));
    }

    private static Sample weightsOnTheLeft() {
        GraphSketch sketch = new GraphSketch("weights times activations");
        int w = sketch.weight(12, 30);
        int x = sketch.input(3, 30, 9);
        int y = sketch.layer(
                "aten.matmul.default",
                TensorSpec.of(DType.FLOAT32, 3, 12, 9),
                GraphSketch.read("self", w),
                GraphSketch.read("other", x));
        Sample random = Sample.of(sketch.outputs(y), SUMS);
        return new Sample(random.graph(), SUMS, random.inputs(), (graph, inputs) -> {
            Tensor weights = graph.weights().iterator().next().data();
            return List.of(multiply(weights, inputs.get(0), new long[] {3, 12, 9}));
        });
    }

    /** Products of the matrices of two stacks, in double; one matrix goes with all of the other stack. */
    private static Tensor multiply(Tensor left, Tensor right, long[] sizes) {
        int rows = (int) sizes[sizes.length - 2];
        int columns = (int) sizes[sizes.length - 1];
        int depth = (int) left.sizes()[left.rank() - 1];
        double[] a = left.toDoubles();
        double[] b = right.toDoubles();
        int stack = (int) (Arrays.stream(sizes).reduce(1, (p, q) -> p * q) / rows / columns);
        float[] result = new float[stack * rows * columns];
        for (int s = 0; s < stack; s++) {
            int firstLeft = a.length == rows * depth ? 0 : s * rows * depth;
            int firstRight = b.length == depth * columns ? 0 : s * depth * columns;
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    double sum = 0;
                    for (int k = 0; k < depth; k++) {
                        sum += a[firstLeft + row * depth + k] * b[firstRight + k * columns + column];
                    }
                    result[(s * rows + row) * columns + column] = (float) sum;
                }
            }
        }
        return Tensor.of(result, sizes);
    }

    /** An argument that is a constant. */
    static NamedArgument constant(String name, Argument value) {
        return NamedArgument.read(name, value);
    }
}
