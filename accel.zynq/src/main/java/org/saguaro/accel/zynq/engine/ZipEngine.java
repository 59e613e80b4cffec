// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.zynq.device.DeviceException;
import org.saguaro.accel.zynq.device.DmaRegion;
import org.saguaro.accel.zynq.device.EnginePort;

/** The engine for element-wise operations of complex float32 vectors, {re, im} per element. As {@link Engine}. */
public final class ZipEngine extends Engine {

    private static final long MAX_ELEMENTS = (1 << 28) - 1;

    public ZipEngine(EnginePort port, DmaRegion memory, EngineSettings settings) {
        super(port, memory, settings, Registers.ZIP_ID);
    }

    /** What it computes. */
    public enum Operation {
        ADD(0),
        SUBTRACT(1),
        MULTIPLY(2),
        /** By the conjugate of the second operand. */
        MULTIPLY_CONJUGATE(3);

        private final int code;

        Operation(int code) {
            this.code = code;
        }
    }

    /** What it takes, about: an element per cycle. */
    public static long expectedCycles(long elements) {
        return elements + 150;
    }

    /**
     * Computes {@code result[i] = a[i] op b[i]}. Caches must have been synchronised. If {@code elements} is odd, the 8 bytes behind the operands are read.
     *
     * @param elements 1 up to 2^28 - 1
     * @param a physical address, a multiple of 16; so are the others
     * @return the cycles it took
     * @throws AccelException as {@link Engine} says
     */
    public long run(Operation operation, long elements, long a, long b, long result) throws AccelException {
        if (elements < 1 || elements > MAX_ELEMENTS) {
            throw new IllegalArgumentException("a vector of " + elements + " elements");
        }
        ensureReady();
        try {
            configure(0, operation.code);
            configure(1, (int) elements);
            configureAddress(2, a);
            configureAddress(4, b);
            configureAddress(6, result);
            return complete(expectedCycles(elements));
        } catch (DeviceException e) {
            throw lost(e);
        }
    }

    @Override
    void checkCapabilities(int caps0, int caps1) throws AccelException {
        int all = (1 << Operation.values().length) - 1;
        if ((caps0 & all) != all) {
            throw lost(String.format("expected all operations (0x%x), it has 0x%x", all, caps0));
        }
    }
}
