// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.engine;

/**
 * How large a convolution engine is; its capability registers say the same.
 *
 * @param lanes output channels computed at once
 * @param weightRows that its weight memory holds, one row being 16 weights per lane
 * @param activationBeats of 16 bytes that its activation memory holds
 */
public record ConvArray(int lanes, int weightRows, int activationBeats) {

    /** Input channels that one step multiplies: the bytes of a beat. */
    public static final int BLOCK = 16;

    /** The one of our overlays. */
    public static final ConvArray OVERLAY = new ConvArray(64, 512, 8192);

    /** What CAPS0 and CAPS1 say. */
    static ConvArray of(int caps0, int caps1) {
        return new ConvArray(caps0 >>> 16, 1 << (caps1 & 31), 1 << (caps1 >>> 8 & 31));
    }

    /** Multiplications and additions it does in a cycle, counted as one. */
    public int macsPerCycle() {
        return BLOCK * lanes;
    }

    static int blocks(int channels) {
        return (channels + BLOCK - 1) / BLOCK;
    }
}
