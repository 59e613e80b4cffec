// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;

/**
 * Writes small graphs by hand, as a model reader would build them: every argument of the schema, defaults filled in. Values
 * are passed around as their ids.
 */
public final class GraphSketch {

    /** Stands for no bias. */
    public static final int NO_BIAS = -1;

    private final LayerGraph.Builder builder;
    private final Random random;
    private final Map<Integer, ValueType> types = new HashMap<>();
    private int layers;

    /** An empty graph; equal names give equal weights. */
    public GraphSketch(String name) {
        builder = new LayerGraph.Builder(name);
        random = new Random(name.hashCode());
    }

    /** A float32 input. */
    public int input(long... sizes) {
        return input(TensorSpec.of(DType.FLOAT32, sizes));
    }

    public int input(ValueType type) {
        int id = builder.addInput("x" + types.size(), type);
        types.put(id, type);
        return id;
    }

    /** A float32 parameter with random elements. */
    public int weight(long... sizes) {
        String name = "w" + types.size();
        int id =
                builder.addWeight(name, name, Weight.Kind.PARAMETER, TensorValues.random(DType.FLOAT32, sizes, random));
        types.put(id, TensorSpec.of(DType.FLOAT32, sizes));
        return id;
    }

    public int relu(int self) {
        return layer("aten.relu.default", spec(self), read("self", self));
    }

    /** {@code self + alpha * other}, broadcast. */
    public int add(int self, int other, double alpha) {
        Argument factor = alpha == Math.rint(alpha) ? new Argument.Int((long) alpha) : new Argument.Real(alpha);
        return layer(
                "aten.add.Tensor",
                broadcast(self, other),
                read("self", self),
                read("other", other),
                read("alpha", factor));
    }

    /** {@code self * other}, broadcast. */
    public int mul(int self, int other) {
        return layer("aten.mul.Tensor", broadcast(self, other), read("self", self), read("other", other));
    }

    /**
     * A 2-D convolution.
     *
     * @param bias the bias, or {@link #NO_BIAS}
     */
    public int conv2d(int input, int weight, int bias, int stride, int padding, int dilation, int groups) {
        long[] x = spec(input).shape().sizes();
        long[] w = spec(weight).shape().sizes();
        TensorSpec result = TensorSpec.of(
                spec(input).dtype(),
                x[0],
                w[0],
                extent(x[2], w[2], stride, padding, dilation),
                extent(x[3], w[3], stride, padding, dilation));
        return layer(
                "aten.conv2d.default",
                result,
                read("input", input),
                read("weight", weight),
                read("bias", bias == NO_BIAS ? new Argument.None() : new Argument.Ref(bias)),
                read("stride", Argument.ListOf.ints(stride, stride)),
                read("padding", Argument.ListOf.ints(padding, padding)),
                read("dilation", Argument.ListOf.ints(dilation, dilation)),
                read("groups", new Argument.Int(groups)));
    }

    /**
     * A fully connected layer.
     *
     * @param bias the bias, or {@link #NO_BIAS}
     */
    public int linear(int input, int weight, int bias) {
        long[] sizes = spec(input).shape().sizes();
        sizes[sizes.length - 1] = spec(weight).shape().sizes()[0];
        return layer(
                "aten.linear.default",
                TensorSpec.of(spec(input).dtype(), sizes),
                read("input", input),
                read("weight", weight),
                read("bias", bias == NO_BIAS ? new Argument.None() : new Argument.Ref(bias)));
    }

    /**
     * A 2-D maximum pooling.
     *
     * @param stride 0 for the kernel's size, which the schema writes as an empty list
     */
    public int maxPool2d(int self, int kernel, int stride, int padding) {
        long[] x = spec(self).shape().sizes();
        int step = stride == 0 ? kernel : stride;
        TensorSpec result = TensorSpec.of(
                spec(self).dtype(),
                x[0],
                x[1],
                extent(x[2], kernel, step, padding, 1),
                extent(x[3], kernel, step, padding, 1));
        return layer(
                "aten.max_pool2d.default",
                result,
                read("self", self),
                read("kernel_size", Argument.ListOf.ints(kernel, kernel)),
                read("stride", stride == 0 ? Argument.ListOf.ints() : Argument.ListOf.ints(stride, stride)),
                read("padding", Argument.ListOf.ints(padding, padding)),
                read("dilation", Argument.ListOf.ints(1, 1)),
                read("ceil_mode", new Argument.Bool(false)));
    }

    /** All dimensions from the second on in one. */
    public int flatten(int self) {
        long[] x = spec(self).shape().sizes();
        TensorSpec result =
                TensorSpec.of(spec(self).dtype(), x[0], spec(self).shape().elementCount() / x[0]);
        return layer(
                "aten.flatten.using_ints",
                result,
                read("self", self),
                read("start_dim", new Argument.Int(1)),
                read("end_dim", new Argument.Int(-1)));
    }

    /** Any other layer with one output. */
    public int layer(String op, ValueType result, NamedArgument... arguments) {
        OpName name = OpName.parse(op);
        String layerName = name.name() + "_" + layers++;
        int id = builder.addValue(layerName, result);
        types.put(id, result);
        builder.addLayer(new Layer(layerName, name, List.of(arguments), List.of(id), "block." + layerName));
        return id;
    }

    /** An argument that refers to a value. */
    public static NamedArgument read(String name, int value) {
        return NamedArgument.read(name, new Argument.Ref(value));
    }

    private static NamedArgument read(String name, Argument value) {
        return NamedArgument.read(name, value);
    }

    /** The graph, giving these values to the caller. */
    public LayerGraph outputs(int... values) {
        for (int value : values) {
            builder.addOutput(new Argument.Ref(value));
        }
        return builder.build();
    }

    private TensorSpec spec(int id) {
        if (types.get(id) instanceof TensorSpec spec) {
            return spec;
        }
        throw new IllegalArgumentException("value " + id + " is no tensor of known type in this sketch");
    }

    private TensorSpec broadcast(int left, int right) {
        if (spec(left).shape().equals(spec(right).shape())) {
            return spec(left);
        }
        long[] a = spec(left).shape().sizes();
        long[] b = spec(right).shape().sizes();
        long[] sizes = new long[Math.max(a.length, b.length)];
        for (int i = 1; i <= sizes.length; i++) {
            long x = i <= a.length ? a[a.length - i] : 1;
            long y = i <= b.length ? b[b.length - i] : 1;
            sizes[sizes.length - i] = x == 1 ? y : x;
        }
        return new TensorSpec(spec(left).dtype(), Shape.of(sizes));
    }

    private static long extent(long size, long kernel, int stride, int padding, int dilation) {
        return (size + 2L * padding - dilation * (kernel - 1) - 1) / stride + 1;
    }
}
