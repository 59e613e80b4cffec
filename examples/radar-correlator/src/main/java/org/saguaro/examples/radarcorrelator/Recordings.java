// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.radarcorrelator;

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

/** What reference.py made: echoes of known targets and their correlations. Immutable; arrays are shared and must not be written. */
final class Recordings {

    static final int SAMPLES = 8;
    static final int POINTS = 512;

    private final Tensor pulse;
    private final List<Tensor> echoes = new ArrayList<>();
    private final List<Correlation> correlations = new ArrayList<>();
    private final List<Target> targets = new ArrayList<>();

    Recordings() {
        pulse = complex(numbers("pulse.bin", 2 * POINTS), 0);
        ByteBuffer received = numbers("echoes.bin", SAMPLES * 2 * POINTS);
        ByteBuffer magnitudes = numbers("correlations.bin", SAMPLES * POINTS);
        Properties known = properties("targets.properties");
        for (int sample = 0; sample < SAMPLES; sample++) {
            echoes.add(complex(received, sample));
            correlations.add(new Correlation(floats(magnitudes, POINTS)));
            targets.add(new Target(Double.parseDouble(known.getProperty(sample + ".range.metres"))));
        }
    }

    private static Tensor complex(ByteBuffer source, int index) {
        int bytes = POINTS * DType.COMPLEX64.sizeBytes();
        return Tensor.dense(DType.COMPLEX64, new long[] {POINTS}, source.slice(index * bytes, bytes));
    }

    private static float[] floats(ByteBuffer source, int length) {
        float[] floats = new float[length];
        for (int i = 0; i < length; i++) {
            floats[i] = source.getFloat();
        }
        return floats;
    }

    private static ByteBuffer numbers(String name, int floats) {
        byte[] bytes = bytes(name);
        if (bytes.length != floats * Float.BYTES) {
            throw new IllegalStateException(name + " in the bundle of radar-correlator: expected "
                    + floats * Float.BYTES + " bytes, found " + bytes.length + ": make it again by reference.py");
        }
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Properties properties(String name) {
        Properties properties = new Properties();
        try {
            properties.load(new ByteArrayInputStream(bytes(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(name + " in the bundle of radar-correlator cannot be read", e);
        }
        return properties;
    }

    private static byte[] bytes(String name) {
        try (InputStream in = Recordings.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(
                        name + " is missing in the bundle of radar-correlator: make it by reference.py");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " in the bundle of radar-correlator cannot be read", e);
        }
    }

    /** The pulse that was sent, complex. */
    Tensor pulse() {
        return pulse;
    }

    /** What came back, complex. */
    Tensor echo(int sample) {
        return echoes.get(sample);
    }

    /** The correlation of echo and pulse. */
    Correlation correlation(int sample) {
        return correlations.get(sample);
    }

    Target target(int sample) {
        return targets.get(sample);
    }
}
