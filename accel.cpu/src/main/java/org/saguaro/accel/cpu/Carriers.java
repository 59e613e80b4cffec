// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/** What carries values into and out of kernels. */
public final class Carriers {

    private Carriers() {}

    /**
     * Element type of the buffer that carries a value: a scalar travels as a tensor of rank 0. Null if it is known only
     * when the value is there.
     *
     * @throws IllegalArgumentException if no buffer carries it
     */
    public static @Nullable DType of(ValueType type) {
        if (type instanceof TensorSpec spec) {
            return spec.dtype();
        }
        if (type instanceof AnyTensor) {
            return null;
        }
        if (type instanceof HostType) {
            throw new IllegalArgumentException("a " + type + " is no tensor and no number");
        }
        return of((ScalarType) type);
    }

    /** Element type of the tensor of rank 0 that carries a number. */
    public static DType of(ScalarType type) {
        return switch (type) {
            case INT -> DType.INT64;
            case FLOAT -> DType.FLOAT64;
            case BOOL -> DType.BOOL;
        };
    }

    /** The same bytes in memory that libtorch can address. */
    public static ByteBuffer direct(ByteBuffer bytes) {
        if (bytes.isDirect()) {
            return bytes;
        }
        return ByteBuffer.allocateDirect(bytes.remaining())
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(bytes.duplicate())
                .flip();
    }
}
