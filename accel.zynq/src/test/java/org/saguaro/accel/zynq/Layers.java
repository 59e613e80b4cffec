// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.util.List;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Weight;

/** Graphs of one layer with weights of one's own. */
final class Layers {

    private Layers() {}

    /** A 2-D convolution of an image, without bias. */
    record Convolution(
            int inputs,
            int height,
            int width,
            int outputs,
            int kernel,
            int stride,
            int padding,
            int dilation,
            int groups) {

        int depth() {
            return inputs / groups * kernel * kernel;
        }

        int outputHeight() {
            return (height + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
        }

        int outputWidth() {
            return (width + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
        }

        int inputCount() {
            return inputs * height * width;
        }

        int weightCount() {
            return outputs * depth();
        }

        LayerGraph graph(float[] weights) {
            LayerGraph.Builder builder = new LayerGraph.Builder("convolution");
            int x = builder.addInput("x", TensorSpec.of(DType.FLOAT32, 1, inputs, height, width));
            int w = builder.addWeight(
                    "w", "w", Weight.Kind.PARAMETER, Tensor.of(weights, outputs, inputs / groups, kernel, kernel));
            int y = builder.addValue("y", TensorSpec.of(DType.FLOAT32, 1, outputs, outputHeight(), outputWidth()));
            builder.addLayer(new Layer(
                    "conv",
                    OpName.parse("aten.conv2d.default"),
                    List.of(
                            NamedArgument.read("input", new Argument.Ref(x)),
                            NamedArgument.read("weight", new Argument.Ref(w)),
                            NamedArgument.read("bias", new Argument.None()),
                            NamedArgument.read("stride", Argument.ListOf.ints(stride, stride)),
                            NamedArgument.read("padding", Argument.ListOf.ints(padding, padding)),
                            NamedArgument.read("dilation", Argument.ListOf.ints(dilation, dilation)),
                            NamedArgument.read("groups", new Argument.Int(groups))),
                    List.of(y),
                    ""));
            return builder.addOutput(new Argument.Ref(y)).build();
        }

        /** Called for each product that is part of an output element. */
        @FunctionalInterface
        interface Products {
            void add(int output, int input, int weight);
        }

        /** All products of one element of the result, by output channel, row, column. */
        void forEachProduct(int output, Products products) {
            int pixels = outputHeight() * outputWidth();
            int channel = output / pixels;
            int y = output % pixels / outputWidth();
            int x = output % outputWidth();
            int groupInputs = inputs / groups;
            int first = channel / (outputs / groups) * groupInputs;
            for (int c = 0; c < groupInputs; c++) {
                for (int ky = 0; ky < kernel; ky++) {
                    for (int kx = 0; kx < kernel; kx++) {
                        int row = y * stride + ky * dilation - padding;
                        int column = x * stride + kx * dilation - padding;
                        if (row >= 0 && row < height && column >= 0 && column < width) {
                            products.add(
                                    output,
                                    ((first + c) * height + row) * width + column,
                                    ((channel * groupInputs + c) * kernel + ky) * kernel + kx);
                        }
                    }
                }
            }
        }
    }
}
