// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;

/**
 * The transforms of Winograd's F(m x m, 3 x 3) in one dimension, each as a sequence of scaled additions {@code out = a + factor * b}
 * without memory for intermediates: a result's place holds them until the result itself is written.
 *
 * <p>See Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015, arXiv:1509.09308.
 *
 * @param outputs results per tile and dimension (m)
 * @param kernel matrix G, points x 3
 * @param forward steps of B^T, from a tile's pixels to points
 * @param back steps of A^T, from points to a tile's results
 */
record WinogradTransform(int outputs, List<List<Double>> kernel, List<Step> forward, List<Step> back) {

    /**
     * {@code result[out] = a + factor * b}.
     *
     * @param a index of the first operand: of a source if not negative, of a result if complemented ({@code ~i})
     * @param b index of the second, likewise
     */
    record Step(int out, int a, long factor, int b) {}

    /** F(2x2, 3x3): 2.25 times fewer products, exact to the last bits. */
    static final WinogradTransform TWO = new WinogradTransform(
            2,
            List.of(List.of(1., 0., 0.), List.of(0.5, 0.5, 0.5), List.of(0.5, -0.5, 0.5), List.of(0., 0., 1.)),
            List.of(new Step(0, 0, -1, 2), new Step(1, 1, 1, 2), new Step(2, 2, -1, 1), new Step(3, 1, -1, 3)),
            List.of(new Step(0, 1, 1, 2), new Step(0, ~0, 1, 0), new Step(1, 1, -1, 2), new Step(1, ~1, -1, 3)));

    /** F(4x4, 3x3): 4 times fewer products, a few bits less exact. */
    static final WinogradTransform FOUR = new WinogradTransform(
            4,
            List.of(
                    List.of(1. / 4, 0., 0.),
                    List.of(-1. / 6, -1. / 6, -1. / 6),
                    List.of(-1. / 6, 1. / 6, -1. / 6),
                    List.of(1. / 24, 1. / 12, 1. / 6),
                    List.of(1. / 24, -1. / 12, 1. / 6),
                    List.of(0., 0., 1.)),
            List.of(
                    new Step(5, 3, -4, 1),
                    new Step(1, 4, -4, 2),
                    new Step(2, ~1, -1, ~5),
                    new Step(1, ~1, 1, ~5),
                    new Step(5, 3, -1, 1),
                    new Step(0, 4, -1, 2),
                    new Step(3, ~0, 2, ~5),
                    new Step(4, ~0, -2, ~5),
                    new Step(0, ~0, 4, 0),
                    new Step(0, ~0, -4, 2),
                    new Step(5, 5, -4, ~5),
                    new Step(5, ~5, -1, 3)),
            List.of(
                    new Step(0, 1, 1, 2),
                    new Step(1, 1, -1, 2),
                    new Step(2, 3, 1, 4),
                    new Step(3, 3, -1, 4),
                    new Step(0, ~0, 1, ~2),
                    new Step(2, ~0, 3, ~2),
                    new Step(0, ~0, 1, 0),
                    new Step(1, ~1, 2, ~3),
                    new Step(3, ~1, 6, ~3),
                    new Step(3, ~3, 1, 5)));

    /** Points per tile and dimension: results plus the two more pixels that a 3-wide window sees. */
    int points() {
        return outputs + 2;
    }
}
