// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.Arrays;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;

/** The model's element types in libtorch's words. */
final class TorchTypes {

    private static final @Nullable DType[] BY_CODE = byCode();

    private TorchTypes() {}

    private static @Nullable DType[] byCode() {
        DType[] known = DType.values();
        int most = Arrays.stream(known).mapToInt(dtype -> of(dtype).value).max().orElseThrow();
        @Nullable DType[] table = new @Nullable DType[most + 1];
        for (DType dtype : known) {
            table[of(dtype).value] = dtype;
        }
        return table;
    }

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

    /** The element type of that number in libtorch, or null if it is none that a model's tensor can have. */
    static @Nullable DType ofCode(long code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[(int) code] : null;
    }
}
