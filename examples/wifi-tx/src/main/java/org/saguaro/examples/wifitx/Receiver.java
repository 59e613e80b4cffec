// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

import java.util.Arrays;
import java.util.Optional;

/** Undoes what the transmitter did, on the CPU and with a transform of its own: perfectly timed, over a channel that only adds noise. */
final class Receiver {

    /** Bits of the sequence by which a scrambler's state is known. */
    private static final int SEED_BITS = 7;

    private Receiver() {}

    /**
     * The payload of a frame; empty if its checksum is wrong.
     *
     * @param waveform real and imaginary parts in turns, cyclic prefixes included
     */
    static Optional<byte[]> receive(float[] waveform) {
        float[] received = new float[FrameFormat.SYMBOLS * FrameFormat.CODED_BITS_PER_SYMBOL];
        for (int symbol = 0; symbol < FrameFormat.SYMBOLS; symbol++) {
            int from = 2 * (symbol * FrameFormat.SYMBOL_SAMPLES + FrameFormat.PREFIX);
            float[] spectrum = Arrays.copyOfRange(waveform, from, from + 2 * FrameFormat.POINTS);
            FourierTransform.forward(spectrum);
            CarrierMap.demap(spectrum, received, symbol * FrameFormat.CODED_BITS_PER_SYMBOL);
        }
        byte[] bits =
                ViterbiDecoder.decode(Interleaver.deinterleave(received), FrameFormat.TAIL_AT + FrameFormat.TAIL_BITS);
        Scrambler.after(bits).scramble(bits, SEED_BITS);
        return payload(bits);
    }

    private static Optional<byte[]> payload(byte[] bits) {
        byte[] payload = new byte[FrameFormat.PAYLOAD_BYTES];
        int at = FrameFormat.SERVICE_BITS;
        for (int i = 0; i < payload.length; i++) {
            payload[i] = (byte) number(bits, at, Byte.SIZE);
            at += Byte.SIZE;
        }
        long checksum = number(bits, at, FrameFormat.CHECKSUM_BYTES * Byte.SIZE);
        return checksum == FrameEncoder.checksum(payload) ? Optional.of(payload) : Optional.empty();
    }

    private static long number(byte[] bits, int at, int length) {
        long number = 0;
        for (int i = length - 1; i >= 0; i--) {
            number = (number << 1) | bits[at + i];
        }
        return number;
    }
}
