// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/**
 * PyTorch's type promotion: tensors with dimensions decide; tensors without, and numbers, only if they are of a higher
 * category (boolean, integer, real, complex). The default real type is float32.
 */
final class Promotion {

    /** Arguments that change no element type. */
    private static final Set<String> NOT_OPERANDS = Set.of("rounding_mode", "alpha", "beta", "value");

    private Promotion() {}

    /**
     * The element type of an element-wise operator's result; null if an operand's is not known.
     *
     * @param layer booleans among its arguments are flags, or numbers that promote nothing
     * @param real whether the result is at least a real number
     */
    static @Nullable DType of(Layer layer, IntFunction<ValueType> types, boolean real) {
        DType tensors = null;
        DType scalars = null;
        DType numbers = null;
        for (NamedArgument argument : layer.arguments()) {
            Argument value = argument.value();
            if (NOT_OPERANDS.contains(argument.name())) {
                continue;
            }
            if (value instanceof Argument.Ref ref) {
                ValueType type = types.apply(ref.value());
                if (type instanceof TensorSpec spec) {
                    if (spec.shape().rank() > 0) {
                        tensors = promote(tensors, spec.dtype());
                    } else {
                        scalars = promote(scalars, spec.dtype());
                    }
                } else if (type instanceof ScalarType scalar) {
                    numbers = promote(numbers, scalar(scalar));
                } else {
                    return null;
                }
            } else if (value instanceof Argument.Int) {
                numbers = promote(numbers, DType.INT64);
            } else if (value instanceof Argument.Real) {
                numbers = promote(numbers, DType.FLOAT32);
            }
        }
        DType result = higher(higher(tensors, scalars), numbers);
        if (result == null) {
            return null;
        }
        return real && category(result) < 2 ? DType.FLOAT32 : result;
    }

    private static DType scalar(ScalarType type) {
        return switch (type) {
            case INT -> DType.INT64;
            case FLOAT -> DType.FLOAT32;
            case BOOL -> DType.BOOL;
        };
    }

    /** The second only if its category is higher. */
    private static @Nullable DType higher(@Nullable DType first, @Nullable DType second) {
        if (first == null || second == null) {
            return first == null ? second : first;
        }
        if (category(second) <= category(first)) {
            return first;
        }
        // A complex number beside a real tensor: complex of that precision.
        return category(second) == 3 && first == DType.FLOAT64 ? DType.COMPLEX128 : second;
    }

    private static int category(DType type) {
        return switch (type) {
            case BOOL -> 0;
            case UINT8, INT8, INT16, INT32, INT64 -> 1;
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64 -> 2;
            case COMPLEX64, COMPLEX128 -> 3;
        };
    }

    private static DType promote(@Nullable DType first, DType second) {
        if (first == null || first == second) {
            return second;
        }
        if (category(first) != category(second)) {
            DType lower = category(first) < category(second) ? first : second;
            DType upper = lower == first ? second : first;
            return lower == DType.FLOAT64 ? DType.COMPLEX128 : upper;
        }
        if (first == DType.UINT8 || second == DType.UINT8) {
            DType signed = first == DType.UINT8 ? second : first;
            return signed == DType.INT8 ? DType.INT16 : signed;
        }
        if (first.sizeBytes() == 2 && second.sizeBytes() == 2) {
            // float16 and bfloat16 have no common type of two bytes.
            return category(first) == 2 ? DType.FLOAT32 : first;
        }
        return first.sizeBytes() >= second.sizeBytes() ? first : second;
    }
}
