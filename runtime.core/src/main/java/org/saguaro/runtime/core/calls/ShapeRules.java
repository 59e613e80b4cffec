// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.saguaro.model.api.DType;
import org.saguaro.runtime.core.layers.Convolution;
import org.saguaro.runtime.core.layers.Pooling;

/** What operators make of their operands, as PyTorch has it. Every message says what was expected and what was found. */
final class ShapeRules {

    private ShapeRules() {}

    // --- element by element ---

    /** Element by element on two operands; broadcast. */
    static Spec combined(String op, Spec left, Spec right) {
        DType dtype = commonType(op, left, right);
        return new Spec(dtype, broadcast(op, left.sizes(), right.sizes(), left, right));
    }

    /** As {@link #combined}, of real or complex numbers only. */
    static Spec divided(Spec left, Spec right) {
        Spec result = combined("divide", left, right);
        if (!result.isComplex() && !result.dtype().isFloatingPoint()) {
            throw new IllegalArgumentException(
                    "divide takes real or complex operands, found " + left + " and " + right);
        }
        return result;
    }

    /** As {@link #combined}, of complex numbers only. */
    static Spec complexOnly(String op, Spec left, Spec right) {
        if (!left.isComplex() || !right.isComplex()) {
            throw new IllegalArgumentException(op + " takes complex operands, found " + left + " and " + right);
        }
        return combined(op, left, right);
    }

    private static DType commonType(String op, Spec left, Spec right) {
        if (left.dtype() == right.dtype()) {
            return left.dtype();
        }
        if (left.isComplex() && left.dtype() == complexOf(right.dtype())) {
            return left.dtype();
        }
        if (right.isComplex() && right.dtype() == complexOf(left.dtype())) {
            return right.dtype();
        }
        throw new IllegalArgumentException(op + " takes operands of one element type, found " + left + " and " + right
                + "; convert one of them (operator aten._to_copy with dtype)");
    }

    private static long[] broadcast(String op, long[] left, long[] right, Object leftName, Object rightName) {
        long[] sizes = new long[Math.max(left.length, right.length)];
        for (int i = 1; i <= sizes.length; i++) {
            long a = i <= left.length ? left[left.length - i] : 1;
            long b = i <= right.length ? right[right.length - i] : 1;
            if (a != b && a != 1 && b != 1) {
                throw new IllegalArgumentException(
                        op + " takes operands of the same sizes, or 1 where they differ; found " + leftName + " and "
                                + rightName);
            }
            sizes[sizes.length - i] = a == 1 ? b : a;
        }
        return sizes;
    }

    /** Element by element, of real numbers. */
    static Spec real(String op, Spec input) {
        if (!input.dtype().isFloatingPoint()) {
            throw new IllegalArgumentException(op + " takes real numbers, found " + input);
        }
        return input;
    }

    /** Element by element, of numbers with an order. */
    static Spec ordered(String op, Spec input) {
        if (input.isComplex() || input.dtype() == DType.BOOL) {
            throw new IllegalArgumentException(op + " takes real or integer numbers, found " + input);
        }
        return input;
    }

    /** The magnitude or real part of each element. */
    static Spec realPart(Spec input) {
        return switch (input.dtype()) {
            case COMPLEX64 -> input.typed(DType.FLOAT32);
            case COMPLEX128 -> input.typed(DType.FLOAT64);
            default -> input;
        };
    }

    private static DType complexOf(DType real) {
        return switch (real) {
            case FLOAT32, COMPLEX64 -> DType.COMPLEX64;
            case FLOAT64, COMPLEX128 -> DType.COMPLEX128;
            default -> DType.BOOL;
        };
    }

    // --- signals ---

    /** Fourier transforms over the last dimension; points 0: as many as there are. */
    static Spec transformed(String op, Spec input, long points) {
        DType dtype = complexOf(input.dtype());
        if (dtype == DType.BOOL || input.rank() == 0 || input.size(input.rank() - 1) == 0) {
            throw new IllegalArgumentException(op
                    + " takes float32, float64 or complex numbers with at least one point in the last dimension, found "
                    + input);
        }
        long[] sizes = input.sizes();
        if (points > 0) {
            sizes[sizes.length - 1] = points;
        }
        return new Spec(dtype, sizes);
    }

    // --- neural networks ---

    /** Convolutions of any number of spatial dimensions. Operands: input, weight, and bias if there is one. */
    static Spec convolved(String op, int spatial, Convolution how, Spec[] operands) {
        Spec input = operands[0];
        Spec weight = operands[1];
        sameType(op, operands);
        boolean batched = input.rank() == spatial + 2;
        if ((!batched && input.rank() != spatial + 1) || weight.rank() != spatial + 2) {
            throw new IllegalArgumentException(op + " takes an input of " + (spatial + 1) + " or " + (spatial + 2)
                    + " dimensions and a weight of " + (spatial + 2) + ", found " + input + " and " + weight);
        }
        long channels = input.size(input.rank() - spatial - 1);
        if (channels != weight.size(1) * how.groups() || weight.size(0) % how.groups() != 0) {
            throw new IllegalArgumentException(op + " with " + how.groups() + " groups: input " + input + " has "
                    + channels + " channels, weight " + weight + " takes " + weight.size(1) * how.groups());
        }
        if (operands.length > 2 && (operands[2].rank() != 1 || operands[2].size(0) != weight.size(0))) {
            throw new IllegalArgumentException(op + " takes a bias of [" + weight.size(0) + "], found " + operands[2]);
        }
        long[] sizes = input.sizes();
        int first = sizes.length - spatial;
        sizes[first - 1] = weight.size(0);
        for (int i = 0; i < spatial; i++) {
            long extent = at(how.dilation(), i, spatial, op) * (weight.size(2 + i) - 1) + 1;
            long room = sizes[first + i] + 2 * at(how.padding(), i, spatial, op) - extent;
            if (room < 0) {
                throw new IllegalArgumentException(op + ": the kernel of " + weight
                        + " is larger than the padded input " + input + "; pad it (Convolution.withPadding)");
            }
            sizes[first + i] = room / at(how.stride(), i, spatial, op) + 1;
        }
        return new Spec(input.dtype(), sizes);
    }

    /** Pooling of any number of spatial dimensions. */
    static Spec pooled(String op, int spatial, Pooling how, Spec input) {
        real(op, input);
        if (input.rank() != spatial + 1 && input.rank() != spatial + 2) {
            throw new IllegalArgumentException(op + " takes an input of " + (spatial + 1) + " or " + (spatial + 2)
                    + " dimensions, found " + input);
        }
        long[] sizes = input.sizes();
        int first = sizes.length - spatial;
        for (int i = 0; i < spatial; i++) {
            long window = at(how.window(), i, spatial, op);
            long padding = at(how.padding(), i, spatial, op);
            long room = sizes[first + i] + 2 * padding - window;
            if (room < 0 || 2 * padding > window) {
                throw new IllegalArgumentException(op + ": a window of " + window + " with padding " + padding
                        + " does not fit input " + input + "; padding may be half a window");
            }
            sizes[first + i] = room / at(how.stride(), i, spatial, op) + 1;
        }
        return new Spec(input.dtype(), sizes);
    }

    /** The number of a dimension, of a list with one number per dimension or one for all. */
    static long at(List<Long> values, int dim, int dims, String op) {
        if (values.size() != 1 && values.size() != dims) {
            throw new IllegalArgumentException(
                    op + " takes one number or " + dims + " for stride, padding, dilation and window, found " + values);
        }
        return values.size() == 1 ? values.get(0) : values.get(dim);
    }

    /** Operands: input, weight, and bias if there is one. */
    static Spec linear(Spec[] operands) {
        Spec input = operands[0];
        Spec weight = operands[1];
        sameType("linear", operands);
        if (input.rank() == 0 || weight.rank() != 2 || input.size(input.rank() - 1) != weight.size(1)) {
            throw new IllegalArgumentException(
                    "linear takes an input of [..., features] and a weight of [outputs, features]," + " found " + input
                            + " and " + weight);
        }
        if (operands.length > 2 && (operands[2].rank() != 1 || operands[2].size(0) != weight.size(0))) {
            throw new IllegalArgumentException("linear takes a bias of [" + weight.size(0) + "], found " + operands[2]);
        }
        long[] sizes = input.sizes();
        sizes[sizes.length - 1] = weight.size(0);
        return new Spec(input.dtype(), sizes);
    }

    /** Matrix products: batches are broadcast. */
    static Spec product(Spec left, Spec right) {
        sameType("matmul", left, right);
        if (left.rank() < 2 || right.rank() < 2 || left.size(left.rank() - 1) != right.size(right.rank() - 2)) {
            throw new IllegalArgumentException(
                    "matmul takes [..., n, k] and [..., k, m], found " + left + " and " + right);
        }
        long[] batch = broadcast(
                "matmul",
                Arrays.copyOf(left.sizes(), left.rank() - 2),
                Arrays.copyOf(right.sizes(), right.rank() - 2),
                left,
                right);
        long[] sizes = Arrays.copyOf(batch, batch.length + 2);
        sizes[batch.length] = left.size(left.rank() - 2);
        sizes[batch.length + 1] = right.size(right.rank() - 1);
        return new Spec(left.dtype(), sizes);
    }

    private static void sameType(String op, Spec... operands) {
        for (Spec operand : operands) {
            if (operand.dtype() != operands[0].dtype()) {
                throw new IllegalArgumentException(
                        op + " takes operands of one element type, found " + Arrays.toString(operands));
            }
        }
    }

    // --- order ---

    /** A dimension counted from the front. */
    static int dim(String op, int dim, Spec input) {
        int rank = input.rank();
        if (dim < -rank || dim >= rank) {
            throw new IllegalArgumentException(op + ": there is no dimension " + dim + " in " + input);
        }
        return dim < 0 ? dim + rank : dim;
    }

    /** Dimensions that all exist, none of them twice. */
    static Spec sameButDims(String op, int[] dims, Spec input) {
        Set<Integer> seen = new TreeSet<>();
        for (int dim : dims) {
            if (!seen.add(dim(op, dim, input))) {
                throw new IllegalArgumentException(op + ": dimension " + dim + " is named twice");
            }
        }
        return input;
    }

    static Spec without(String op, int dim, Spec input, DType dtype) {
        int dropped = dim(op, dim, input);
        ordered(op, input);
        if (input.size(dropped) == 0) {
            throw new IllegalArgumentException(op + ": dimension " + dim + " of " + input + " has no elements");
        }
        long[] sizes = new long[input.rank() - 1];
        for (int i = 0, next = 0; i < input.rank(); i++) {
            if (i != dropped) {
                sizes[next++] = input.size(i);
            }
        }
        return new Spec(dtype, sizes);
    }

    static Spec concatenated(int dim, Spec[] parts) {
        int along = dim("concat", dim, parts[0]);
        sameType("concat", parts);
        long[] sizes = parts[0].sizes();
        for (int p = 1; p < parts.length; p++) {
            boolean fits = parts[p].rank() == sizes.length;
            for (int i = 0; fits && i < sizes.length; i++) {
                fits = i == along || parts[p].size(i) == sizes[i];
            }
            if (!fits) {
                throw new IllegalArgumentException("concat along dimension " + dim
                        + " takes parts that are alike in all others, found " + Arrays.toString(parts));
            }
            sizes[along] += parts[p].size(along);
        }
        return parts[0].sized(sizes);
    }

    static Spec transposed(Spec input, int first, int second) {
        long[] sizes = input.sizes();
        int a = dim("transpose", first, input);
        int b = dim("transpose", second, input);
        sizes[a] = input.size(b);
        sizes[b] = input.size(a);
        return input.sized(sizes);
    }

    static Spec sliced(Spec input, int dim, long from, long to) {
        int cut = dim("slice", dim, input);
        if (from < 0 || to < from || to > input.size(cut)) {
            throw new IllegalArgumentException(
                    "slice: there are no elements " + from + " to " + to + " in dimension " + dim + " of " + input);
        }
        long[] sizes = input.sizes();
        sizes[cut] = to - from;
        return input.sized(sizes);
    }

    /** As many elements in other sizes, of which one may be -1. */
    static Spec reshaped(Spec input, long[] wanted) {
        long[] sizes = wanted.clone();
        int open = -1;
        long known = 1;
        List<Long> asked = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            asked.add(sizes[i]);
            if (sizes[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= sizes[i];
            }
        }
        if (open >= 0 && known > 0 && input.elements() % known == 0) {
            sizes[open] = input.elements() / known;
            known *= sizes[open];
        }
        boolean valid = Arrays.stream(sizes).allMatch(size -> size >= 0);
        if (!valid || known != input.elements()) {
            throw new IllegalArgumentException(
                    "reshape: " + input + " has " + input.elements() + " elements, which do not fit " + asked);
        }
        return input.sized(sizes);
    }
}
