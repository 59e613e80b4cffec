// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The elements of a dense float32 or float64 tensor, in its own memory, as double. Valid as long as the tensor; used by one
 * thread.
 */
abstract class Elements {

    /**
     * The elements of {@code tensor}.
     *
     * @throws IllegalArgumentException if it is of another type, not dense, or larger than 2 GiB
     */
    static Elements of(Tensor tensor) {
        long count = tensor.numel();
        if (!tensor.is_contiguous() || count * tensor.element_size() > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "a tensor must be dense and at most 2 GiB, found " + count + " elements");
        }
        torch.ScalarType type = tensor.scalar_type().intern();
        if (type == torch.ScalarType.Float) {
            return new Floats(
                    count == 0
                            ? FloatBuffer.allocate(0)
                            : new FloatPointer(tensor.data_ptr())
                                    .capacity(count)
                                    .asBuffer());
        }
        if (type == torch.ScalarType.Double) {
            return new Doubles(
                    count == 0
                            ? DoubleBuffer.allocate(0)
                            : new DoublePointer(tensor.data_ptr())
                                    .capacity(count)
                                    .asBuffer());
        }
        throw new IllegalArgumentException("elements must be float32 or float64, found " + type);
    }

    abstract double get(int index);

    abstract void set(int index, double value);

    /**
     * A number as the element type holds it. Rounding after each operation gives what arithmetic in the element type gives,
     * which matters where a result decides about something.
     */
    abstract double round(double value);

    private static final class Floats extends Elements {
        private final FloatBuffer buffer;

        Floats(FloatBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        double get(int index) {
            return buffer.get(index);
        }

        @Override
        void set(int index, double value) {
            buffer.put(index, (float) value);
        }

        @Override
        double round(double value) {
            return (float) value;
        }
    }

    private static final class Doubles extends Elements {
        private final DoubleBuffer buffer;

        Doubles(DoubleBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        double get(int index) {
            return buffer.get(index);
        }

        @Override
        void set(int index, double value) {
            buffer.put(index, value);
        }

        @Override
        double round(double value) {
            return value;
        }
    }
}
