// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/** Element type and shape of a tensor. */
public record TensorSpec(DType dtype, Shape shape) implements ValueType {

    /** A static spec. */
    public static TensorSpec of(DType dtype, long... sizes) {
        return new TensorSpec(dtype, Shape.of(sizes));
    }

    /**
     * Bytes of a dense tensor of this spec.
     *
     * @throws IllegalStateException if the shape is symbolic
     */
    public long sizeBytes() {
        return Math.multiplyExact(shape.elementCount(), (long) dtype.sizeBytes());
    }

    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
