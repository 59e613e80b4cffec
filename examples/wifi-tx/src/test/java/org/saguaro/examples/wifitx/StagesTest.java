// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each stage of the encoder by itself, against reference.py. */
final class StagesTest {

    private static final int FRAME = 3;

    private final Properties reference = new Properties();
    private final byte[] payload = new Recordings().payloads(0)[FRAME];

    @BeforeEach
    void readReference() throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("stages.properties"))) {
            reference.load(in);
        }
    }

    @Test
    void framesPayloads() {
        assertThat(text(FrameEncoder.bits(payload))).isEqualTo(reference.getProperty("bits"));
    }

    @Test
    void scrambles() {
        assertThat(text(FrameEncoder.scrambled(bits("bits"), Scrambler.seedOf(FRAME))))
                .isEqualTo(reference.getProperty("scrambled"));
    }

    @Test
    void encodes() {
        assertThat(text(ConvolutionalCode.encode(bits("scrambled")))).isEqualTo(reference.getProperty("coded"));
    }

    @Test
    void interleaves() {
        assertThat(text(Interleaver.interleave(bits("coded")))).isEqualTo(reference.getProperty("interleaved"));
    }

    @Test
    void scramblesByTheStandardsSequence() {
        byte[] zeros = new byte[16];

        new Scrambler(127).scramble(zeros);

        // IEEE 802.11-2020, 17.3.5.5: seeded by ones, the generator repeats 00001110 11110010 ...
        assertThat(text(zeros)).isEqualTo("0000111011110010");
    }

    @Test
    void refusesASeedThatScramblesNothing() {
        assertThatThrownBy(() -> new Scrambler(0))
                .hasMessageContaining("1 to 127")
                .hasMessageContaining("found 0");
    }

    @Test
    void deinterleavesWhatItInterleaved() {
        byte[] interleaved = bits("interleaved");
        float[] received = new float[interleaved.length];
        for (int i = 0; i < received.length; i++) {
            received[i] = interleaved[i];
        }

        float[] ordered = Interleaver.deinterleave(received);

        byte[] coded = bits("coded");
        for (int i = 0; i < coded.length; i++) {
            assertThat(ordered[i]).as("bit %d", i).isEqualTo(coded[i]);
        }
    }

    @Test
    void decodesWithWrongAndMissingBits() {
        byte[] sent = Arrays.copyOf(bits("scrambled"), FrameFormat.TAIL_AT + FrameFormat.TAIL_BITS);
        float[] received = new float[2 * sent.length];
        byte[] coded = bits("coded");
        for (int i = 0; i < received.length; i++) {
            received[i] = i % 10 == 0 ? 0 : 2 * coded[i] - 1;
        }
        for (int i = 7; i < received.length; i += 37) {
            received[i] = -received[i];
        }

        assertThat(text(ViterbiDecoder.decode(received, sent.length))).isEqualTo(text(sent));
    }

    private byte[] bits(String stage) {
        String text = reference.getProperty(stage);
        byte[] bits = new byte[text.length()];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (byte) (text.charAt(i) - '0');
        }
        return bits;
    }

    private static String text(byte[] bits) {
        StringBuilder text = new StringBuilder();
        for (byte bit : bits) {
            text.append(bit);
        }
        return text.toString();
    }
}
