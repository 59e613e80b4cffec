// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;

/** The model's element types by libtorch's numbers, which are part of its C ABI. */
final class ElementTypes {

    private static final @Nullable DType[] BY_CODE = byCode();

    private ElementTypes() {}

    private static @Nullable DType[] byCode() {
        @Nullable DType[] table = new @Nullable DType[16];
        for (DType dtype : DType.values()) {
            table[code(dtype)] = dtype;
        }
        return table;
    }

    static int code(DType dtype) {
        return switch (dtype) {
            case UINT8 -> 0;
            case INT8 -> 1;
            case INT16 -> 2;
            case INT32 -> 3;
            case INT64 -> 4;
            case FLOAT16 -> 5;
            case FLOAT32 -> 6;
            case FLOAT64 -> 7;
            case COMPLEX64 -> 9;
            case COMPLEX128 -> 10;
            case BOOL -> 11;
            case BFLOAT16 -> 15;
        };
    }

    /** The element type of that number, or null if it is none that a model's tensor can have. */
    static @Nullable DType ofCode(long code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[(int) code] : null;
    }

    static boolean isComplex(DType dtype) {
        return dtype == DType.COMPLEX64 || dtype == DType.COMPLEX128;
    }

    /** Whether its elements are whole numbers, of which true and false count as two. */
    static boolean isIntegral(DType dtype) {
        return !dtype.isFloatingPoint() && !isComplex(dtype);
    }
}
