// SPDX-License-Identifier: Apache-2.0
package org.example.accelerator;

import java.nio.FloatBuffer;

/** The device's instructions: float32 operators on operands of equal size. */
enum ElementWise {
    RELU {
        @Override
        void run(FloatBuffer left, FloatBuffer right, double alpha, FloatBuffer result, int count) {
            for (int i = 0; i < count; i++) {
                float x = left.get(i);
                // Written this way round, NaN stays NaN, as in PyTorch.
                result.put(i, x <= 0 ? 0 : x);
            }
        }
    },
    ADD {
        @Override
        void run(FloatBuffer left, FloatBuffer right, double alpha, FloatBuffer result, int count) {
            float factor = (float) alpha;
            for (int i = 0; i < count; i++) {
                result.put(i, left.get(i) + factor * right.get(i));
            }
        }
    },
    MUL {
        @Override
        void run(FloatBuffer left, FloatBuffer right, double alpha, FloatBuffer result, int count) {
            for (int i = 0; i < count; i++) {
                result.put(i, left.get(i) * right.get(i));
            }
        }
    };

    /**
     * Computes the first {@code count} elements.
     *
     * @param right the second operand; an operator of one operand gets the first again
     * @param alpha factor of the second operand of a sum
     */
    abstract void run(FloatBuffer left, FloatBuffer right, double alpha, FloatBuffer result, int count);
}
