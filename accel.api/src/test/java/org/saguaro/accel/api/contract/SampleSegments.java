// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import static org.saguaro.accel.api.contract.GraphSketch.NO_BIAS;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/** The catalogue of segments that every accelerator is tried on, as far as it supports them. */
public final class SampleSegments {

    private static final double ELEMENT_WISE = 1e-6;
    private static final double SUMS = 1e-4;
    private static final AnyTensor ANY = new AnyTensor();

    private SampleSegments() {}

    /** Ordinary float32 segments, single layers first. */
    public static List<Sample> all() {
        List<Sample> samples = new ArrayList<>();
        samples.addAll(elementWise());
        samples.addAll(convolutions());
        samples.addAll(linearAndPooling());
        samples.addAll(severalLayers());
        return samples;
    }

    private static List<Sample> elementWise() {
        List<Sample> samples = new ArrayList<>();
        GraphSketch relu = new GraphSketch("relu");
        samples.add(Sample.of(relu.outputs(relu.relu(relu.input(2, 3, 5, 7))), ELEMENT_WISE));

        GraphSketch vector = new GraphSketch("relu of 1000");
        samples.add(Sample.of(vector.outputs(vector.relu(vector.input(1000))), ELEMENT_WISE));

        samples.add(add("add", 1, new long[] {2, 3, 5}, new long[] {2, 3, 5}));
        samples.add(add("add with alpha", -0.5, new long[] {4, 9}, new long[] {4, 9}));
        samples.add(add("add, second operand broadcast", 1, new long[] {2, 3, 5}, new long[] {3, 1}));
        samples.add(add("add, both operands broadcast", 2, new long[] {4, 1, 6}, new long[] {5, 1}));

        samples.add(mul("mul", new long[] {3, 17}, new long[] {3, 17}));
        samples.add(mul("mul, operand broadcast", new long[] {2, 8, 3, 3}, new long[] {2, 8, 1, 1}));

        // PyTorch writes x + 0.5 and x * 8 with the same overloads: the number stands where the schema says Tensor.
        samples.add(withNumber("add of a number", "aten.add.Tensor", new Argument.Real(0.5)));
        samples.add(withNumber("mul with a number", "aten.mul.Tensor", new Argument.Int(8)));

        GraphSketch weighted = new GraphSketch("mul with a weight");
        samples.add(
                Sample.of(weighted.outputs(weighted.mul(weighted.input(3, 4), weighted.weight(3, 4))), ELEMENT_WISE));

        GraphSketch square = new GraphSketch("mul of a value with itself");
        int x = square.input(6, 7);
        samples.add(Sample.of(square.outputs(square.mul(x, x)), ELEMENT_WISE));
        return samples;
    }

    private static Sample add(String name, double alpha, long[] left, long[] right) {
        GraphSketch sketch = new GraphSketch(name);
        return Sample.of(sketch.outputs(sketch.add(sketch.input(left), sketch.input(right), alpha)), ELEMENT_WISE);
    }

    private static Sample withNumber(String name, String op, Argument number) {
        GraphSketch sketch = new GraphSketch(name);
        int x = sketch.input(4, 9);
        NamedArgument self = GraphSketch.read("self", x);
        NamedArgument other = NamedArgument.read("other", number);
        TensorSpec result = TensorSpec.of(DType.FLOAT32, 4, 9);
        int y = op.startsWith("aten.add")
                ? sketch.layer(op, result, self, other, NamedArgument.read("alpha", new Argument.Int(1)))
                : sketch.layer(op, result, self, other);
        return Sample.of(sketch.outputs(y), ELEMENT_WISE);
    }

    private static Sample mul(String name, long[] left, long[] right) {
        GraphSketch sketch = new GraphSketch(name);
        return Sample.of(sketch.outputs(sketch.mul(sketch.input(left), sketch.input(right))), ELEMENT_WISE);
    }

    private static List<Sample> convolutions() {
        return List.of(
                convolution("conv2d 3x3", 1, 3, 4, 3, true, 1, 0, 1, 1),
                convolution("conv2d 3x3, padding 1", 2, 4, 5, 3, true, 1, 1, 1, 1),
                convolution("conv2d 3x3, stride 2, no bias", 1, 3, 8, 3, false, 2, 1, 1, 1),
                convolution("conv2d 1x1", 1, 16, 8, 1, true, 1, 0, 1, 1),
                convolution("conv2d 5x5, dilation 2", 1, 2, 3, 5, true, 1, 4, 2, 1),
                convolution("conv2d 3x3, 2 groups", 1, 4, 6, 3, true, 1, 1, 1, 2),
                convolution("conv2d 3x3, depthwise", 1, 8, 8, 3, false, 1, 1, 1, 8));
    }

    private static Sample convolution(
            String name,
            int batch,
            int channels,
            int outputs,
            int kernel,
            boolean bias,
            int stride,
            int padding,
            int dilation,
            int groups) {
        GraphSketch sketch = new GraphSketch(name);
        int input = sketch.input(batch, channels, 11, 9);
        int weight = sketch.weight(outputs, channels / groups, kernel, kernel);
        int optionalBias = bias ? sketch.weight(outputs) : NO_BIAS;
        int result = sketch.conv2d(input, weight, optionalBias, stride, padding, dilation, groups);
        return Sample.of(sketch.outputs(result), SUMS);
    }

    private static List<Sample> linearAndPooling() {
        List<Sample> samples = new ArrayList<>();
        GraphSketch linear = new GraphSketch("linear");
        samples.add(Sample.of(
                linear.outputs(linear.linear(linear.input(2, 20), linear.weight(10, 20), linear.weight(10))), SUMS));

        GraphSketch deep = new GraphSketch("linear of rank 3, no bias");
        samples.add(Sample.of(deep.outputs(deep.linear(deep.input(2, 5, 8), deep.weight(3, 8), NO_BIAS)), SUMS));

        GraphSketch pool = new GraphSketch("max_pool2d 2x2");
        samples.add(Sample.of(pool.outputs(pool.maxPool2d(pool.input(1, 3, 8, 7), 2, 0, 0)), ELEMENT_WISE));

        GraphSketch padded = new GraphSketch("max_pool2d 3x3, stride 2, padding 1");
        samples.add(Sample.of(padded.outputs(padded.maxPool2d(padded.input(2, 4, 9, 9), 3, 2, 1)), ELEMENT_WISE));
        return samples;
    }

    private static List<Sample> severalLayers() {
        List<Sample> samples = new ArrayList<>();

        GraphSketch elementWise = new GraphSketch("chain: add, relu, mul");
        int left = elementWise.input(4, 6);
        int right = elementWise.input(4, 6);
        samples.add(Sample.of(
                elementWise.outputs(
                        elementWise.mul(elementWise.relu(elementWise.add(left, right, 1)), elementWise.weight(4, 6))),
                ELEMENT_WISE));

        GraphSketch net = new GraphSketch("chain: conv2d, relu, max_pool2d, flatten, linear");
        int convolved = net.conv2d(net.input(2, 3, 8, 8), net.weight(6, 3, 3, 3), net.weight(6), 1, 1, 1, 1);
        int flat = net.flatten(net.maxPool2d(net.relu(convolved), 2, 0, 0));
        samples.add(Sample.of(net.outputs(net.linear(flat, net.weight(5, 96), net.weight(5))), SUMS));

        GraphSketch fan = new GraphSketch("fan-out: one value read twice and returned");
        int rectified = fan.relu(fan.input(3, 8));
        int squared = fan.mul(rectified, rectified);
        int added = fan.add(rectified, squared, 1);
        samples.add(Sample.of(fan.outputs(added, rectified, squared), ELEMENT_WISE));

        GraphSketch residual = new GraphSketch("residual add");
        int x = residual.input(1, 4, 6, 6);
        int inner = residual.relu(residual.conv2d(x, residual.weight(4, 4, 3, 3), residual.weight(4), 1, 1, 1, 1));
        int outer = residual.conv2d(inner, residual.weight(4, 4, 3, 3), NO_BIAS, 1, 1, 1, 1);
        samples.add(Sample.of(residual.outputs(residual.relu(residual.add(outer, x, 1))), SUMS));
        return samples;
    }

    /**
     * Layers that many accelerators do not support, and must say so: unknown operators, unusual element types, sizes known
     * only at run time, no elements, no dimensions, more elements than there is memory.
     */
    public static List<Sample> unusual() {
        List<Sample> samples = new ArrayList<>();
        GraphSketch unknown = new GraphSketch("unknown operator");
        int x = unknown.input(2, 3);
        samples.add(Sample.of(
                unknown.outputs(unknown.layer(
                        "nowhere.frobnicate.default", TensorSpec.of(DType.FLOAT32, 2, 3), GraphSketch.read("self", x))),
                ELEMENT_WISE));

        GraphSketch overload = new GraphSketch("unknown overload");
        int y = overload.input(2, 3);
        samples.add(Sample.of(
                overload.outputs(overload.layer(
                        "aten.relu.frobnicate", TensorSpec.of(DType.FLOAT32, 2, 3), GraphSketch.read("self", y))),
                ELEMENT_WISE));

        for (DType dtype : DType.values()) {
            if (dtype != DType.FLOAT32) {
                samples.add(reluOf("relu of " + dtype, TensorSpec.of(dtype, 3, 5)));
                samples.add(addOf("add of " + dtype, TensorSpec.of(dtype, 3, 5)));
            }
        }

        Shape symbolic = new Shape(List.of(new Dim.Symbolic("s0", 1, 16), new Dim.Fixed(5)));
        samples.add(reluOf("relu of a symbolic size", new TensorSpec(DType.FLOAT32, symbolic)));
        samples.add(addOf("add of a symbolic size", new TensorSpec(DType.FLOAT32, symbolic)));
        samples.add(reluOf("relu without elements", TensorSpec.of(DType.FLOAT32, 3, 0, 2)));
        samples.add(addOf("add without elements", TensorSpec.of(DType.FLOAT32, 0)));
        samples.add(reluOf("relu of a scalar", TensorSpec.of(DType.FLOAT32)));
        samples.add(reluOf("relu of NaN and infinities", TensorSpec.of(DType.FLOAT32, 6))
                .withInputs(seed -> List.of(Tensor.of(
                        new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f, 1e-40f, seed},
                        6))));
        samples.add(withNumber("add of a number from elsewhere", "aten.add.Tensor", ScalarType.FLOAT, floats(4, 9)));
        samples.add(withNumber("mul with a number from elsewhere", "aten.mul.Tensor", ScalarType.INT, floats(4, 9)));
        samples.add(convolutionOfASymbolicSize());
        // Asked about only: nobody has the memory. Twice 2^62 bytes overflow a long.
        samples.add(reluOf("relu of 2^60 elements", TensorSpec.of(DType.FLOAT32, 1L << 30, 1L << 30)));
        samples.add(reluOf("relu of 2^80 elements", TensorSpec.of(DType.FLOAT32, 1L << 40, 1L << 40)));
        return samples;
    }

    /**
     * Segments with tensors of which nothing is known beforehand: element type, rank and sizes differ from seed to seed, some
     * tensors have no elements. For {@link org.saguaro.accel.api.DynamicTensors} only; others are never asked about them.
     */
    public static List<Sample> dynamic() {
        List<Sample> samples = new ArrayList<>();
        GraphSketch relu = new GraphSketch("relu of an unknown tensor");
        samples.add(Sample.of(
                        relu.outputs(relu.layer("aten.relu.default", ANY, GraphSketch.read("self", relu.input(ANY)))),
                        ELEMENT_WISE)
                .withInputs(seed -> List.of(unknown(seed, new Random(seed)))));

        GraphSketch chain = new GraphSketch("chain of unknown tensors: add, relu, mul");
        int left = chain.input(ANY);
        int right = chain.input(ANY);
        int sum = add(chain, left, right);
        int rectified = chain.layer("aten.relu.default", ANY, GraphSketch.read("self", sum));
        int product = chain.layer(
                "aten.mul.Tensor", ANY, GraphSketch.read("self", rectified), GraphSketch.read("other", right));
        samples.add(Sample.of(chain.outputs(product, sum), ELEMENT_WISE).withInputs(seed -> {
            Random random = new Random(seed);
            return List.of(unknown(seed, random), unknown(seed, random));
        }));

        GraphSketch partly = new GraphSketch("an unknown tensor added to a convolution");
        int image = partly.input(1, 3, 8, 8);
        int other = partly.input(ANY);
        int convolved = partly.conv2d(image, partly.weight(4, 3, 3, 3), partly.weight(4), 1, 1, 1, 1);
        samples.add(Sample.of(partly.outputs(add(partly, partly.relu(convolved), other), convolved), SUMS)
                .withInputs(seed -> {
                    Random random = new Random(seed);
                    long[] sizes = seed % 2 == 0 ? new long[] {4, 1, 1} : new long[] {1, 4, 8, 8};
                    return List.of(
                            TensorValues.random(DType.FLOAT32, new long[] {1, 3, 8, 8}, random),
                            TensorValues.random(DType.FLOAT32, sizes, random));
                }));

        samples.add(withNumber("add of a number to an unknown tensor", "aten.add.Tensor", ScalarType.INT, ANY));
        samples.add(withNumber("mul of an unknown tensor with a number", "aten.mul.Tensor", ScalarType.FLOAT, ANY));
        return samples;
    }

    private static int add(GraphSketch sketch, int left, int right) {
        return sketch.layer(
                "aten.add.Tensor",
                ANY,
                GraphSketch.read("self", left),
                GraphSketch.read("other", right),
                NamedArgument.read("alpha", new Argument.Int(1)));
    }

    private static Sample withNumber(String name, String op, ScalarType number, ValueType tensor) {
        GraphSketch sketch = new GraphSketch(name);
        int x = sketch.input(tensor);
        NamedArgument self = GraphSketch.read("self", x);
        NamedArgument other = GraphSketch.read("other", sketch.input(number));
        int y = op.startsWith("aten.add")
                ? sketch.layer(op, tensor, self, other, NamedArgument.read("alpha", new Argument.Int(1)))
                : sketch.layer(op, tensor, self, other);
        return Sample.of(sketch.outputs(y), ELEMENT_WISE).withInputs(seed -> {
            Random random = new Random(seed);
            // A real number makes an integer tensor real, which the reference does not do: real tensors only.
            Tensor first = tensor instanceof TensorSpec spec
                    ? TensorValues.random(spec.dtype(), spec.shape().sizes(), random)
                    : unknown(number == ScalarType.INT ? seed : 2 * (seed % 2), random);
            return List.of(first, TensorValues.random(TensorValues.carrier(number), new long[0], random));
        });
    }

    /** Equal seeds give tensors of one type and sizes. */
    private static Tensor unknown(long seed, Random random) {
        DType[] dtypes = {DType.FLOAT32, DType.INT64, DType.FLOAT64};
        long[][] sizes = {{2, 3}, {}, {5}, {3, 0, 2}, {2, 1, 4, 3}};
        return TensorValues.random(dtypes[(int) (seed % dtypes.length)], sizes[(int) (seed % sizes.length)], random);
    }

    private static Sample convolutionOfASymbolicSize() {
        GraphSketch sketch = new GraphSketch("conv2d of a symbolic batch");
        Shape in =
                new Shape(List.of(new Dim.Symbolic("s0", 0, 16), new Dim.Fixed(2), new Dim.Fixed(5), new Dim.Fixed(5)));
        Shape out =
                new Shape(List.of(new Dim.Symbolic("s0", 0, 16), new Dim.Fixed(3), new Dim.Fixed(3), new Dim.Fixed(3)));
        int x = sketch.input(new TensorSpec(DType.FLOAT32, in));
        int y = sketch.layer(
                "aten.conv2d.default",
                new TensorSpec(DType.FLOAT32, out),
                GraphSketch.read("input", x),
                GraphSketch.read("weight", sketch.weight(3, 2, 3, 3)),
                NamedArgument.read("bias", new Argument.None()),
                NamedArgument.read("stride", Argument.ListOf.ints(1, 1)),
                NamedArgument.read("padding", Argument.ListOf.ints(0, 0)),
                NamedArgument.read("dilation", Argument.ListOf.ints(1, 1)),
                NamedArgument.read("groups", new Argument.Int(1)));
        return Sample.of(sketch.outputs(y), SUMS)
                .withInputs(seed -> List.of(
                        TensorValues.random(DType.FLOAT32, new long[] {(seed + 2) % 5, 2, 5, 5}, new Random(seed))));
    }

    private static TensorSpec floats(long... sizes) {
        return TensorSpec.of(DType.FLOAT32, sizes);
    }

    private static Sample reluOf(String name, TensorSpec spec) {
        GraphSketch sketch = new GraphSketch(name);
        return Sample.of(sketch.outputs(sketch.relu(sketch.input(spec))), ELEMENT_WISE);
    }

    private static Sample addOf(String name, TensorSpec spec) {
        GraphSketch sketch = new GraphSketch(name);
        return Sample.of(sketch.outputs(sketch.add(sketch.input(spec), sketch.input(spec), 1)), ELEMENT_WISE);
    }
}
