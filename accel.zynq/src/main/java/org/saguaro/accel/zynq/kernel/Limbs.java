// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.saguaro.accel.api.Precision;

/**
 * Integers as balanced digits of radix 255, each in [-127, 127], because the engine multiplies 8-bit numbers and counts a weight of -128 as
 * -127. A product of two such integers is a sum of products of their digits; those of the lowest orders are left out where they are smaller than what
 * rounding to integers costs anyway. The derivation is in {@code docs/decisions/0016-precision-by-limbs.md}.
 */
final class Limbs {

    static final int RADIX = 255;
    static final int DIGIT = 127;
    static final int MOST = 3;

    /** Makes {@link #upper} divide a number that is not negative. */
    private static final int OFFSET = 1 << 15;

    private Limbs() {}

    /** How many digits an operand has in this precision. */
    static int count(Precision precision) {
        return switch (precision) {
            case INT8 -> 1;
            case INT16 -> 2;
            case FLOAT32 -> MOST;
            case TF32, FLOAT16 -> throw new IllegalArgumentException("the engines do not compute in " + precision);
        };
    }

    /**
     * The integer that the largest magnitude becomes: 127, 32385, 8258175. Its lower digits are 0, so that what is as large as can be (a constant, a
     * sign) is exact.
     */
    static int limit(int limbs) {
        return switch (limbs) {
            case 1 -> DIGIT;
            case 2 -> DIGIT * RADIX;
            case 3 -> DIGIT * RADIX * RADIX;
            default -> throw new IllegalArgumentException("1 to 3 limbs, found " + limbs);
        };
    }

    /** What remains of {@code q} without its lowest digit, over the radix; the digit is {@code q - 255 * upper(q)}. */
    static int upper(int q) {
        return (q + DIGIT + RADIX * OFFSET) / RADIX - OFFSET;
    }

    /** Digit of that order: 0 is the lowest. */
    static int digit(int q, int order) {
        int rest = q;
        for (int i = 0; i < order; i++) {
            rest = upper(rest);
        }
        return rest - RADIX * upper(rest);
    }

    /**
     * Which products of digits are computed.
     *
     * @param weight order of the weight's digit
     * @param activation order of the activation's digit
     */
    record Term(int weight, int activation) {
        /** What the product counts. */
        double factor() {
            return Math.pow(RADIX, weight + activation);
        }
    }

    /** The products for operands of so many digits, the most significant first: 1, 3 or 6. */
    static Term[] terms(int limbs) {
        return switch (limbs) {
            case 1 -> new Term[] {new Term(0, 0)};
            case 2 -> new Term[] {new Term(1, 1), new Term(1, 0), new Term(0, 1)};
            case 3 ->
                new Term[] {
                    new Term(2, 2), new Term(2, 1), new Term(1, 2), new Term(2, 0), new Term(1, 1), new Term(0, 2)
                };
            default -> throw new IllegalArgumentException("1 to 3 limbs, found " + limbs);
        };
    }

    /** The largest magnitude of what {@link #terms} leave out of one product: 0, 127², 511 · 127². */
    static double leftOut(int limbs) {
        double square = (double) DIGIT * DIGIT;
        return switch (limbs) {
            case 1 -> 0;
            case 2 -> square;
            case 3 -> square * (1 + 2 * RADIX);
            default -> throw new IllegalArgumentException("1 to 3 limbs, found " + limbs);
        };
    }
}
