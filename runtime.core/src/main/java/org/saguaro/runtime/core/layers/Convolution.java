// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.layers;

import java.util.List;

/**
 * How a convolution moves over its input. One number per spatial dimension, or one for all.
 *
 * @param stride steps
 * @param padding zeros at either side
 * @param dilation distance between the kernel's taps
 * @param groups groups of channels convolved apart from each other
 */
public record Convolution(List<Long> stride, List<Long> padding, List<Long> dilation, long groups) {

    /** Steps of one, no padding, no dilation, one group. */
    public static final Convolution DEFAULT = new Convolution(List.of(1L), List.of(0L), List.of(1L), 1);

    public Convolution {
        stride = Pooling.atLeast("stride", 1, stride);
        padding = Pooling.atLeast("padding", 0, padding);
        dilation = Pooling.atLeast("dilation", 1, dilation);
        if (groups < 1) {
            throw new IllegalArgumentException("groups must be at least 1, found " + groups);
        }
    }

    /** The same with another stride. */
    public Convolution withStride(long... other) {
        return new Convolution(Pooling.list(other), padding, dilation, groups);
    }

    /** The same with another padding. */
    public Convolution withPadding(long... other) {
        return new Convolution(stride, Pooling.list(other), dilation, groups);
    }

    /** The same with another dilation. */
    public Convolution withDilation(long... other) {
        return new Convolution(stride, padding, Pooling.list(other), groups);
    }

    /** The same with other groups. */
    public Convolution withGroups(long other) {
        return new Convolution(stride, padding, dilation, other);
    }
}
