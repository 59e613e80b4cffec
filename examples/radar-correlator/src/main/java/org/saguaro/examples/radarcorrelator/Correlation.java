// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.radarcorrelator;

import java.nio.ByteBuffer;
import org.saguaro.model.api.Tensor;

/** Magnitudes of a correlation by lag, in samples. Immutable. */
final class Correlation {

    private final float[] magnitudes;

    /** @param magnitudes kept, not copied */
    Correlation(float[] magnitudes) {
        this.magnitudes = magnitudes;
    }

    /** The magnitudes of complex numbers. */
    static Correlation of(Tensor complex) {
        ByteBuffer parts = complex.bytes();
        float[] magnitudes = new float[Math.toIntExact(complex.elementCount())];
        for (int i = 0; i < magnitudes.length; i++) {
            magnitudes[i] = (float) Math.hypot(parts.getFloat(), parts.getFloat());
        }
        return new Correlation(magnitudes);
    }

    /** Where it is largest; the first of several. */
    int lag() {
        int best = 0;
        for (int i = 1; i < magnitudes.length; i++) {
            if (magnitudes[i] > magnitudes[best]) {
                best = i;
            }
        }
        return best;
    }

    /** The largest difference, by the largest magnitude of the other one. NaN if there is one. */
    double errorAgainst(Correlation other) {
        double difference = 0;
        for (int i = 0; i < magnitudes.length; i++) {
            difference = Math.max(difference, Math.abs((double) magnitudes[i] - other.magnitudes[i]));
        }
        return difference / other.magnitudes[other.lag()];
    }
}
