// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How exact float32 layers are computed at least, from the most exact to the least. A deployment chooses one; a PE may compute more exactly than
 * that, never less.
 */
public enum Precision {
    /** As float32 arithmetic does it: about 23 bits, be it that operands are sliced and summed in several passes. */
    FLOAT32,
    /** Operands of 16 bits with a scale per tensor or channel. */
    INT16,
    /** Operands of float32's range with 10 bits of mantissa. */
    TF32,
    /** IEEE binary16 operands, sums in float32. */
    FLOAT16,
    /** Operands of 8 bits with a scale per tensor or channel. */
    INT8;

    /** Whether a kernel that computes in {@code used} serves who asked for this. */
    public boolean allows(Precision used) {
        return used.compareTo(this) <= 0;
    }

    /** As users write it: {@code float32}, {@code int8}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The one of that wire name.
     *
     * @throws IllegalArgumentException if there is none; the message lists all
     */
    public static Precision parse(String text) {
        return Arrays.stream(values())
                .filter(precision -> precision.wireName().equals(text.trim().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("found precision '" + text + "', expected one of "
                        + Arrays.stream(values()).map(Precision::wireName).collect(Collectors.joining(", "))));
    }

    @Override
    public String toString() {
        return wireName();
    }
}
