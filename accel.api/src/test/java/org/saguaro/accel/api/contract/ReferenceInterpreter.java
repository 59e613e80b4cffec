// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;

/**
 * Computes a graph the slow and obvious way: layer by layer, each in double precision and then rounded to its element type.
 * It knows the operators of {@link SampleSegments} only.
 */
public final class ReferenceInterpreter implements Sample.Reference {

    private static final Set<String> KNOWN = Set.of(
            "aten.relu.default",
            "aten.add.Tensor",
            "aten.mul.Tensor",
            "aten.conv2d.default",
            "aten.linear.default",
            "aten.max_pool2d.default",
            "aten.flatten.using_ints");

    static boolean knows(OpName op) {
        return KNOWN.contains(op.toString());
    }

    @Override
    public List<Tensor> run(LayerGraph graph, List<Tensor> inputs) {
        Map<Integer, Tensor> values = new HashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            values.put(graph.inputs().get(i), inputs.get(i));
        }
        for (Weight weight : graph.weights()) {
            values.put(weight.value(), weight.data());
        }
        for (Layer layer : graph.layers()) {
            values.put(layer.outputs().get(0), run(new Arguments(layer, values)));
        }
        List<Tensor> results = new ArrayList<>();
        for (Argument output : graph.outputs()) {
            results.add(valueOf(values, ((Argument.Ref) output).value()));
        }
        return results;
    }

    private static Tensor run(Arguments a) {
        return switch (a.layer.op().toString()) {
            case "aten.relu.default" -> relu(a.tensor("self"));
            case "aten.add.Tensor" -> add(a.tensor("self"), a.tensor("other"), a.number("alpha"));
            case "aten.mul.Tensor" -> multiply(a.tensor("self"), a.tensor("other"));
            case "aten.conv2d.default" -> convolve(a);
            case "aten.linear.default" -> linear(a);
            case "aten.max_pool2d.default" -> maxPool(a);
            case "aten.flatten.using_ints" -> flatten(a);
            default ->
                throw new IllegalArgumentException(
                        "layer " + a.layer.name() + ": the reference interpreter does not know " + a.layer.op()
                                + "; give the sample a reference of its own");
        };
    }

    private static Tensor relu(Tensor self) {
        double[] values = self.toDoubles();
        for (int i = 0; i < values.length; i++) {
            values[i] = Double.isNaN(values[i]) ? values[i] : Math.max(0, values[i]);
        }
        return TensorValues.tensor(self.dtype(), values, self.sizes());
    }

    private static Tensor add(Tensor self, Tensor other, double alpha) {
        return broadcast(self, other, (a, b) -> a + alpha * b);
    }

    private static Tensor multiply(Tensor self, Tensor other) {
        return broadcast(self, other, (a, b) -> a * b);
    }

    private interface Binary {
        double apply(double a, double b);
    }

    private static Tensor broadcast(Tensor left, Tensor right, Binary operator) {
        int rank = Math.max(left.rank(), right.rank());
        long[] sizes = new long[rank];
        for (int i = 0; i < rank; i++) {
            long a = sizeFromEnd(left, rank - 1 - i);
            long b = sizeFromEnd(right, rank - 1 - i);
            if (a != b && a != 1 && b != 1) {
                throw new IllegalArgumentException("tensors of sizes " + Arrays.toString(left.sizes()) + " and "
                        + Arrays.toString(right.sizes()) + " cannot be combined");
            }
            sizes[i] = a == 1 ? b : a;
        }
        double[] a = left.toDoubles();
        double[] b = right.toDoubles();
        double[] result = new double[TensorValues.count(sizes)];
        for (int i = 0; i < result.length; i++) {
            result[i] = operator.apply(a[source(left, sizes, i)], b[source(right, sizes, i)]);
        }
        return TensorValues.tensor(left.dtype(), result, sizes);
    }

    private static long sizeFromEnd(Tensor tensor, int fromEnd) {
        int dim = tensor.rank() - 1 - fromEnd;
        return dim < 0 ? 1 : tensor.sizes()[dim];
    }

    /** Which element of {@code tensor} meets element {@code index} of a result of these sizes. */
    private static int source(Tensor tensor, long[] sizes, int index) {
        int rest = index;
        int position = 0;
        int stride = 1;
        for (int fromEnd = 0; fromEnd < sizes.length; fromEnd++) {
            int extent = (int) sizes[sizes.length - 1 - fromEnd];
            int size = (int) sizeFromEnd(tensor, fromEnd);
            position += (size == 1 ? 0 : rest % extent) * stride;
            stride *= size;
            rest /= extent;
        }
        return position;
    }

    private static Tensor convolve(Arguments a) {
        Tensor input = a.tensor("input");
        Tensor weight = a.tensor("weight");
        double[] x = input.toDoubles();
        double[] w = weight.toDoubles();
        double[] bias = a.optionalTensor("bias", (int) weight.sizes()[0]);
        int groups = a.ints("groups")[0];
        Window window = new Window(a, new int[] {(int) weight.sizes()[2], (int) weight.sizes()[3]}, input);
        int outChannels = (int) weight.sizes()[0];
        int groupInputs = (int) weight.sizes()[1];
        int groupOutputs = outChannels / groups;
        double[] y = new double[window.batch * outChannels * window.outHeight * window.outWidth];
        int at = 0;
        for (int n = 0; n < window.batch; n++) {
            for (int o = 0; o < outChannels; o++) {
                for (int row = 0; row < window.outHeight; row++) {
                    for (int column = 0; column < window.outWidth; column++) {
                        double sum = bias[o];
                        for (int c = 0; c < groupInputs; c++) {
                            int channel = o / groupOutputs * groupInputs + c;
                            for (int kh = 0; kh < window.kernelHeight; kh++) {
                                for (int kw = 0; kw < window.kernelWidth; kw++) {
                                    int source = window.source(n, channel, row, column, kh, kw);
                                    if (source >= 0) {
                                        int tap =
                                                ((o * groupInputs + c) * window.kernelHeight + kh) * window.kernelWidth
                                                        + kw;
                                        sum += x[source] * w[tap];
                                    }
                                }
                            }
                        }
                        y[at++] = sum;
                    }
                }
            }
        }
        return TensorValues.tensor(input.dtype(), y, window.batch, outChannels, window.outHeight, window.outWidth);
    }

    private static Tensor maxPool(Arguments a) {
        Tensor input = a.tensor("self");
        double[] x = input.toDoubles();
        Window window = new Window(a, a.pair("kernel_size"), input);
        double[] y = new double[window.batch * window.channels * window.outHeight * window.outWidth];
        int at = 0;
        for (int n = 0; n < window.batch; n++) {
            for (int c = 0; c < window.channels; c++) {
                for (int row = 0; row < window.outHeight; row++) {
                    for (int column = 0; column < window.outWidth; column++) {
                        double largest = Double.NEGATIVE_INFINITY;
                        for (int kh = 0; kh < window.kernelHeight; kh++) {
                            for (int kw = 0; kw < window.kernelWidth; kw++) {
                                int source = window.source(n, c, row, column, kh, kw);
                                if (source >= 0) {
                                    largest = Math.max(largest, x[source]);
                                }
                            }
                        }
                        y[at++] = largest;
                    }
                }
            }
        }
        return TensorValues.tensor(input.dtype(), y, window.batch, window.channels, window.outHeight, window.outWidth);
    }

    private static Tensor linear(Arguments a) {
        Tensor input = a.tensor("input");
        Tensor weight = a.tensor("weight");
        int outputs = (int) weight.sizes()[0];
        int features = (int) weight.sizes()[1];
        double[] x = input.toDoubles();
        double[] w = weight.toDoubles();
        double[] bias = a.optionalTensor("bias", outputs);
        double[] y = new double[x.length / features * outputs];
        for (int i = 0; i < y.length; i++) {
            int row = i / outputs;
            int output = i % outputs;
            double sum = bias[output];
            for (int f = 0; f < features; f++) {
                sum += x[row * features + f] * w[output * features + f];
            }
            y[i] = sum;
        }
        long[] sizes = input.sizes();
        sizes[sizes.length - 1] = outputs;
        return TensorValues.tensor(input.dtype(), y, sizes);
    }

    private static Tensor flatten(Arguments a) {
        Tensor input = a.tensor("self");
        long[] sizes = input.sizes();
        int start = Math.floorMod(a.ints("start_dim")[0], sizes.length);
        int end = Math.floorMod(a.ints("end_dim")[0], sizes.length);
        List<Long> flat = new ArrayList<>();
        long product = 1;
        for (int i = 0; i < sizes.length; i++) {
            if (i < start || i > end) {
                flat.add(sizes[i]);
            } else {
                product *= sizes[i];
                if (i == end) {
                    flat.add(product);
                }
            }
        }
        return TensorValues.tensor(
                input.dtype(),
                input.toDoubles(),
                flat.stream().mapToLong(Long::longValue).toArray());
    }

    private static Tensor valueOf(Map<Integer, Tensor> values, int id) {
        Tensor tensor = values.get(id);
        if (tensor == null) {
            throw new IllegalArgumentException("value " + id + " is read before it is made");
        }
        return tensor;
    }

    /** Where a sliding window over an NCHW tensor lies. */
    private static final class Window {
        final int batch;
        final int channels;
        final int kernelHeight;
        final int kernelWidth;
        final int outHeight;
        final int outWidth;
        private final int height;
        private final int width;
        private final int[] stride;
        private final int[] padding;
        private final int[] dilation;

        Window(Arguments a, int[] kernel, Tensor input) {
            long[] sizes = input.sizes();
            batch = (int) sizes[0];
            channels = (int) sizes[1];
            height = (int) sizes[2];
            width = (int) sizes[3];
            kernelHeight = kernel[0];
            kernelWidth = kernel[1];
            // An empty stride of a pooling layer means the kernel's size.
            stride = a.ints("stride").length == 0 ? kernel : a.pair("stride");
            padding = a.pair("padding");
            dilation = a.pair("dilation");
            outHeight = extent(height, 0, kernelHeight);
            outWidth = extent(width, 1, kernelWidth);
        }

        private int extent(int size, int axis, int kernel) {
            return (size + 2 * padding[axis] - dilation[axis] * (kernel - 1) - 1) / stride[axis] + 1;
        }

        /** Index of the input element under one tap of the window; -1 in the padding. */
        int source(int n, int channel, int row, int column, int kh, int kw) {
            int y = row * stride[0] - padding[0] + kh * dilation[0];
            int x = column * stride[1] - padding[1] + kw * dilation[1];
            if (y < 0 || y >= height || x < 0 || x >= width) {
                return -1;
            }
            return ((n * channels + channel) * height + y) * width + x;
        }
    }

    /** A layer's arguments by name. */
    private record Arguments(Layer layer, Map<Integer, Tensor> values) {

        /** A tensor; a number in its place (x * 0.5) as a tensor of rank 0. */
        Tensor tensor(String name) {
            Argument argument = argument(name);
            if (argument instanceof Argument.Ref ref) {
                return valueOf(values, ref.value());
            }
            if (argument instanceof Argument.Int number) {
                return TensorValues.tensor(DType.FLOAT64, new double[] {number.value()});
            }
            if (argument instanceof Argument.Real number) {
                return TensorValues.tensor(DType.FLOAT64, new double[] {number.value()});
            }
            throw unexpected(name, "a tensor or a number");
        }

        /** The values of an optional tensor, zeros if it is absent. */
        double[] optionalTensor(String name, int length) {
            return argument(name) instanceof Argument.None
                    ? new double[length]
                    : tensor(name).toDoubles();
        }

        double number(String name) {
            Argument argument = argument(name);
            if (argument instanceof Argument.Int integer) {
                return integer.value();
            }
            if (argument instanceof Argument.Real real) {
                return real.value();
            }
            if (argument instanceof Argument.Ref ref) {
                return valueOf(values, ref.value()).toDoubles()[0];
            }
            throw unexpected(name, "a number");
        }

        int[] ints(String name) {
            Argument argument = argument(name);
            if (argument instanceof Argument.Int integer) {
                return new int[] {Math.toIntExact(integer.value())};
            }
            if (argument instanceof Argument.ListOf list) {
                return list.elements().stream()
                        .mapToInt(element -> Math.toIntExact(((Argument.Int) element).value()))
                        .toArray();
            }
            throw unexpected(name, "integers");
        }

        /** One or two integers for the two axes. */
        int[] pair(String name) {
            int[] ints = ints(name);
            return ints.length == 1 ? new int[] {ints[0], ints[0]} : Arrays.copyOf(ints, 2);
        }

        private Argument argument(String name) {
            Argument argument = layer.argument(name);
            if (argument == null) {
                throw new IllegalArgumentException("layer " + layer.name() + " (" + layer.op() + ") lacks " + name);
            }
            return argument;
        }

        private IllegalArgumentException unexpected(String name, String expected) {
            return new IllegalArgumentException("layer " + layer.name() + " (" + layer.op() + "): " + name
                    + " should be " + expected + ", found " + argument(name));
        }
    }
}
