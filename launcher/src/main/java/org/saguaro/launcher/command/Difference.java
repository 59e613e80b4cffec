// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.saguaro.accel.api.Precision;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;

/**
 * How far a tensor is from the expected one.
 *
 * @param absolute largest absolute difference of two elements; infinite where only one is NaN, or infinities differ
 * @param relative {@code absolute} divided by the largest finite absolute value expected; 0 if equal. Per tensor and not per element,
 *     because an element near zero beside large ones is only as exact as those
 */
record Difference(double absolute, double relative) {

    static final Difference NONE = new Difference(0, 0);

    /**
     * Compares two tensors of one element type and shape.
     *
     * @throws CommandException if type or shape differ
     */
    static Difference between(Tensor actual, Tensor expected) throws CommandException {
        if (actual.dtype() != expected.dtype() || !Arrays.equals(actual.sizes(), expected.sizes())) {
            throw new CommandException("found " + actual.spec() + ", expected " + expected.spec());
        }
        if (actual.dtype() == DType.INT64) {
            return betweenLongs(actual.toDense().bytes(), expected.toDense().bytes());
        }
        boolean complex = actual.dtype() == DType.COMPLEX64 || actual.dtype() == DType.COMPLEX128;
        double[] found = complex ? complexParts(actual) : actual.toDoubles();
        double[] wanted = complex ? complexParts(expected) : expected.toDoubles();
        int step = complex ? 2 : 1;
        double largest = 0;
        double scale = 0;
        for (int i = 0; i < found.length; i += step) {
            double difference = 0;
            double magnitude = 0;
            for (int part = i; part < i + step; part++) {
                difference = Math.hypot(difference, distance(found[part], wanted[part]));
                magnitude = Math.hypot(magnitude, wanted[part]);
            }
            largest = Math.max(largest, difference);
            scale = Double.isFinite(magnitude) ? Math.max(scale, magnitude) : scale;
        }
        return new Difference(largest, relative(largest, scale));
    }

    /** Longs are compared as such: as doubles, neighbours beyond 2^53 would look equal. */
    private static Difference betweenLongs(ByteBuffer found, ByteBuffer wanted) {
        double largest = 0;
        double scale = 0;
        for (int at = 0; at + Long.BYTES <= wanted.limit() && at + Long.BYTES <= found.limit(); at += Long.BYTES) {
            long a = found.getLong(at);
            long b = wanted.getLong(at);
            largest = Math.max(largest, a == b ? 0 : Math.max(1, Math.abs((double) a - (double) b)));
            scale = Math.max(scale, Math.abs((double) b));
        }
        return new Difference(largest, relative(largest, scale));
    }

    private static double distance(double found, double wanted) {
        boolean bothNaN = Double.isNaN(found) && Double.isNaN(wanted);
        if (found == wanted || bothNaN) {
            return 0;
        }
        double distance = Math.abs(found - wanted);
        return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
    }

    private static double relative(double absolute, double scale) {
        return absolute == 0 ? 0 : absolute / scale;
    }

    private static double[] complexParts(Tensor tensor) {
        Tensor dense = tensor.toDense();
        ByteBuffer bytes = dense.bytes();
        double[] parts = new double[Math.toIntExact(2 * dense.elementCount())];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = tensor.dtype() == DType.COMPLEX64 ? bytes.getFloat(4 * i) : bytes.getDouble(8 * i);
        }
        return parts;
    }

    /** The larger of both, figure by figure. */
    Difference max(Difference other) {
        return new Difference(Math.max(absolute, other.absolute), Math.max(relative, other.relative));
    }

    /** Whether the tensor may pass: floating-point elements within the tolerance, others equal. */
    boolean isWithin(double tolerance, DType dtype) {
        return isExact(dtype) ? absolute == 0 : relative <= tolerance;
    }

    /** Whether elements of the type must be equal. */
    static boolean isExact(DType dtype) {
        return switch (dtype) {
            case FLOAT16, BFLOAT16, FLOAT32, FLOAT64, COMPLEX64, COMPLEX128 -> false;
            case UINT8, INT8, INT16, INT32, INT64, BOOL -> true;
        };
    }

    /**
     * The tolerance of a model that runs in a precision: what a layer's operands lose, and a little for those that follow.
     *
     * @param tolerance for float32
     */
    static double tolerance(double tolerance, Precision precision) {
        return switch (precision) {
            case FLOAT32 -> tolerance;
            case INT16 -> 10 * tolerance;
            case TF32, FLOAT16 -> 50 * tolerance;
            case INT8 -> 1000 * tolerance;
        };
    }

    /**
     * The tolerance of a model that computes in an element type: float16 has 11 binary digits and bfloat16 8, where float32 has
     * 24, so sums in another order differ more.
     *
     * @param tolerance for float32
     */
    static double tolerance(double tolerance, DType coarsest) {
        return switch (coarsest) {
            case FLOAT16 -> 50 * tolerance;
            case BFLOAT16 -> 400 * tolerance;
            case FLOAT32, FLOAT64, COMPLEX64, COMPLEX128, UINT8, INT8, INT16, INT32, INT64, BOOL -> tolerance;
        };
    }
}
