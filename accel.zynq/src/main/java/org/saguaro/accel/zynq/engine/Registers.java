// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/** The register page of every engine, as rtl/README.md describes it. Offsets are in bytes. */
public final class Registers {

    public static final int ID = 0x00;
    public static final int VERSION = 0x04;
    public static final int CAPS0 = 0x08;
    public static final int CAPS1 = 0x0C;
    public static final int CTRL = 0x10;
    public static final int STATUS = 0x14;
    public static final int IRQ_ENABLE = 0x18;
    public static final int IRQ_STATUS = 0x1C;
    public static final int ERROR_ADDR = 0x20;
    public static final int WATCHDOG = 0x28;
    public static final int CYCLES = 0x2C;
    public static final int MEM_BASE = 0x30;
    public static final int MEM_LIMIT = 0x38;
    public static final int CONFIGURATION = 0x40;

    /** What ID holds. */
    public static final int CONV_ID = 0x53475643;

    public static final int FFT_ID = 0x53475646;
    public static final int ZIP_ID = 0x5347565A;

    /** Bits of CTRL. */
    public static final int START = 1;

    public static final int ABORT = 2;

    /** Bits of STATUS. */
    public static final int BUSY = 1;

    public static final int DONE = 2;
    public static final int ERROR = 4;
    public static final int HUNG = 8;

    /** Error codes in STATUS. */
    public static final int BAD_CONFIG = 1;

    public static final int BAD_ADDRESS = 2;
    public static final int READ_ERROR = 3;
    public static final int WRITE_ERROR = 4;
    public static final int WATCHDOG_ENDED = 5;
    public static final int ABORTED = 6;
    public static final int REFUSED = 7;

    private static final int KNOWN_BITS = 0xF0F;

    private Registers() {}

    static int errorCode(int status) {
        return status >>> 8 & 15;
    }

    /**
     * Whether no engine ever says that. While it is busy it may know its error already, and is neither done nor has it ended with an error.
     */
    static boolean impossible(int status) {
        int code = errorCode(status);
        boolean busy = (status & BUSY) != 0;
        boolean done = (status & DONE) != 0;
        boolean error = (status & ERROR) != 0;
        boolean hung = (status & HUNG) != 0;
        return (status & ~KNOWN_BITS) != 0
                || (busy && (done || error || hung))
                || (done && (error || code != 0))
                || (hung && !error)
                || (error ? code == 0 || code > REFUSED : code != 0 && !busy);
    }
}
