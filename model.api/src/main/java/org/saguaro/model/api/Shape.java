// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The dimensions of a tensor, outermost first. A scalar tensor has none. */
public record Shape(List<Dim> dims) {

    public Shape {
        dims = List.copyOf(dims);
    }

    /** A shape of fixed sizes. */
    public static Shape of(long... sizes) {
        return new Shape(
                Arrays.stream(sizes).mapToObj(s -> (Dim) new Dim.Fixed(s)).toList());
    }

    /** Number of dimensions. */
    public int rank() {
        return dims.size();
    }

    /** Whether every size is known when the model is read. */
    public boolean isStatic() {
        return dims.stream().allMatch(Dim.Fixed.class::isInstance);
    }

    /**
     * The sizes of a static shape.
     *
     * @throws IllegalStateException if a dimension is symbolic
     */
    public long[] sizes() {
        return dims.stream()
                .mapToLong(d -> d.fixedSize()
                        .orElseThrow(() -> new IllegalStateException("the shape " + this + " has a symbolic size")))
                .toArray();
    }

    /**
     * Elements of a static shape.
     *
     * @throws IllegalStateException if a dimension is symbolic
     * @throws ArithmeticException if the product does not fit a long
     */
    public long elementCount() {
        long count = 1;
        for (long size : sizes()) {
            count = Math.multiplyExact(count, size);
        }
        return count;
    }

    /** Whether a tensor of these sizes fits, dimension by dimension. Equality of repeated symbols is not checked here. */
    public boolean accepts(long[] sizes) {
        if (sizes.length != dims.size()) {
            return false;
        }
        for (int i = 0; i < sizes.length; i++) {
            if (!dims.get(i).accepts(sizes[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return dims.stream().map(Dim::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
