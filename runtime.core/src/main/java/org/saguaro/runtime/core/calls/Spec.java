// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.TensorSpec;

/** Element type and sizes of a tensor, quick to compare: plans are found by them. Immutable. */
final class Spec {

    private final DType dtype;
    private final long[] sizes;
    private final int hash;

    Spec(DType dtype, long... sizes) {
        this.dtype = dtype;
        this.sizes = sizes.clone();
        hash = 31 * Arrays.hashCode(sizes) + dtype.hashCode();
    }

    /** What a declaration says. */
    static Spec of(TensorSpec declared) {
        return new Spec(declared.dtype(), declared.shape().sizes());
    }

    DType dtype() {
        return dtype;
    }

    int rank() {
        return sizes.length;
    }

    long size(int dim) {
        return sizes[dim];
    }

    /** A copy. */
    long[] sizes() {
        return sizes.clone();
    }

    long elements() {
        long count = 1;
        for (long size : sizes) {
            count = Math.multiplyExact(count, size);
        }
        return count;
    }

    long bytes() {
        return Math.multiplyExact(elements(), (long) dtype.sizeBytes());
    }

    boolean isComplex() {
        return dtype == DType.COMPLEX64 || dtype == DType.COMPLEX128;
    }

    /** The same element type with other sizes. */
    Spec sized(long... other) {
        return new Spec(dtype, other);
    }

    /** The same sizes with another element type. */
    Spec typed(DType other) {
        return other == dtype ? this : new Spec(other, sizes);
    }

    TensorSpec tensorSpec() {
        return TensorSpec.of(dtype, sizes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Spec spec
                        && hash == spec.hash
                        && dtype == spec.dtype
                        && Arrays.equals(sizes, spec.sizes));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return dtype + Arrays.toString(sizes);
    }
}
