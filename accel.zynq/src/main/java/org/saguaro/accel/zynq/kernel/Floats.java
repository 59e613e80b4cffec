// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;

/** How large the elements of a float32 tensor are, from their bits: one pass without floating-point arithmetic, in which NaN is larger than infinity. */
final class Floats {

    /** What {@link #largestBits} gives at least if an element is infinite or no number. */
    static final int NOT_FINITE = 0x7f80_0000;

    private Floats() {}

    /** Bits of the largest magnitude among {@code count} elements from {@code first} on. */
    static int largestBits(ByteBuffer bytes, int first, int count) {
        int largest = 0;
        int end = (first + count) * Float.BYTES;
        for (int at = first * Float.BYTES; at < end; at += Float.BYTES) {
            largest = Math.max(largest, bytes.getInt(at) & 0x7fff_ffff);
        }
        return largest;
    }

    /** Whether one of the elements has a sign. */
    static boolean anyNegative(ByteBuffer bytes, int first, int count) {
        int signs = 0;
        int end = (first + count) * Float.BYTES;
        for (int at = first * Float.BYTES; at < end; at += Float.BYTES) {
            signs |= bytes.getInt(at);
        }
        return signs < 0;
    }
}
