// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

import java.util.Locale;
import java.util.Optional;

/** What was found of a lane. */
record Lane(Optional<LaneLine> left, Optional<LaneLine> right) {

    /** The picture's last row, where the vehicle is. */
    static final int NEAR_ROW = Picture.ROWS - 1;

    static final int FAR_ROW = 75;

    /**
     * The largest distance of its lines from where they should be, in columns; infinite if a line was not found.
     *
     * @param columns left line near and far, right line near and far
     */
    double distance(double[] columns) {
        if (left.isEmpty() || right.isEmpty()) {
            return Double.POSITIVE_INFINITY;
        }
        double[] found = {
            left.get().at(NEAR_ROW),
            left.get().at(FAR_ROW),
            right.get().at(NEAR_ROW),
            right.get().at(FAR_ROW)
        };
        double largest = 0;
        for (int i = 0; i < found.length; i++) {
            largest = Math.max(largest, Math.abs(found[i] - columns[i]));
        }
        return largest;
    }

    @Override
    public String toString() {
        return "lane from column %s to %s".formatted(nearColumn(left), nearColumn(right));
    }

    private static String nearColumn(Optional<LaneLine> line) {
        return line.map(found -> String.format(Locale.ROOT, "%.1f", found.at(NEAR_ROW)))
                .orElse("(not found)");
    }
}
