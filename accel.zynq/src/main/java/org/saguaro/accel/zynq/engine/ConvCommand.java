// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/**
 * One start of a convolution engine: its registers but for the addresses, and where in the plan's buffers it reads and writes. Immutable.
 */
public final class ConvCommand {

    /** The configuration registers. */
    static final int REGISTERS = 38;
    /** So many of them are addresses, at the beginning. */
    static final int ADDRESS_REGISTERS = 6;

    private final ConvArray array;
    private final int[] registers;
    private final long inputOffset;
    private final long weightOffset;
    private final long outputOffset;
    private final long expectedCycles;

    ConvCommand(
            ConvArray array,
            int[] registers,
            long inputOffset,
            long weightOffset,
            long outputOffset,
            long expectedCycles) {
        this.array = array;
        this.registers = registers;
        this.inputOffset = inputOffset;
        this.weightOffset = weightOffset;
        this.outputOffset = outputOffset;
        this.expectedCycles = expectedCycles;
    }

    /** The engine that it is made for. */
    public ConvArray array() {
        return array;
    }

    /** What it should take. */
    public long expectedCycles() {
        return expectedCycles;
    }

    /** In bytes, from the beginning of the plan's input. */
    long inputOffset() {
        return inputOffset;
    }

    long weightOffset() {
        return weightOffset;
    }

    long outputOffset() {
        return outputOffset;
    }

    /** The value of a register behind the addresses. */
    int register(int index) {
        return registers[index];
    }
}
