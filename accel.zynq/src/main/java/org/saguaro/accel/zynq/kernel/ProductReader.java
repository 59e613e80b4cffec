// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.api.Support;
import org.saguaro.accel.zynq.engine.ConvShape;
import org.saguaro.accel.zynq.kernel.Product.Order;
import org.saguaro.accel.zynq.kernel.Product.WeightOrder;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** Reads layers as {@link Product}s. */
final class ProductReader {

    /** A sum of products of digits must fit 32 bits. */
    private static final int MOST_DEPTH = Integer.MAX_VALUE / (Limbs.DIGIT * 128);

    private final LayerGraph graph;
    private final Layer layer;
    private final Arguments arguments;

    private ProductReader(LayerGraph graph, Layer layer) {
        this.graph = graph;
        this.layer = layer;
        arguments = new Arguments(graph, layer);
    }

    /** The product that a layer is. */
    static Product read(LayerGraph graph, Layer layer) throws Refusal {
        ProductReader reader = new ProductReader(graph, layer);
        Product product = switch (layer.op().toString()) {
            case "aten.conv1d.default", "aten.conv1d.padding" -> reader.convolution(1);
            case "aten.conv2d.default", "aten.conv2d.padding" -> reader.convolution(2);
            case "aten.convolution.default" -> reader.decomposedConvolution();
            case "aten.linear.default" -> reader.linear();
            case "aten.addmm.default" -> reader.addmm();
            case "aten.mm.default", "aten.bmm.default" -> reader.matmul("self", "mat2");
            case "aten.matmul.default" -> reader.matmul("self", "other");
            default ->
                throw new Refusal(
                        Support.Cause.OPERATOR,
                        "runs convolutions and matrix products with what follows them, found " + layer.op());
        };
        return checked(product);
    }

    private static Product checked(Product product) throws Refusal {
        int depth = product.shape().weightsPerOutput();
        if (depth > MOST_DEPTH) {
            throw new Refusal(Support.Cause.SHAPE, "sums of up to " + MOST_DEPTH + " products, found " + depth);
        }
        return product;
    }

    // --- convolutions ---

    private Product decomposedConvolution() throws Refusal {
        if (arguments.flag("transposed")) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "a transposed convolution");
        }
        int rank = arguments.sizes(weight("weight"), DType.FLOAT32).length - 2;
        if (rank < 1 || rank > 2) {
            throw new Refusal(Support.Cause.SHAPE, "convolutions over 1 or 2 dimensions, found " + rank);
        }
        return convolution(rank);
    }

    /** @param rank number of dimensions; a signal's length becomes the height, which the engine does not bound */
    private Product convolution(int rank) throws Refusal {
        int input = arguments.tensor("input");
        int[] x = arguments.sizes(input, DType.FLOAT32);
        int weight = weight("weight");
        int[] w = arguments.sizes(weight, DType.FLOAT32);
        int output = arguments.output();
        int[] y = arguments.sizes(output, DType.FLOAT32);
        if (w.length != rank + 2 || x.length != y.length || (x.length != rank + 2 && x.length != rank + 1)) {
            throw new Refusal(
                    Support.Cause.SHAPE,
                    "a convolution over " + rank + " dimensions of tensors of rank " + x.length + " and " + w.length);
        }
        int batch = x.length == rank + 2 ? x[0] : 1;
        int first = x.length - rank;
        int[] stride = arguments.integers("stride", rank);
        int[] dilation = arguments.integers("dilation", rank);
        int groups = arguments.integer("groups");
        int[] padding = padding(rank, w, dilation);
        for (int i = 0; i < rank; i++) {
            if (stride[i] < 1 || dilation[i] < 1 || padding[i] < 0) {
                throw new Refusal(
                        Support.Cause.ATTRIBUTE,
                        "strides and dilations of 1 or more and padding of 0 or more, found " + stride[i] + ", "
                                + dilation[i] + ", " + padding[i]);
            }
        }
        int channels = x[first - 1];
        if (groups < 1 || channels != w[1] * groups || w[0] % groups != 0 || y[first - 1] != w[0]) {
            throw new Refusal(
                    Support.Cause.SHAPE,
                    "channels do not fit: " + channels + " in, weights " + w[0] + "x" + w[1] + ", " + groups
                            + " groups");
        }
        int height = x[first];
        int width = rank == 1 ? 1 : x[first + 1];
        int kernelWidth = rank == 1 ? 1 : w[3];
        int strideWidth = rank == 1 ? 1 : stride[1];
        int dilationWidth = rank == 1 ? 1 : dilation[1];
        int padLeft = rank == 1 ? 0 : padding[1];
        int outputHeight = y[first];
        int outputWidth = rank == 1 ? 1 : y[first + 1];
        ConvShape shape = new ConvShape(
                channels,
                height,
                width,
                w[0],
                w[2],
                kernelWidth,
                stride[0],
                strideWidth,
                padding[0],
                padLeft,
                farPadding(outputHeight, height, w[2], stride[0], padding[0], dilation[0]),
                farPadding(outputWidth, width, kernelWidth, strideWidth, padLeft, dilationWidth),
                dilation[0],
                dilationWidth,
                groups,
                false);
        if (shape.outputHeight() != outputHeight || shape.outputWidth() != outputWidth) {
            throw new Refusal(
                    Support.Cause.SHAPE,
                    "a result of " + shape.outputHeight() + "x" + shape.outputWidth() + ", found " + outputHeight + "x"
                            + outputWidth);
        }
        int perInput = w[2] * kernelWidth;
        return new Product(
                shape,
                batch,
                input,
                Order.PLANAR,
                weight,
                new WeightOrder(w[1] * perInput, perInput),
                0,
                bias("bias", w[0]),
                output,
                Order.PLANAR);
    }

    private static int farPadding(int output, int input, int kernel, int stride, int near, int dilation) {
        return Math.max(0, (output - 1) * stride + (kernel - 1) * dilation + 1 - near - input);
    }

    /** Near-side padding; what {@code same} puts to the far side follows from the output's size. */
    private int[] padding(int rank, int[] w, int[] dilation) throws Refusal {
        String text = arguments.text("padding");
        if (text == null) {
            return arguments.integers("padding", rank);
        }
        int[] padding = new int[rank];
        for (int i = 0; i < rank; i++) {
            padding[i] = switch (text) {
                case "valid" -> 0;
                case "same" -> dilation[i] * (w[2 + i] - 1) / 2;
                default -> throw new Refusal(Support.Cause.ATTRIBUTE, "padding 'same' or 'valid', found " + text);
            };
        }
        return padding;
    }

    // --- matrix products ---

    private Product linear() throws Refusal {
        int input = arguments.tensor("input");
        int[] x = arguments.sizes(input, DType.FLOAT32);
        int weight = weight("weight");
        int[] w = arguments.sizes(weight, DType.FLOAT32);
        if (w.length != 2 || x.length < 1 || x[x.length - 1] != w[1]) {
            throw new Refusal(Support.Cause.SHAPE, "a linear layer's weights must be a matrix that fits its input");
        }
        return shared(input, x, weight, w[1], w[0], new WeightOrder(w[1], 1), bias("bias", w[0]));
    }

    private Product addmm() throws Refusal {
        if (arguments.number("beta", 1) != 1 || arguments.number("alpha", 1) != 1) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "beta and alpha must be 1");
        }
        int input = arguments.tensor("mat1");
        int[] x = arguments.sizes(input, DType.FLOAT32);
        int right = arguments.tensor("mat2");
        int[] w = arguments.sizes(right, DType.FLOAT32);
        if (x.length != 2 || w.length != 2 || x[1] != w[0]) {
            throw new Refusal(Support.Cause.SHAPE, "two matrices that fit");
        }
        return shared(input, x, right, w[0], w[1], new WeightOrder(1, w[1]), bias("self", w[1]));
    }

    private Product matmul(String leftName, String rightName) throws Refusal {
        int left = arguments.tensor(leftName);
        int right = arguments.tensor(rightName);
        int[] a = arguments.sizes(left, DType.FLOAT32);
        int[] b = arguments.sizes(right, DType.FLOAT32);
        if (b.length < 2 || a.length < 1) {
            throw new Refusal(Support.Cause.SHAPE, "products with matrices, found ranks " + a.length + ", " + b.length);
        }
        int depth = a[a.length - 1];
        int columns = b[b.length - 1];
        if (b[b.length - 2] != depth) {
            throw new Refusal(Support.Cause.SHAPE, "matrices that fit, found depths " + depth + ", " + b[b.length - 2]);
        }
        if (b.length == 2 && graph.weight(left) == null) {
            return shared(left, a, right, depth, columns, new WeightOrder(1, columns), Product.NO_BIAS);
        }
        if (a.length < 2) {
            throw new Refusal(Support.Cause.SHAPE, "a vector times a stack of matrices");
        }
        int rows = a[a.length - 2];
        if (a.length == 2 && graph.weight(left) != null && graph.weight(right) == null) {
            // The weights are on the left: a convolution of 1x1 over columns as pixels, of each matrix of the stack.
            return new Product(
                    ConvShape.product(columns, depth, rows),
                    stack(b),
                    right,
                    Order.PLANAR,
                    left,
                    new WeightOrder(depth, 1),
                    0,
                    Product.NO_BIAS,
                    output(stack(b) * rows * columns),
                    Order.PLANAR);
        }
        boolean sameStacks = a.length == b.length;
        for (int i = 0; sameStacks && i < a.length - 2; i++) {
            sameStacks = a[i] == b[i];
        }
        if (!sameStacks || graph.weight(left) != null) {
            throw new Refusal(
                    Support.Cause.SHAPE, "stacks of equally many matrices, of which the left ones are activations");
        }
        return new Product(
                ConvShape.product(rows, depth, columns),
                stack(a),
                left,
                Order.INTERLEAVED,
                right,
                new WeightOrder(1, columns),
                depth * columns,
                Product.NO_BIAS,
                output(stack(a) * rows * columns),
                Order.INTERLEAVED);
    }

    /** All rows of {@code x} times one matrix. */
    private Product shared(int input, int[] x, int weights, int depth, int columns, WeightOrder order, int bias)
            throws Refusal {
        if (graph.weight(input) != null) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "a weight on the left of a weight");
        }
        int rows = 1;
        for (int i = 0; i < x.length - 1; i++) {
            rows *= x[i];
        }
        return new Product(
                ConvShape.product(rows, depth, columns),
                1,
                input,
                Order.INTERLEAVED,
                weights,
                order,
                0,
                bias,
                output(rows * columns),
                Order.INTERLEAVED);
    }

    private static int stack(int[] sizes) {
        int count = 1;
        for (int i = 0; i < sizes.length - 2; i++) {
            count *= sizes[i];
        }
        return count;
    }

    // --- operands ---

    private int output(int elements) throws Refusal {
        int output = arguments.output();
        int found = 1;
        for (int size : arguments.sizes(output, DType.FLOAT32)) {
            found *= size;
        }
        if (found != elements) {
            throw new Refusal(Support.Cause.SHAPE, "a result of " + elements + " elements, found " + found);
        }
        return output;
    }

    /** An operand that must be part of the model. */
    private int weight(String name) throws Refusal {
        int value = arguments.tensor(name);
        if (graph.weight(value) == null) {
            throw new Refusal(Support.Cause.ATTRIBUTE, name + " must be a weight of the model");
        }
        return value;
    }

    private int bias(String name, int channels) throws Refusal {
        if (layer.argument(name) == null || layer.argument(name) instanceof Argument.None) {
            return Product.NO_BIAS;
        }
        int value = weight(name);
        int[] sizes = arguments.sizes(value, DType.FLOAT32);
        if (sizes.length != 1 || sizes[0] != channels) {
            throw new Refusal(Support.Cause.SHAPE, name + " must have one element per output channel");
        }
        return value;
    }
}
