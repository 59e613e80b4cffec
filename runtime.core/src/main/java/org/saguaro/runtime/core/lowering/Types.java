// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import org.saguaro.model.api.DType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/** How values look between tasks. */
public final class Types {

    private Types() {}

    /**
     * Element type of the buffer that carries a value; a scalar travels as a tensor of rank 0.
     *
     * @throws IllegalArgumentException if it is not known before the value is there ({@link #hasBufferDtype})
     */
    public static DType bufferDtype(ValueType type) {
        if (type instanceof TensorSpec spec) {
            return spec.dtype();
        }
        if (type instanceof ScalarType scalar) {
            return switch (scalar) {
                case INT -> DType.INT64;
                case FLOAT -> DType.FLOAT64;
                case BOOL -> DType.BOOL;
            };
        }
        throw new IllegalArgumentException("a " + type + " has no known element type");
    }

    /** Whether the element type is known before the value is there. */
    public static boolean hasBufferDtype(ValueType type) {
        return type instanceof TensorSpec || type instanceof ScalarType;
    }
}
