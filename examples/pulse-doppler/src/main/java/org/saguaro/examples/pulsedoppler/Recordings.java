// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.pulsedoppler;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/** What reference.py made: echoes of known targets, and what numpy sees in them. Immutable; arrays are shared and must not be written. */
final class Recordings {

    static final int SAMPLES = 4;

    private static final int PROFILES = Radar.POINTS + Radar.PULSES;

    private final Tensor pulse;
    private final List<List<Tensor>> echoes = new ArrayList<>();
    private final List<float[]> profiles = new ArrayList<>();
    private final List<Target> targets = new ArrayList<>();

    Recordings() {
        pulse = complex(numbers("pulse.bin", Radar.POINTS * DType.COMPLEX64.sizeBytes()));
        ByteBuffer converted = numbers("echoes.bin", SAMPLES * Radar.PULSES * Radar.POINTS * 2);
        ByteBuffer magnitudes = numbers("profiles.bin", SAMPLES * PROFILES * Float.BYTES);
        Properties known = properties("targets.properties");
        for (int sample = 0; sample < SAMPLES; sample++) {
            List<Tensor> received = new ArrayList<>(Radar.PULSES);
            for (int pulses = 0; pulses < Radar.PULSES; pulses++) {
                received.add(echo(converted));
            }
            echoes.add(List.copyOf(received));
            float[] largest = new float[PROFILES];
            for (int i = 0; i < PROFILES; i++) {
                largest[i] = magnitudes.getFloat();
            }
            profiles.add(largest);
            targets.add(target(known, sample + "."));
        }
    }

    /** The next steps of an 8-bit converter. */
    private static Tensor echo(ByteBuffer converted) {
        ByteBuffer floats =
                ByteBuffer.allocate(Radar.POINTS * DType.COMPLEX64.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (floats.hasRemaining()) {
            floats.putFloat(converted.get());
        }
        return complex(floats.flip());
    }

    private static Tensor complex(ByteBuffer parts) {
        return Tensor.dense(DType.COMPLEX64, new long[] {Radar.POINTS}, parts);
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

    /** The pulse that was sent, complex, as long as the time from pulse to pulse. */
    Tensor pulse() {
        return pulse;
    }

    /** What came back after each pulse, complex, in steps of an 8-bit converter. */
    List<Tensor> echoes(int sample) {
        return echoes.get(sample);
    }

    /** What {@link RangeDopplerMap#profiles} should be. */
    float[] profiles(int sample) {
        return profiles.get(sample);
    }

    Target target(int sample) {
        return targets.get(sample);
    }
}
