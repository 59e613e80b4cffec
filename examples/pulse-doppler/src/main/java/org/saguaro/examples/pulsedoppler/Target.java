// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.pulsedoppler;

import java.util.Locale;

/**
 * A simulated target.
 *
 * @param cell where the reference sees it
 */
record Target(double rangeMetres, double velocityMetresPerSecond, RangeDopplerMap.Cell cell) {

    /** Whether that cell is as near to it as noise and the width of cells allow: the right one or a neighbour of it. */
    boolean isIn(RangeDopplerMap.Cell found) {
        double range = Radar.rangeMetres(found.range()) - rangeMetres;
        double velocity = Radar.velocityMetresPerSecond(found.velocity()) - velocityMetresPerSecond;
        return Math.abs(range) <= Radar.RANGE_CELL_METRES
                && Math.abs(velocity) <= Radar.VELOCITY_CELL_METRES_PER_SECOND;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.0f m, %.1f m/s", rangeMetres, velocityMetresPerSecond);
    }
}
