// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

/** What can be made to go wrong in the simulation, per engine, until {@link #HEALTHY}. */
public enum Fault {
    /** Ends all others. */
    HEALTHY(0),
    /** The interrupt never comes; the registers tell the truth. */
    NO_INTERRUPT(1),
    /** Bits of the status are inverted: those set in the first parameter. */
    CORRUPT_STATUS(2),
    /** Bursts that touch physical addresses from the first parameter up to but without the second are answered with an error. */
    BUS_ERROR(3),
    /** The memory answers no more. */
    BUS_SILENT(4),
    /** Registers read as all ones, writes are lost, no time passes inside. */
    GONE(5);

    private final int code;

    Fault(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
