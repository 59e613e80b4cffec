// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.fuzz;

import java.util.List;
import java.util.Random;

/** Values that have broken parsers before. */
final class Lies {

    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        7,
        127,
        128,
        255,
        256,
        32_767,
        65_535,
        65_536,
        1_000_000,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        1L << 31,
        1L << 32,
        (1L << 53) + 1,
        1L << 61,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    private static final int[] DEPTHS = {10, 60, 250, 1_000, 5_000, 100_000};

    private Lies() {}

    static long number(Random random) {
        return NUMBERS[random.nextInt(NUMBERS.length)];
    }

    static int depth(Random random) {
        return DEPTHS[random.nextInt(DEPTHS.length)];
    }

    static <T> T oneOf(List<T> choices, Random random) {
        return choices.get(random.nextInt(choices.size()));
    }
}
