// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.zynq.engine.ConvShape;

/**
 * A convolution or matrix product, whatever operator it was: the head of a unit.
 *
 * @param shape of one image; a matrix product is a convolution of 1x1 over an image of one column
 * @param images how many there are, one behind the other
 * @param input value of the activations
 * @param inputOrder how they lie
 * @param weights value of the other operand: a weight of the model, or activations as well
 * @param weightOrder how they lie
 * @param weightStride elements from the weights of one image to those of the next; 0 if all use the same
 * @param bias value of what is added per output channel, a weight of the model, or {@link #NO_BIAS}
 * @param output value that it makes
 * @param outputOrder how it lies
 */
record Product(
        ConvShape shape,
        int images,
        int input,
        Order inputOrder,
        int weights,
        WeightOrder weightOrder,
        int weightStride,
        int bias,
        int output,
        Order outputOrder) {

    static final int NO_BIAS = -1;

    /** How the elements of an image lie. */
    enum Order {
        /** All pixels of a channel behind each other: PyTorch's pictures. */
        PLANAR,
        /** All channels of a pixel behind each other: rows of a matrix. */
        INTERLEAVED
    }

    /**
     * Where a weight is.
     *
     * @param perOutput elements from one output channel to the next
     * @param perInput elements from one input channel of a group to the next; inside are kernel rows and columns
     */
    record WeightOrder(int perOutput, int perInput) {}

    int inputElements() {
        return shape.inputChannels() * inputPixels();
    }

    int inputPixels() {
        return shape.inputHeight() * shape.inputWidth();
    }

    int outputElements() {
        return shape.outputChannels() * outputPixels();
    }

    int outputPixels() {
        return shape.outputHeight() * shape.outputWidth();
    }
}
