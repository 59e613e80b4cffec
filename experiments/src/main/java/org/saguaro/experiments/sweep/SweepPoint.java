// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import org.saguaro.runtime.core.simulation.Pool;

/**
 * One simulation of a sweep.
 *
 * @param number from 0
 */
record SweepPoint(int number, Composition composition, Pool pool, String policy, Rate rate, long seed) {

    /** For people. */
    @Override
    public String toString() {
        return "point " + number + " (" + composition + ", " + policy + ", " + rate + ", seed " + seed + ")";
    }
}
