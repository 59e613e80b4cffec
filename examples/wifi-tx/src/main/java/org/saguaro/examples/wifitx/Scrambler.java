// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

/** The sequence of {@code x^7 + x^4 + 1}, added to bits: what scrambles also descrambles. Used by one thread. */
final class Scrambler {

    private static final int LENGTH = 7;
    private static final int PERIOD = (1 << LENGTH) - 1;
    private static final int FIRST_SEED = 93;

    /** The last seven bits of the sequence, the oldest is the highest. */
    private int state;

    /** @param seed 1 to 127 */
    Scrambler(int seed) {
        if (seed < 1 || seed > PERIOD) {
            throw new IllegalArgumentException("a seed from 1 to " + PERIOD + " is expected, found " + seed);
        }
        state = seed;
    }

    /** The seed for a frame: another one for each, none is 0. */
    static int seedOf(int frame) {
        return (FIRST_SEED - 1 + frame) % PERIOD + 1;
    }

    /** Goes on where the first bits of its sequence left off; a receiver knows them, because they were added to zeros. */
    static Scrambler after(byte[] firstBits) {
        int state = 0;
        for (int i = 0; i < LENGTH; i++) {
            state = (state << 1) | firstBits[i];
        }
        // All zeros come from no transmitter; they scramble nothing, and the checksum tells.
        Scrambler scrambler = new Scrambler(Math.max(1, state));
        scrambler.state = state;
        return scrambler;
    }

    /** Adds the sequence to all bits. */
    void scramble(byte[] bits) {
        scramble(bits, 0);
    }

    /** Adds the sequence to the bits from a position on. */
    void scramble(byte[] bits, int from) {
        for (int i = from; i < bits.length; i++) {
            bits[i] ^= next();
        }
    }

    /** The next bit of the sequence. */
    byte next() {
        int bit = ((state >>> 3) ^ (state >>> 6)) & 1;
        state = ((state << 1) | bit) & PERIOD;
        return (byte) bit;
    }
}
