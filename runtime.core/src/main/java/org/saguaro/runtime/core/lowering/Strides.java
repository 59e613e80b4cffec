// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/**
 * How the elements of a tensor would lie in PyTorch's memory, as far as it decides whether {@code reshape} and
 * {@code contiguous} give a view or a copy. What has memory of its own is taken to be contiguous.
 */
final class Strides {

    private static final Set<String> RESHAPES = Set.of("reshape", "flatten", "reshape_as", "ravel");
    private static final Set<String> KEEP_ORDER = Set.of(
            "alias",
            "detach",
            "view",
            "view_as",
            "_unsafe_view",
            "unsqueeze",
            "squeeze",
            "unflatten",
            "reshape",
            "reshape_as",
            "flatten",
            "ravel",
            "contiguous");
    private static final Set<String> PART_OF_A_DIMENSION =
            Set.of("select", "slice", "narrow", "split", "split_with_sizes", "chunk", "unbind", "tensor_split");

    /** In elements, if all sizes are known. */
    private final long @Nullable [] exact;

    /** If not: whether elements may not follow each other in order. */
    private final boolean maybeScattered;

    private Strides(long @Nullable [] exact, boolean maybeScattered) {
        this.exact = exact;
        this.maybeScattered = maybeScattered;
    }

    /** Of a tensor with memory of its own. */
    static Strides own(ValueType type) {
        return isStatic(type)
                ? new Strides(Tensor.denseStrides(((TensorSpec) type).shape().sizes()), false)
                : new Strides(null, false);
    }

    /** Of a view. */
    Strides through(Layer view, ValueType from, ValueType to) {
        if (exact != null && isStatic(from) && isStatic(to)) {
            long[] known = exactly(
                    view,
                    exact,
                    ((TensorSpec) from).shape().sizes(),
                    ((TensorSpec) to).shape().sizes());
            if (known != null) {
                return new Strides(known, false);
            }
        }
        String op = view.op().name();
        boolean outermost = Constants.integer(view, "dim", 0) == 0;
        boolean inOrder = KEEP_ORDER.contains(op) || (PART_OF_A_DIMENSION.contains(op) && outermost);
        return new Strides(null, maybeScattered || !inOrder);
    }

    /** Whether {@code reshape}, {@code flatten} or {@code contiguous} copies a tensor whose elements lie so. */
    boolean copies(Layer layer, ValueType from, ValueType to) {
        if (exact == null || !isStatic(from) || !isStatic(to)) {
            return maybeScattered;
        }
        long[] sizes = ((TensorSpec) from).shape().sizes();
        return RESHAPES.contains(layer.op().name())
                ? viewed(sizes, exact, ((TensorSpec) to).shape().sizes()) == null
                : !isContiguous(sizes, exact);
    }

    private static boolean isStatic(ValueType type) {
        return type instanceof TensorSpec spec && spec.shape().isStatic();
    }

    private static boolean isContiguous(long[] sizes, long[] strides) {
        long[] dense = Tensor.denseStrides(sizes);
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] > 1 && strides[i] != dense[i]) {
                return false;
            }
        }
        return true;
    }

    private static long @Nullable [] exactly(Layer view, long[] strides, long[] from, long[] to) {
        String op = view.op().name();
        if (KEEP_ORDER.contains(op)) {
            return viewed(from, strides, to);
        }
        int rank = from.length;
        switch (op) {
            case "select", "unbind" -> {
                int dim = dim(view, "dim", rank);
                return without(strides, dim);
            }
            case "slice" -> {
                long[] result = strides.clone();
                result[dim(view, "dim", rank)] *= Constants.integer(view, "step", 1);
                return result;
            }
            case "narrow", "split", "split_with_sizes", "chunk", "tensor_split" -> {
                return strides.clone();
            }
            case "transpose", "swapaxes", "swapdims" -> {
                long[] result = strides.clone();
                int first = dim(view, op.equals("swapaxes") ? "axis0" : "dim0", rank);
                int second = dim(view, op.equals("swapaxes") ? "axis1" : "dim1", rank);
                result[first] = strides[second];
                result[second] = strides[first];
                return result;
            }
            case "t" -> {
                return rank == 2 ? new long[] {strides[1], strides[0]} : strides.clone();
            }
            case "permute" -> {
                List<Long> order = Constants.integers(view.argument("dims"));
                return order == null
                        ? null
                        : order.stream()
                                .mapToLong(d -> strides[(int) Math.floorMod(d, (long) rank)])
                                .toArray();
            }
            case "diagonal" -> {
                int first = dim(view, "dim1", rank, 0);
                int second = dim(view, "dim2", rank, 1);
                long[] rest = without(without(strides, Math.max(first, second)), Math.min(first, second));
                long[] result = Arrays.copyOf(rest, rest.length + 1);
                result[rest.length] = strides[first] + strides[second];
                return result;
            }
            case "expand", "expand_as", "broadcast_to" -> {
                long[] result = new long[to.length];
                int added = to.length - rank;
                for (int i = added; i < to.length; i++) {
                    result[i] = from[i - added] == to[i] ? strides[i - added] : 0;
                }
                return result;
            }
            default -> {
                return null;
            }
        }
    }

    private static int dim(Layer view, String argument, int rank) {
        return dim(view, argument, rank, 0);
    }

    private static int dim(Layer view, String argument, int rank, int otherwise) {
        return Math.floorMod((int) Constants.integer(view, argument, otherwise), Math.max(1, rank));
    }

    private static long[] without(long[] strides, int dim) {
        long[] rest = Arrays.copyOf(strides, strides.length - 1);
        System.arraycopy(strides, dim + 1, rest, dim, strides.length - 1 - dim);
        return rest;
    }

    /** Strides under which memory that lies so can be seen in other sizes; null if it cannot without a copy. */
    private static long @Nullable [] viewed(long[] from, long[] strides, long[] to) {
        if (Arrays.stream(from).anyMatch(size -> size == 0)) {
            return Tensor.denseStrides(to);
        }
        long[] result = new long[to.length];
        int at = to.length - 1;
        int end = from.length - 1;
        while (end >= 0) {
            // A chunk of dimensions that follow each other in memory, from its last one.
            long base = strides[end];
            long elements = 1;
            int start = end;
            for (; start >= 0; start--) {
                if (from[start] != 1 && elements > 1 && strides[start] != elements * base) {
                    break;
                }
                if (from[start] != 1 && elements == 1) {
                    base = strides[start];
                }
                elements *= from[start];
            }
            long placed = 1;
            while (at >= 0 && (placed < elements || to[at] == 1)) {
                result[at] = placed * base;
                placed *= to[at];
                at--;
            }
            if (placed != elements) {
                return null;
            }
            end = start;
        }
        for (; at >= 0; at--) {
            if (to[at] != 1) {
                return null;
            }
            result[at] = 1;
        }
        return result;
    }
}
