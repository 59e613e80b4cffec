// SPDX-License-Identifier: Apache-2.0
package org.saguaro.examples.lanedetection;

import java.util.List;
import java.util.Optional;

/**
 * The inner edge of a marking as a straight line: its column by the row.
 *
 * <p>Found by a Hough transform: every edge votes for the lines through it that have about its own direction; the line with the most votes
 * is then fitted to the edges near it, by least squares, weighted by their strength. O(edges).
 *
 * <p>R. O. Duda, P. E. Hart, Use of the Hough transformation to detect lines and curves in pictures, Comm. ACM 15 (1), 1972; votes only in
 * the direction of the gradient: D. H. Ballard, Generalizing the Hough transform to detect arbitrary shapes, Pattern Recognition 13, 1981.
 *
 * @param column in row 0
 * @param columnsPerRow how much further to the right it is one row below
 */
record LaneLine(double column, double columnsPerRow) {

    /** Directions of normals to lane lines, in degrees from the horizontal. */
    private static final int STEEPEST = 10;

    private static final int FLATTEST = 65;
    private static final int WINDOW = 8;
    /** Pixels. */
    private static final double NEAR = 2;

    private static final int REACH = Picture.ROWS + Picture.COLUMNS;

    /** Which of the lane's two lines. */
    enum Side {
        /** Leans to the right; the lane is darker, to the right of it. */
        LEFT(-1),
        /** Leans to the left; the lane is darker, to the left of it. */
        RIGHT(1);

        /** Of the horizontal gradient at its inner edge, which goes from the lane to the marking. */
        private final int sign;

        Side(int sign) {
            this.sign = sign;
        }
    }

    /** An edge's normal that points to the right, in degrees. */
    private record Voter(int row, int column, long degrees, double strength) {

        boolean isAlong(int line) {
            return Math.abs(line - degrees) <= WINDOW;
        }

        double distance(double radians) {
            return column * Math.cos(radians) + row * Math.sin(radians);
        }
    }

    /** The line with the most votes; empty if there is no edge that could be on one. */
    static Optional<LaneLine> find(Edges edges, Side side) {
        List<Voter> voters = edges.all().stream()
                .filter(edge -> edge.horizontal() * side.sign > 0)
                .map(edge -> new Voter(edge.row(), edge.column(), normal(edge, side), edge.strength()))
                .toList();
        int mostVotes = 0;
        int bestLine = 0;
        int bestDistance = 0;
        // The flattest last: of equal lines the steeper one is taken, and of these the one nearer to the corner.
        for (int line = STEEPEST; line <= FLATTEST; line++) {
            int degrees = -side.sign * line;
            int[] votes = votes(voters, degrees);
            for (int distance = 0; distance < votes.length; distance++) {
                if (votes[distance] > mostVotes) {
                    mostVotes = votes[distance];
                    bestLine = degrees;
                    bestDistance = distance - REACH;
                }
            }
        }
        return mostVotes == 0 ? Optional.empty() : fit(voters, bestLine, bestDistance);
    }

    private static long normal(Edges.Edge edge, Side side) {
        return Math.round(Math.toDegrees(Math.atan2(edge.vertical() * side.sign, edge.horizontal() * side.sign)));
    }

    /** By the line's distance from the upper left corner, plus {@link #REACH}. */
    private static int[] votes(List<Voter> voters, int degrees) {
        int[] votes = new int[2 * REACH];
        double radians = Math.toRadians(degrees);
        for (Voter voter : voters) {
            if (voter.isAlong(degrees)) {
                votes[(int) Math.round(voter.distance(radians)) + REACH]++;
            }
        }
        return votes;
    }

    /** By least squares; empty if the edges near the line tell no direction. */
    private static Optional<LaneLine> fit(List<Voter> voters, int degrees, int distance) {
        double radians = Math.toRadians(degrees);
        List<Voter> near = voters.stream()
                .filter(voter -> voter.isAlong(degrees) && Math.abs(voter.distance(radians) - distance) <= NEAR)
                .toList();
        double weight = 0;
        double meanRow = 0;
        double meanColumn = 0;
        for (Voter voter : near) {
            weight += voter.strength();
            meanRow += voter.strength() * voter.row();
            meanColumn += voter.strength() * voter.column();
        }
        meanRow /= weight;
        meanColumn /= weight;
        double rows = 0;
        double both = 0;
        for (Voter voter : near) {
            double below = voter.strength() * (voter.row() - meanRow);
            rows += below * (voter.row() - meanRow);
            both += below * (voter.column() - meanColumn);
        }
        // So it is for edges of one row, and NaN for none.
        if (!(rows > 0)) {
            return Optional.empty();
        }
        double slope = both / rows;
        return Optional.of(new LaneLine(meanColumn - slope * meanRow, slope));
    }

    /** Where it is in a row. */
    double at(int row) {
        return column + columnsPerRow * row;
    }
}
