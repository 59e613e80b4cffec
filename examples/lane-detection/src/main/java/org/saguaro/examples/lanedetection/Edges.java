// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

import java.util.ArrayList;
import java.util.List;

/**
 * The strong gradients in the region where a lane can be: between lines from a point above the horizon to the lower corners of the picture,
 * and far enough from its rims, where filters wrap around.
 */
final class Edges {

    private static final int FIRST_ROW = 62;
    private static final int LAST_ROW = 123;
    private static final int APEX_ROW = 45;
    /** Of the strongest gradient in the region. */
    private static final double THRESHOLD = 0.25;

    private final List<Edge> edges = new ArrayList<>();

    /** A pixel on an edge; the gradient says in which direction it gets brighter. */
    record Edge(int row, int column, float horizontal, float vertical) {

        double strength() {
            return Gradients.strength(horizontal, vertical);
        }
    }

    Edges(Gradients gradients) {
        double strongest = 0;
        for (int row = FIRST_ROW; row <= LAST_ROW; row++) {
            for (int column = firstColumn(row); column < Picture.COLUMNS - firstColumn(row); column++) {
                strongest = Math.max(strongest, gradients.strength(row, column));
            }
        }
        for (int row = FIRST_ROW; row <= LAST_ROW; row++) {
            for (int column = firstColumn(row); column < Picture.COLUMNS - firstColumn(row); column++) {
                if (strongest > 0 && gradients.strength(row, column) >= THRESHOLD * strongest) {
                    edges.add(
                            new Edge(row, column, gradients.horizontal(row, column), gradients.vertical(row, column)));
                }
            }
        }
    }

    private static int firstColumn(int row) {
        double halfWidth = Picture.COLUMNS / 2.0 * (row - APEX_ROW) / (Picture.ROWS - 1 - APEX_ROW);
        return (int) Math.max(0, Math.ceil((Picture.COLUMNS - 1) / 2.0 - halfWidth));
    }

    /** From the top down, each row from the left. */
    List<Edge> all() {
        return List.copyOf(edges);
    }
}
