// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import java.util.Arrays;
import java.util.List;

/**
 * How a pooling window moves over its input. One number per spatial dimension, or one for all.
 *
 * @param window its sizes
 * @param stride steps
 * @param padding at either side, at most half a window: minus infinity for a maximum, zeros that count for a mean
 */
public record Pooling(List<Long> window, List<Long> stride, List<Long> padding) {

    public Pooling {
        window = atLeast("window", 1, window);
        stride = atLeast("stride", 1, stride);
        padding = atLeast("padding", 0, padding);
    }

    /** Windows side by side. */
    public static Pooling of(long... window) {
        return new Pooling(list(window), list(window), List.of(0L));
    }

    /** The same with another stride. */
    public Pooling withStride(long... other) {
        return new Pooling(window, list(other), padding);
    }

    /** The same with another padding. */
    public Pooling withPadding(long... other) {
        return new Pooling(window, stride, list(other));
    }

    static List<Long> list(long... values) {
        return Arrays.stream(values).boxed().toList();
    }

    static List<Long> atLeast(String what, long least, List<Long> values) {
        if (values.isEmpty() || values.stream().anyMatch(value -> value < least)) {
            throw new IllegalArgumentException(
                    what + " must be one number or one per dimension, each at least " + least + ", found " + values);
        }
        return List.copyOf(values);
    }
}
