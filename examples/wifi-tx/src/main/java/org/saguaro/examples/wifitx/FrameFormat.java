// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

/**
 * Sizes of a frame: a 40 MHz channel of 802.11n (IEEE 802.11-2020, clause 19) with one spatial stream, QPSK and code rate 1/2. A payload
 * and its checksum fill ten symbols of 108 data bits but for two bits of padding.
 */
final class FrameFormat {

    static final int FRAMES = 10;
    static final int SYMBOLS = 10;
    static final int POINTS = 128;
    /** Samples of the cyclic prefix: a quarter of the symbol. */
    static final int PREFIX = 32;

    static final int PAYLOAD_BYTES = 128;
    static final int CHECKSUM_BYTES = 4;
    /** Zeros at the start, by which a receiver finds the scrambler's seed. */
    static final int SERVICE_BITS = 16;
    /** Zeros behind the data, which bring the encoder back to its first state. */
    static final int TAIL_BITS = 6;

    static final int DATA_CARRIERS = 108;
    static final int PILOTS = 6;
    static final int CODED_BITS_PER_SYMBOL = 2 * DATA_CARRIERS;
    static final int DATA_BITS_PER_SYMBOL = CODED_BITS_PER_SYMBOL / 2;
    static final int DATA_BITS = SYMBOLS * DATA_BITS_PER_SYMBOL;
    /** Where the tail begins. */
    static final int TAIL_AT = SERVICE_BITS + (PAYLOAD_BYTES + CHECKSUM_BYTES) * Byte.SIZE;

    /** Samples of a symbol with its prefix. */
    static final int SYMBOL_SAMPLES = PREFIX + POINTS;
    /** Numbers of a frame's waveform: real and imaginary parts in turns. */
    static final int FRAME_FLOATS = 2 * SYMBOLS * SYMBOL_SAMPLES;

    private FrameFormat() {}
}
