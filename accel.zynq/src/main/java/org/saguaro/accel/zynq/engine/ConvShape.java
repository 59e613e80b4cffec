// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/**
 * The geometry of one image's convolution, of a matrix product or of max pooling. Paddings may differ from side to side; output sizes follow from them.
 *
 * @param inputChannels of all groups
 * @param outputChannels of all groups
 * @param groups divides both
 * @param maxPool whether the largest tap of each channel is taken instead of a sum of products; then the channels are equal and there are no weights
 */
public record ConvShape(
        int inputChannels,
        int inputHeight,
        int inputWidth,
        int outputChannels,
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int padTop,
        int padLeft,
        int padBottom,
        int padRight,
        int dilationHeight,
        int dilationWidth,
        int groups,
        boolean maxPool) {

    public ConvShape {
        require(inputChannels > 0 && inputHeight > 0 && inputWidth > 0, "an input without elements");
        require(outputChannels > 0, "no output channels");
        require(
                kernelHeight > 0 && kernelWidth > 0 && strideHeight > 0 && strideWidth > 0,
                "a kernel or stride below 1");
        require(dilationHeight > 0 && dilationWidth > 0, "a dilation below 1");
        require(padTop >= 0 && padLeft >= 0 && padBottom >= 0 && padRight >= 0, "a negative padding");
        require(
                groups > 0 && inputChannels % groups == 0 && outputChannels % groups == 0,
                groups + " groups of " + inputChannels + " -> " + outputChannels + " channels");
        require(!maxPool || inputChannels == outputChannels, "max pooling that changes the number of channels");
    }

    /** A convolution with the same numbers in both directions. */
    public static ConvShape square(
            int inputChannels, int height, int width, int outputChannels, int kernel, int stride, int pad) {
        return new ConvShape(
                inputChannels,
                height,
                width,
                outputChannels,
                kernel,
                kernel,
                stride,
                stride,
                pad,
                pad,
                pad,
                pad,
                1,
                1,
                1,
                false);
    }

    /** {@code rows x depth} times {@code depth x columns}: the left matrix is the input, the transposed right one the weights. */
    public static ConvShape product(int rows, int depth, int columns) {
        return new ConvShape(depth, rows, 1, columns, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, false);
    }

    /** This in so many groups. */
    public ConvShape inGroups(int number) {
        return new ConvShape(
                inputChannels,
                inputHeight,
                inputWidth,
                outputChannels,
                kernelHeight,
                kernelWidth,
                strideHeight,
                strideWidth,
                padTop,
                padLeft,
                padBottom,
                padRight,
                dilationHeight,
                dilationWidth,
                number,
                maxPool);
    }

    /** This kernel over this image, but taking the largest tap. */
    public ConvShape asMaxPool() {
        return new ConvShape(
                inputChannels,
                inputHeight,
                inputWidth,
                inputChannels,
                kernelHeight,
                kernelWidth,
                strideHeight,
                strideWidth,
                padTop,
                padLeft,
                padBottom,
                padRight,
                dilationHeight,
                dilationWidth,
                1,
                true);
    }

    /** Rows of the output; below 1 if the kernel is larger than the padded image. */
    public int outputHeight() {
        return Math.floorDiv(inputHeight + padTop + padBottom - reachHeight(), strideHeight) + 1;
    }

    /** Columns of the output; as {@link #outputHeight}. */
    public int outputWidth() {
        return Math.floorDiv(inputWidth + padLeft + padRight - reachWidth(), strideWidth) + 1;
    }

    /** Multiplications of one image. */
    public long macs() {
        return maxPool
                ? 0
                : (long) outputHeight()
                        * outputWidth()
                        * outputChannels
                        * (inputChannels / groups)
                        * kernelHeight
                        * kernelWidth;
    }

    /** Weights per output channel, in the order input channel of the group, row, column. */
    public int weightsPerOutput() {
        return inputChannels / groups * kernelHeight * kernelWidth;
    }

    int reachHeight() {
        return (kernelHeight - 1) * dilationHeight + 1;
    }

    int reachWidth() {
        return (kernelWidth - 1) * dilationWidth + 1;
    }

    @Override
    public String toString() {
        return (maxPool ? "max pooling " : "") + inputHeight + "x" + inputWidth + "x" + inputChannels + " -> "
                + outputHeight()
                + "x" + outputWidth() + "x" + outputChannels + ", kernel " + kernelHeight + "x" + kernelWidth
                + ", stride "
                + strideHeight + "x" + strideWidth + ", padding " + padTop + "," + padLeft + "," + padBottom + ","
                + padRight
                + ", dilation " + dilationHeight + "x" + dilationWidth + ", groups " + groups;
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException("a convolution with " + otherwise);
        }
    }
}
