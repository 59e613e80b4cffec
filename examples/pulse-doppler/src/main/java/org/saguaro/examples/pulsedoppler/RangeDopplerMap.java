// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.pulsedoppler;

import java.util.Locale;

/** Magnitudes by range (rows) and velocity (columns). */
final class RangeDopplerMap {

    private final float[] magnitudes;

    /** @param magnitudes row by row; kept, not copied */
    RangeDopplerMap(float[] magnitudes) {
        if (magnitudes.length != Radar.POINTS * Radar.PULSES) {
            throw new IllegalArgumentException(
                    "expected " + Radar.POINTS * Radar.PULSES + " magnitudes, found " + magnitudes.length);
        }
        this.magnitudes = magnitudes;
    }

    /** A cell of the map. */
    record Cell(int range, int velocity) {

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "target at %.0f m, %.1f m/s",
                    Radar.rangeMetres(range),
                    Radar.velocityMetresPerSecond(velocity));
        }
    }

    /** Where the largest magnitude is; the first of several. */
    Cell peak() {
        int best = 0;
        for (int i = 1; i < magnitudes.length; i++) {
            if (magnitudes[i] > magnitudes[best]) {
                best = i;
            }
        }
        return new Cell(best / Radar.PULSES, best % Radar.PULSES);
    }

    /** The largest magnitudes of all rows, then those of all columns. NaN where one of them is NaN. */
    float[] profiles() {
        float[] profiles = new float[Radar.POINTS + Radar.PULSES];
        for (int range = 0; range < Radar.POINTS; range++) {
            for (int velocity = 0; velocity < Radar.PULSES; velocity++) {
                float magnitude = magnitudes[range * Radar.PULSES + velocity];
                profiles[range] = Math.max(profiles[range], magnitude);
                profiles[Radar.POINTS + velocity] = Math.max(profiles[Radar.POINTS + velocity], magnitude);
            }
        }
        return profiles;
    }
}
