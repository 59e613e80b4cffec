// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.runtime.core.host.HostTensor;

/**
 * A tensor of a graph, for host operators that are computed before there is a request.
 *
 * @param value its id
 * @param type what is known of it
 * @param data its elements if it is a weight
 */
record KnownTensor(int value, ValueType type, @Nullable Tensor data) implements HostTensor {

    /** What was asked for is not known before there is a request. */
    static final class NotKnownException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotKnownException() {
            super("not known before there is a request", null, false, false);
        }
    }

    @Override
    public DType dtype() {
        if (type instanceof TensorSpec spec) {
            return spec.dtype();
        }
        throw new NotKnownException();
    }

    @Override
    public long[] sizes() {
        if (type instanceof TensorSpec spec && spec.shape().isStatic()) {
            return spec.shape().sizes();
        }
        throw new NotKnownException();
    }

    @Override
    public Object item() {
        if (data == null || data.elementCount() != 1) {
            throw new NotKnownException();
        }
        return switch (data.dtype()) {
            case BOOL -> data.toDoubles()[0] != 0;
            case UINT8, INT8, INT16, INT32 -> (long) data.toDoubles()[0];
            case INT64 -> data.toDense().bytes().getLong(0);
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> data.toDoubles()[0];
            case COMPLEX64, COMPLEX128 -> throw new NotKnownException();
        };
    }

    @Override
    public Object toList() {
        throw new NotKnownException();
    }
}
