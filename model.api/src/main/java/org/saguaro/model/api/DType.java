// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/** Element type of a tensor. The names are PyTorch's; {@link #sizeBytes()} is the size of one element in memory. */
public enum DType {
    UINT8("uint8", 1),
    INT8("int8", 1),
    INT16("int16", 2),
    INT32("int32", 4),
    INT64("int64", 8),
    FLOAT16("float16", 2),
    BFLOAT16("bfloat16", 2),
    FLOAT32("float32", 4),
    FLOAT64("float64", 8),
    BOOL("bool", 1),
    COMPLEX64("complex64", 8),
    COMPLEX128("complex128", 16);

    private final String torchName;
    private final int sizeBytes;

    DType(String torchName, int sizeBytes) {
        this.torchName = torchName;
        this.sizeBytes = sizeBytes;
    }

    /** PyTorch's name, for instance {@code float32}. */
    public String torchName() {
        return torchName;
    }

    /** Bytes of one element. */
    public int sizeBytes() {
        return sizeBytes;
    }

    /** Whether elements are real floating-point numbers. */
    public boolean isFloatingPoint() {
        return switch (this) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> true;
            case UINT8, INT8, INT16, INT32, INT64, BOOL, COMPLEX64, COMPLEX128 -> false;
        };
    }

    @Override
    public String toString() {
        return torchName;
    }
}
