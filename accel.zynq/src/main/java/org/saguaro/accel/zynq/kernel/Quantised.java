// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

/** Rounding to integers without a branch. */
final class Quantised {

    /** 1.5 · 2^52: added to a number below 2^31, the sum's last bits are the nearest integer, ties to even. */
    private static final double TO_INTEGER = 6755399441055744.0;

    private Quantised() {}

    /** The nearest integer of a number whose magnitude is below 2^31. */
    static int round(double value) {
        return (int) Double.doubleToRawLongBits(value + TO_INTEGER);
    }
}
