// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;

/**
 * Checks of arguments that libtorch leaves out. Its kernels of these operators read and write beyond their tensors when sizes do
 * not fit together, which ends the process; PyTorch's Python code checks for most of them, and we come without it. Found by
 * HostileDataTest.
 */
public final class Guards {

    /** A check of the arguments of one call. */
    @FunctionalInterface
    public interface Guard {
        /**
         * Checks the arguments of one call.
         *
         * @throws IllegalArgumentException if their sizes do not fit together
         */
        void check(GuardedCall arguments);
    }

    private static final Map<String, Guard> BY_NAME = Map.ofEntries(
            Map.entry("embedding_bag", Guards::embeddingBag),
            Map.entry("_embedding_bag", Guards::embeddingBag),
            Map.entry("_embedding_bag_forward_only", Guards::embeddingBag),
            Map.entry("batch_norm", Guards::batchNorm),
            Map.entry("native_batch_norm", Guards::batchNorm),
            Map.entry("_native_batch_norm_legit", Guards::batchNorm),
            Map.entry("_native_batch_norm_legit_no_training", Guards::batchNorm),
            Map.entry("_weight_norm", Guards::weightNorm),
            Map.entry("_weight_norm_interface", Guards::weightNorm),
            Map.entry("_scaled_dot_product_flash_attention_for_cpu", Guards::attention),
            Map.entry("_fft_c2r", Guards::complexToReal));

    private static final Map<String, Integer> GATES = Map.of("lstm", 4, "gru", 3, "rnn_tanh", 1, "rnn_relu", 1);

    private Guards() {}

    /** The check that an operator needs, or null if libtorch does what is needed. */
    public static @Nullable Guard of(OpName op) {
        if (!op.namespace().equals("aten")) {
            return null;
        }
        Integer gates = GATES.get(op.name());
        if (gates == null) {
            return BY_NAME.get(op.name());
        }
        boolean packed = op.overload().equals("data");
        return packed || op.overload().equals("input") ? arguments -> recurrent(arguments, gates, packed) : null;
    }

    /** Whether the check looks at more than sizes: at the batch sizes of a packed sequence. */
    public static boolean readsElements(OpName op) {
        return GATES.containsKey(op.name()) && op.overload().equals("data");
    }

    private static void require(boolean fits, String problem) {
        if (!fits) {
            throw new IllegalArgumentException(problem);
        }
    }

    private static boolean hasSizes(GuardedCall.Operand tensor, long... sizes) {
        if (tensor.rank() != sizes.length) {
            return false;
        }
        for (int d = 0; d < sizes.length; d++) {
            if (tensor.size(d) != sizes[d]) {
                return false;
            }
        }
        return true;
    }

    private static void embeddingBag(GuardedCall arguments) {
        boolean largest = arguments.integer(4) == 2;
        require(
                !largest || arguments.tensor(2).count() > 0,
                "the largest of a bag needs at least one bag, found no offsets");
    }

    private static void batchNorm(GuardedCall arguments) {
        GuardedCall.Operand input = arguments.tensor(0);
        require(input.rank() >= 2, "input must have at least 2 dimensions, found " + input.rank());
        for (int i = 1; i <= 4; i++) {
            if (arguments.isTensor(i)) {
                GuardedCall.Operand perChannel = arguments.tensor(i);
                require(
                        perChannel.count() == input.size(1),
                        "argument " + i + " must have one element for each of " + input.size(1) + " channels");
            }
        }
    }

    private static void weightNorm(GuardedCall arguments) {
        GuardedCall.Operand direction = arguments.tensor(0);
        GuardedCall.Operand length = arguments.tensor(1);
        long dim = arguments.integer(2);
        require(dim >= -1 && dim < direction.rank(), "there is no dimension " + dim);
        long lengths = dim == -1 ? 1 : direction.size((int) dim);
        require(length.count() == lengths, "there must be " + lengths + " lengths, found " + length.count());
    }

    private static void attention(GuardedCall arguments) {
        GuardedCall.Operand query = arguments.tensor(0);
        GuardedCall.Operand key = arguments.tensor(1);
        GuardedCall.Operand value = arguments.tensor(2);
        boolean fits = query.rank() == 4 && key.rank() == 4 && value.rank() == 4;
        fits = fits
                && key.size(0) == query.size(0)
                && value.size(0) == query.size(0)
                && key.size(1) == value.size(1)
                && key.size(1) > 0
                && query.size(1) % key.size(1) == 0
                && key.size(2) == value.size(2)
                && key.size(3) == query.size(3);
        require(fits, "sizes of query, key and value must match");
    }

    private static void complexToReal(GuardedCall arguments) {
        GuardedCall.Operand self = arguments.tensor(0);
        List<Long> dims = arguments.integers(1);
        long needed = arguments.integer(3) / 2 + 1;
        require(self.rank() > 0 && dims.size() > 0, "there must be a dimension to transform");
        for (int i = 0; i < dims.size(); i++) {
            int dim = Math.toIntExact(dims.get(i));
            require(dim >= -self.rank() && dim < self.rank(), "there is no dimension " + dim);
            long least = i == dims.size() - 1 ? needed : 1;
            require(
                    self.size(dim < 0 ? dim + self.rank() : dim) >= least,
                    "dimension " + dim + " must have at least " + least + " elements, found " + self.size(dim));
        }
    }

    /**
     * {@code (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)}, or with batch sizes after the
     * input and without the last. An LSTM's hx is a list of two; with a projection its output is narrower than its cell.
     */
    private static void recurrent(GuardedCall arguments, int gates, boolean packed) {
        int shift = packed ? 1 : 0;
        GuardedCall.Operand input = arguments.tensor(0);
        boolean lstm = gates == 4;
        List<? extends GuardedCall.Operand> states =
                lstm ? arguments.tensors(1 + shift) : List.of(arguments.tensor(1 + shift));
        List<? extends GuardedCall.Operand> parameters = arguments.tensors(2 + shift);
        boolean biased = arguments.flag(3 + shift);
        long layers = arguments.integer(4 + shift);
        long directions = arguments.flag(7 + shift) ? 2 : 1;
        int rank = packed ? 3 : input.rank();
        require(packed ? input.rank() == 2 : rank == 2 || rank == 3, "a sequence of " + input.rank() + " dimensions");
        require(states.size() == (lstm ? 2 : 1), "expected hidden and cell state, found " + states.size() + " states");
        for (GuardedCall.Operand state : states) {
            require(
                    state.rank() == rank && state.size(0) == layers * directions,
                    "a state must have " + rank + " dimensions, the first of " + layers * directions);
        }
        GuardedCall.Operand hidden = states.get(0);
        GuardedCall.Operand cell = states.get(states.size() - 1);
        require(rank == 2 || hidden.size(1) == cell.size(1), "both states must be of one batch size");
        if (packed) {
            GuardedCall.Operand batchSizes = arguments.tensor(1);
            require(batchSizes.rank() == 1 && batchSizes.count() > 0, "there must be one batch size for each step");
            require(batchSizes.first() == hidden.size(1), "the state must be of the first step's batch size");
        }
        check(
                parameters,
                biased,
                layers * directions,
                directions,
                gates,
                input,
                hidden.size(rank - 1),
                cell.size(rank - 1));
    }

    private static void check(
            List<? extends GuardedCall.Operand> parameters,
            boolean biased,
            long cells,
            long directions,
            int gates,
            GuardedCall.Operand input,
            long outputWidth,
            long cellWidth) {
        int each = (biased ? 4 : 2) + (outputWidth == cellWidth ? 0 : 1);
        require(parameters.size() == cells * each, "expected " + cells * each + " weights, found " + parameters.size());
        for (int c = 0; c < cells; c++) {
            long width = c < directions ? input.size(input.rank() - 1) : outputWidth * directions;
            int first = c * each;
            boolean fits = hasSizes(parameters.get(first), gates * cellWidth, width)
                    && hasSizes(parameters.get(first + 1), gates * cellWidth, outputWidth);
            for (int b = 2; biased && b < 4; b++) {
                fits = fits && hasSizes(parameters.get(first + b), gates * cellWidth);
            }
            if (outputWidth != cellWidth) {
                fits = fits && hasSizes(parameters.get(first + each - 1), outputWidth, cellWidth);
            }
            require(fits, "sizes of the weights of layer and direction " + c + " must match its input of " + width);
        }
    }
}
