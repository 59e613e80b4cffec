// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.model;

import java.nio.ByteBuffer;
import org.saguaro.accel.zynq.engine.Registers;

/** The memory as one command may reach it: inside its window, and not where errors were arranged. */
final class ModelBus {

    private static final int BEAT = 16;

    private final ModelMemory memory;
    private final long begin;
    private final long end;
    private final long errorFrom;
    private final long errorTo;

    ModelBus(ModelMemory memory, long begin, long end, long errorFrom, long errorTo) {
        this.memory = memory;
        this.begin = begin;
        this.end = end;
        this.errorFrom = errorFrom;
        this.errorTo = errorTo;
    }

    /** Where a range that is read lies in {@link #bytes}. */
    int read(long address, long length) throws Failure {
        return check(address, length, Registers.READ_ERROR);
    }

    /** Where a range that is written lies. */
    int write(long address, long length) throws Failure {
        return check(address, length, Registers.WRITE_ERROR);
    }

    ByteBuffer bytes() {
        return memory.device();
    }

    private int check(long address, long length, int code) throws Failure {
        long last = (address + length + BEAT - 1) / BEAT * BEAT;
        if (address % BEAT != 0 || address < begin || last > end) {
            throw new Failure(Registers.BAD_ADDRESS, address);
        }
        if (address < errorTo && last > errorFrom) {
            throw new Failure(code, errorFrom);
        }
        return (int) (address - memory.physicalAddress());
    }

    /** A command that ends with an error. */
    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;

        final int code;
        final long address;

        Failure(int code, long address) {
            super("error " + code, null, false, false);
            this.code = code;
            this.address = address;
        }
    }
}
