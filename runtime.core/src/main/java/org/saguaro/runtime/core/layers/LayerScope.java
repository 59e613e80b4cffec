// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;
import org.saguaro.model.api.OpName;
import org.saguaro.model.api.Tensor;

/**
 * Operators to call, and the owner of the tensors that come of it. Thread-safe.
 *
 * <p>Every operator returns at once with a handle; it runs when its operands are there and a processing element is free. To wait for a
 * result there are {@link DeviceTensor#await} and {@link DeviceTensor#read}, to be told of it {@link DeviceTensor#ready} and {@link
 * DeviceTensor#host}. Operands may come from any scope of the same session. Names, arithmetic and limits of the operators are
 * PyTorch's; element types are not promoted, but for a real operand beside a complex one of the same width.
 *
 * <p>The first call of an operator with new sizes, element types, attributes or constants prepares kernels for it, in the calling
 * thread, which takes milliseconds; the latest ones used are kept.
 *
 * <p>All operators throw {@link IllegalArgumentException} if the operands are known not to fit, {@link
 * java.util.concurrent.RejectedExecutionException} if there are too many calls in flight and more are refused, and {@link
 * IllegalStateException} if the scope or an operand is closed. Whatever else goes wrong, also that no processing element supports the
 * operator, is told by the result, and by whatever depends on it.
 */
@ProviderType
public interface LayerScope extends AutoCloseable {

    // --- tensors ---

    /** Brings a tensor of the host, which is read before this returns. */
    DeviceTensor tensor(Tensor source);

    /**
     * Brings a tensor that stays the same for many calls: weights, a matched filter. Kernels are prepared with it, once, and a call on
     * another constant is another kernel. It is read before this returns.
     */
    DeviceTensor constant(Tensor source);

    /** A scope inside this one, which closes it if nobody did before. */
    LayerScope scope();

    /**
     * A scope inside this one whose calls are held back until {@link #flush}: then all those whose operands are there become ready at
     * once, so that the scheduling policy sees them together. Waiting for one of its tensors flushes it too.
     */
    LayerScope batch();

    /** Lets the calls go that a {@link #batch} holds back; nothing to do for other scopes. */
    void flush();

    /** Flushes it and closes its tensors and scopes. Calls issued before go on. A second call does nothing. */
    @Override
    void close();

    // --- neural networks ---

    /** {@code conv1d}: input [batch, channels, length] or [channels, length], weight [outputs, channels / groups, taps], bias [outputs]. */
    DeviceTensor conv1d(DeviceTensor input, DeviceTensor weight, @Nullable DeviceTensor bias, Convolution how);

    /** {@code conv2d}: input [batch, channels, height, width] or without batch, weight [outputs, channels / groups, rows, columns]. */
    DeviceTensor conv2d(DeviceTensor input, DeviceTensor weight, @Nullable DeviceTensor bias, Convolution how);

    /** {@code linear}: input [..., features] times weight [outputs, features] transposed, plus bias [outputs]. */
    DeviceTensor linear(DeviceTensor input, DeviceTensor weight, @Nullable DeviceTensor bias);

    /** {@code matmul}: matrices, or stacks of matrices of the same or broadcast batch sizes. */
    DeviceTensor matmul(DeviceTensor left, DeviceTensor right);

    /** {@code max_pool1d}. */
    DeviceTensor maxPool1d(DeviceTensor input, Pooling how);

    /** {@code max_pool2d}. */
    DeviceTensor maxPool2d(DeviceTensor input, Pooling how);

    /** {@code avg_pool1d}; padding counts. */
    DeviceTensor averagePool1d(DeviceTensor input, Pooling how);

    /** {@code avg_pool2d}; padding counts. */
    DeviceTensor averagePool2d(DeviceTensor input, Pooling how);

    DeviceTensor relu(DeviceTensor input);

    DeviceTensor sigmoid(DeviceTensor input);

    /** {@code softmax} along a dimension. */
    DeviceTensor softmax(DeviceTensor input, int dim);

    // --- signals ---

    /** {@code fft.fft} over the last dimension; the input is real or complex, the result complex. */
    DeviceTensor fft(DeviceTensor signal);

    /** The same, of the signal cut or padded with zeros to {@code points}. */
    DeviceTensor fft(DeviceTensor signal, long points);

    /** {@code fft.ifft} over the last dimension, divided by its length. */
    DeviceTensor ifft(DeviceTensor spectrum);

    /** The same, of the spectrum cut or padded with zeros to {@code points}. */
    DeviceTensor ifft(DeviceTensor spectrum, long points);

    /** {@code fft.fftshift} of the dimensions given: the zero frequency goes to the middle. */
    DeviceTensor fftShift(DeviceTensor spectrum, int... dims);

    /** The real parts. */
    DeviceTensor real(DeviceTensor input);

    /** Magnitudes: real, of a complex input too. */
    DeviceTensor abs(DeviceTensor input);

    // --- element by element, of the same sizes or broadcast ---

    DeviceTensor add(DeviceTensor left, DeviceTensor right);

    DeviceTensor subtract(DeviceTensor left, DeviceTensor right);

    DeviceTensor multiply(DeviceTensor left, DeviceTensor right);

    DeviceTensor divide(DeviceTensor left, DeviceTensor right);

    /** Left times the complex conjugate of right, as one task ({@link org.saguaro.model.api.SignalOps#MULTIPLY_CONJUGATE}). */
    DeviceTensor multiplyConjugate(DeviceTensor left, DeviceTensor right);

    /** Times a number. */
    DeviceTensor scale(DeviceTensor input, double factor);

    // --- reductions and order ---

    /** Position of the largest element along a dimension, int64. */
    DeviceTensor argmax(DeviceTensor input, int dim);

    /** One after the other along a dimension. */
    DeviceTensor concat(int dim, List<? extends DeviceTensor> parts);

    /** The same elements in row-major order with other sizes; one may be -1. Costs nothing: both share memory. */
    DeviceTensor reshape(DeviceTensor input, long... sizes);

    /** Two dimensions exchanged. */
    DeviceTensor transpose(DeviceTensor input, int first, int second);

    /** Elements {@code from} to {@code to}, exclusive, of a dimension. */
    DeviceTensor slice(DeviceTensor input, int dim, long from, long to);

    // --- everything else ---

    /** A call of any operator that a processing element present supports. */
    OperatorCall operator(OpName name);

    /** As {@link #operator(OpName)}, of {@code aten.roll} or {@code aten.add.Tensor}. */
    default OperatorCall operator(String name) {
        return operator(OpName.parse(name));
    }
}
