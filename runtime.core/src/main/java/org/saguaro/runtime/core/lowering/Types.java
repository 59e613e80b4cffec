// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import org.saguaro.model.api.DType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/** How values look between tasks. */
public final class Types {

    private Types() {}

    /** Element type of the buffer that carries a value; a scalar travels as a tensor of rank 0. */
    public static DType bufferDtype(ValueType type) {
        if (type instanceof TensorSpec spec) {
            return spec.dtype();
        }
        return switch ((ScalarType) type) {
            case INT -> DType.INT64;
            case FLOAT -> DType.FLOAT64;
            case BOOL -> DType.BOOL;
        };
    }
}
