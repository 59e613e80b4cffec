// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

import java.util.zip.CRC32;

/** From the bytes of a payload to the spectra of a frame's symbols: everything before the inverse transforms. Bits are bytes 0 and 1. */
final class FrameEncoder {

    private FrameEncoder() {}

    /**
     * The spectra of a frame, each as {@link CarrierMap#spectrum} makes it.
     *
     * @param number the frame's, which decides the scrambler's seed
     */
    static float[][] spectra(byte[] payload, int number) {
        byte[] scrambled = scrambled(bits(payload), Scrambler.seedOf(number));
        byte[] interleaved = Interleaver.interleave(ConvolutionalCode.encode(scrambled));
        float[][] spectra = new float[FrameFormat.SYMBOLS][];
        for (int symbol = 0; symbol < spectra.length; symbol++) {
            spectra[symbol] = CarrierMap.spectrum(interleaved, symbol);
        }
        return spectra;
    }

    /** Service bits, payload, checksum, tail and padding. */
    static byte[] bits(byte[] payload) {
        byte[] bits = new byte[FrameFormat.DATA_BITS];
        int at = FrameFormat.SERVICE_BITS;
        for (byte each : payload) {
            at = append(bits, at, each);
        }
        long checksum = checksum(payload);
        for (int i = 0; i < FrameFormat.CHECKSUM_BYTES; i++) {
            at = append(bits, at, (int) (checksum >>> (i * Byte.SIZE)));
        }
        return bits;
    }

    /** Lowest bit first. */
    private static int append(byte[] bits, int at, int value) {
        for (int i = 0; i < Byte.SIZE; i++) {
            bits[at + i] = (byte) ((value >>> i) & 1);
        }
        return at + Byte.SIZE;
    }

    static long checksum(byte[] payload) {
        CRC32 crc = new CRC32();
        crc.update(payload);
        return crc.getValue();
    }

    /** All of it but the tail, which must be zeros when it comes to the encoder. */
    static byte[] scrambled(byte[] bits, int seed) {
        byte[] scrambled = bits.clone();
        new Scrambler(seed).scramble(scrambled);
        for (int i = 0; i < FrameFormat.TAIL_BITS; i++) {
            scrambled[FrameFormat.TAIL_AT + i] = 0;
        }
        return scrambled;
    }
}
