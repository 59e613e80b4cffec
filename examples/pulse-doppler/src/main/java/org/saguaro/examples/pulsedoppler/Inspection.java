// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.pulsedoppler;

import java.util.Locale;
import org.saguaro.runtime.core.layers.LayerApplication.Outcome;

/** Checks a map in three ways: the peak is where numpy sees it, that is where the target was put, and magnitudes are numpy's. */
final class Inspection {

    /** Of the largest magnitude: transforms in float32 against numpy's in float64. */
    private static final double TOLERATED_ERROR = 1e-5;

    private final Target target;
    private final float[] profiles;

    /** @param profiles as {@link RangeDopplerMap#profiles} */
    Inspection(Target target, float[] profiles) {
        this.target = target;
        this.profiles = profiles;
    }

    Outcome of(RangeDopplerMap map) {
        RangeDopplerMap.Cell peak = map.peak();
        double error = error(map.profiles());
        boolean right = peak.equals(target.cell()) && target.isIn(peak) && error <= TOLERATED_ERROR;
        return new Outcome(
                String.format(Locale.ROOT, "%s, magnitudes within %.1g", peak, error),
                String.format(
                        Locale.ROOT, "%s, within a cell of %s, within %.1g", target.cell(), target, TOLERATED_ERROR),
                right);
    }

    /** The largest difference, by the largest magnitude. */
    private double error(float[] found) {
        double difference = 0;
        double largest = 0;
        for (int i = 0; i < profiles.length; i++) {
            difference = Math.max(difference, Math.abs((double) found[i] - profiles[i]));
            largest = Math.max(largest, profiles[i]);
        }
        return difference / largest;
    }
}
