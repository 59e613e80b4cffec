// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.pulsedoppler;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Properties;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/** What reference.py made: echoes of known targets, and what numpy sees in them. Immutable; arrays are shared and must not be written. */
final class Recordings {

    static final int SAMPLES = 4;

    private static final int PROFILES = Radar.POINTS + Radar.PULSES;

    private final float[] pulse = new float[2 * Radar.POINTS];
    private final float[][][] echoes = new float[SAMPLES][Radar.PULSES][2 * Radar.POINTS];
    private final float[][] profiles = new float[SAMPLES][PROFILES];
    private final Target[] targets = new Target[SAMPLES];

    Recordings() {
        numbers("pulse.bin", pulse.length * Float.BYTES).asFloatBuffer().get(pulse);
        ByteBuffer converted = numbers("echoes.bin", SAMPLES * Radar.PULSES * Radar.POINTS * 2);
        ByteBuffer magnitudes = numbers("profiles.bin", SAMPLES * PROFILES * Float.BYTES);
        Properties known = properties("targets.properties");
        for (int sample = 0; sample < SAMPLES; sample++) {
            for (float[] echo : echoes[sample]) {
                for (int i = 0; i < echo.length; i++) {
                    echo[i] = converted.get();
                }
            }
            for (int i = 0; i < PROFILES; i++) {
                profiles[sample][i] = magnitudes.getFloat();
            }
            targets[sample] = target(known, sample + ".");
        }
    }

    private static Target target(Properties known, String prefix) {
        return new Target(
                Double.parseDouble(known.getProperty(prefix + "range.metres")),
                Double.parseDouble(known.getProperty(prefix + "velocity.metresPerSecond")),
                new RangeDopplerMap.Cell(
                        Integer.parseInt(known.getProperty(prefix + "range.cell")),
                        Integer.parseInt(known.getProperty(prefix + "velocity.cell"))));
    }

    private static ByteBuffer numbers(String name, int length) {
        byte[] bytes = bytes(name);
        if (bytes.length != length) {
            throw new IllegalStateException(name + " in the bundle of pulse-doppler: expected " + length
                    + " bytes, found " + bytes.length + ": make it again by reference.py");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Properties properties(String name) {
        Properties properties = new Properties();
        try {
            properties.load(new ByteArrayInputStream(bytes(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(name + " in the bundle of pulse-doppler cannot be read", e);
        }
        return properties;
    }

    private static byte[] bytes(String name) {
        try (InputStream in = Recordings.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(
                        name + " is missing in the bundle of pulse-doppler: make it by reference.py");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " in the bundle of pulse-doppler cannot be read", e);
        }
    }

    /** The pulse that was sent, as long as the time from pulse to pulse; real and imaginary parts in turns. */
    float[] pulse() {
        return pulse;
    }

    /** What came back after each pulse, in steps of an 8-bit converter; real and imaginary parts in turns. */
    float[][] echoes(int sample) {
        return echoes[sample];
    }

    /** What {@link RangeDopplerMap#profiles} should be. */
    float[] profiles(int sample) {
        return profiles[sample];
    }

    Target target(int sample) {
        return targets[sample];
    }

    /** A tensor of real and imaginary parts in turns. */
    static Tensor complex(float[] parts) {
        ByteBuffer bytes = ByteBuffer.allocate(parts.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(parts);
        return Tensor.dense(DType.COMPLEX64, new long[] {parts.length / 2}, bytes);
    }
}
