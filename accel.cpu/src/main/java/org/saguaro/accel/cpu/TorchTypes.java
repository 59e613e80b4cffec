// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import org.bytedeco.pytorch.global.torch;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/** The model's element types in libtorch's words. */
final class TorchTypes {

    private TorchTypes() {}

    static torch.ScalarType of(DType dtype) {
        return switch (dtype) {
            case UINT8 -> torch.ScalarType.Byte;
            case INT8 -> torch.ScalarType.Char;
            case INT16 -> torch.ScalarType.Short;
            case INT32 -> torch.ScalarType.Int;
            case INT64 -> torch.ScalarType.Long;
            case FLOAT16 -> torch.ScalarType.Half;
            case BFLOAT16 -> torch.ScalarType.BFloat16;
            case FLOAT32 -> torch.ScalarType.Float;
            case FLOAT64 -> torch.ScalarType.Double;
            case BOOL -> torch.ScalarType.Bool;
            case COMPLEX64 -> torch.ScalarType.ComplexFloat;
            case COMPLEX128 -> torch.ScalarType.ComplexDouble;
        };
    }

    /** Element type of the buffer that carries a value: a scalar travels as a tensor of rank 0. */
    static DType carrier(ValueType type) {
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
