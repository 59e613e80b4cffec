// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.wifitx;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What reference.py made: payloads and their waveforms. Immutable; arrays are shared and must not be written. */
final class Recordings {

    static final int SAMPLES = 2;
    /** Waveforms are integers, as a 16-bit converter takes them. */
    static final double STEPS_PER_UNIT = 4096;

    private final byte[][][] payloads = new byte[SAMPLES][FrameFormat.FRAMES][FrameFormat.PAYLOAD_BYTES];
    private final short[][][] waveforms = new short[SAMPLES][FrameFormat.FRAMES][FrameFormat.FRAME_FLOATS];

    Recordings() {
        ByteBuffer bytes = read("payloads.bin", SAMPLES * FrameFormat.FRAMES * FrameFormat.PAYLOAD_BYTES);
        ByteBuffer numbers =
                read("waveforms.bin", SAMPLES * FrameFormat.FRAMES * FrameFormat.FRAME_FLOATS * Short.BYTES);
        for (int sample = 0; sample < SAMPLES; sample++) {
            for (int frame = 0; frame < FrameFormat.FRAMES; frame++) {
                bytes.get(payloads[sample][frame]);
                numbers.asShortBuffer().get(waveforms[sample][frame]);
                numbers.position(numbers.position() + FrameFormat.FRAME_FLOATS * Short.BYTES);
            }
        }
    }

    private static ByteBuffer read(String name, int length) {
        try (InputStream in = Recordings.class.getResourceAsStream(name)) {
            byte[] bytes = in == null ? new byte[0] : in.readAllBytes();
            if (bytes.length != length) {
                throw new IllegalStateException(name + " in the bundle of wifi-tx: expected " + length
                        + " bytes, found " + bytes.length + ": make it again by reference.py");
            }
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new UncheckedIOException(name + " in the bundle of wifi-tx cannot be read", e);
        }
    }

    /** A payload per frame. */
    byte[][] payloads(int sample) {
        return payloads[sample];
    }

    /** A waveform per frame, with cyclic prefixes, real and imaginary parts in turns, {@value #STEPS_PER_UNIT} steps per unit. */
    short[][] waveforms(int sample) {
        return waveforms[sample];
    }
}
