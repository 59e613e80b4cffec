// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

/**
 * Spreads neighbouring coded bits of a symbol over the band: written by rows into 18 columns, read by columns. With QPSK the second
 * permutation of the standard moves nothing.
 */
final class Interleaver {

    private static final int COLUMNS = 18;
    private static final int ROWS = FrameFormat.CODED_BITS_PER_SYMBOL / COLUMNS;

    private Interleaver() {}

    /** Where the k-th coded bit of a symbol goes. */
    static int position(int k) {
        return ROWS * (k % COLUMNS) + k / COLUMNS;
    }

    /** All symbols of a frame, one after the other. */
    static byte[] interleave(byte[] coded) {
        byte[] interleaved = new byte[coded.length];
        for (int symbol = 0; symbol < coded.length; symbol += FrameFormat.CODED_BITS_PER_SYMBOL) {
            for (int k = 0; k < FrameFormat.CODED_BITS_PER_SYMBOL; k++) {
                interleaved[symbol + position(k)] = coded[symbol + k];
            }
        }
        return interleaved;
    }

    /** The inverse, of what was received of each bit. */
    static float[] deinterleave(float[] received) {
        float[] ordered = new float[received.length];
        for (int symbol = 0; symbol < received.length; symbol += FrameFormat.CODED_BITS_PER_SYMBOL) {
            for (int k = 0; k < FrameFormat.CODED_BITS_PER_SYMBOL; k++) {
                ordered[symbol + k] = received[symbol + position(k)];
            }
        }
        return ordered;
    }
}
