// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.nio.ByteBuffer;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.TensorBuffer;

/**
 * Element-wise arithmetic on two complex64 tensors of the same sizes, in Java: a call of libtorch costs more than some hundred elements.
 */
final class ZipKernel extends SignalKernel {

    /** What is done with two elements. */
    enum Arithmetic {
        ADD,
        SUBTRACT,
        MULTIPLY,
        MULTIPLY_CONJUGATE
    }

    private final Arithmetic arithmetic;

    ZipKernel(String device, String name, long[] sizes, Arithmetic arithmetic) {
        super(device, name, 2, sizes);
        this.arithmetic = arithmetic;
    }

    @Override
    void compute(TensorBuffer[] inputs, TensorBuffer output) throws AccelException {
        ByteBuffer left = inputs[0].host().bytes();
        ByteBuffer right = inputs[1].host().bytes();
        ByteBuffer target = output.host().bytes();
        int end = Math.toIntExact(output.sizeBytes());
        switch (arithmetic) {
            case ADD -> add(left, right, target, end, 1);
            case SUBTRACT -> add(left, right, target, end, -1);
            case MULTIPLY -> multiply(left, right, target, end, 1);
            case MULTIPLY_CONJUGATE -> multiply(left, right, target, end, -1);
        }
    }

    private static void add(ByteBuffer left, ByteBuffer right, ByteBuffer target, int end, float sign) {
        for (int at = 0; at < end; at += 4) {
            target.putFloat(at, left.getFloat(at) + sign * right.getFloat(at));
        }
    }

    /** @param sign of the right operand's imaginary parts */
    private static void multiply(ByteBuffer left, ByteBuffer right, ByteBuffer target, int end, float sign) {
        for (int at = 0; at < end; at += 8) {
            float a = left.getFloat(at);
            float b = left.getFloat(at + 4);
            float c = right.getFloat(at);
            float d = sign * right.getFloat(at + 4);
            target.putFloat(at, a * c - b * d);
            target.putFloat(at + 4, a * d + b * c);
        }
    }
}
