// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.radarcorrelator;

import java.util.Locale;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;

/** A simulated target. */
record Target(double rangeMetres) {

    private static final double SPEED_OF_LIGHT = 299_792_458;
    private static final double SAMPLE_RATE_HERTZ = 5e6;

    /** Range per sample of delay: light goes there and back. */
    static final double CELL_METRES = SPEED_OF_LIGHT / (2 * SAMPLE_RATE_HERTZ);

    /** Of the largest magnitude: transforms in float32 against the reference's in float64. */
    private static final double TOLERATED_ERROR = 1e-5;

    /** Checks in three ways: the peak is where the reference has it, that is where the target was put, and magnitudes are the reference's. */
    Outcome outcome(Correlation found, Correlation reference) {
        int lag = found.lag();
        double error = found.errorAgainst(reference);
        boolean right = lag == reference.lag()
                && Math.abs(lag * CELL_METRES - rangeMetres) <= CELL_METRES
                && error <= TOLERATED_ERROR;
        return new Outcome(
                String.format(
                        Locale.ROOT,
                        "target at %.0f m (%.1f us), magnitudes within %.1g",
                        lag * CELL_METRES,
                        micros(lag),
                        error),
                String.format(
                        Locale.ROOT,
                        "target at %.0f m (%.1f us), within %.0f m of %.1f m, within %.1g",
                        reference.lag() * CELL_METRES,
                        micros(reference.lag()),
                        CELL_METRES,
                        rangeMetres,
                        TOLERATED_ERROR),
                right);
    }

    private static double micros(int lag) {
        return lag / SAMPLE_RATE_HERTZ * 1e6;
    }
}
