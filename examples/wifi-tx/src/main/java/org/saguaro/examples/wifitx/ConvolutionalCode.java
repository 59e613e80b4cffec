// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

/** The code of rate 1/2 and constraint length 7 with the generators 133 and 171 (octal): each bit becomes two. */
final class ConvolutionalCode {

    static final int MEMORY = 6;
    static final int STATES = 1 << MEMORY;

    private static final int FIRST = 0133;
    private static final int SECOND = 0171;

    private ConvolutionalCode() {}

    /** Both coded bits, the first one higher: of a bit that comes when the six before it are {@code state}, the latest one highest. */
    static int coded(int state, int bit) {
        int window = (bit << MEMORY) | state;
        return (parity(window & FIRST) << 1) | parity(window & SECOND);
    }

    /** The state after that bit. */
    static int next(int state, int bit) {
        return ((bit << MEMORY) | state) >>> 1;
    }

    private static int parity(int bits) {
        return Integer.bitCount(bits) & 1;
    }

    static byte[] encode(byte[] bits) {
        byte[] coded = new byte[2 * bits.length];
        int state = 0;
        for (int i = 0; i < bits.length; i++) {
            int pair = coded(state, bits[i]);
            coded[2 * i] = (byte) (pair >>> 1);
            coded[2 * i + 1] = (byte) (pair & 1);
            state = next(state, bits[i]);
        }
        return coded;
    }
}
