// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;

/**
 * Checks of arguments that libtorch leaves out. Its kernels of these operators read and write beyond their tensors when sizes do
 * not fit together, which ends the process; PyTorch's Python code checks for most of them, and we come without it. Found by
 * HostileDataTest.
 */
final class Guards {

    /** A check of the arguments on the stack, in the schema's order. */
    @FunctionalInterface
    interface Guard {
        /**
         * Checks the arguments of one call.
         *
         * @throws IllegalArgumentException if their sizes do not fit together
         */
        void check(IValueVector arguments);
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
    static @Nullable Guard of(OpName op) {
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
    static boolean readsElements(OpName op) {
        return GATES.containsKey(op.name()) && op.overload().equals("data");
    }

    private static void require(boolean fits, String problem) {
        if (!fits) {
            throw new IllegalArgumentException(problem);
        }
    }

    private static boolean hasSizes(Tensor tensor, long... sizes) {
        if (tensor.dim() != sizes.length) {
            return false;
        }
        for (int d = 0; d < sizes.length; d++) {
            if (tensor.size(d) != sizes[d]) {
                return false;
            }
        }
        return true;
    }

    private static void embeddingBag(IValueVector arguments) {
        boolean largest = arguments.get(4).toInt() == 2;
        require(
                !largest || arguments.get(2).toTensor().numel() > 0,
                "the largest of a bag needs at least one bag, found no offsets");
    }

    private static void batchNorm(IValueVector arguments) {
        Tensor input = arguments.get(0).toTensor();
        require(input.dim() >= 2, "input must have at least 2 dimensions, found " + input.dim());
        for (int i = 1; i <= 4; i++) {
            if (arguments.get(i).isTensor()) {
                Tensor perChannel = arguments.get(i).toTensor();
                require(
                        !perChannel.defined() || perChannel.numel() == input.size(1),
                        "argument " + i + " must have one element for each of " + input.size(1) + " channels");
            }
        }
    }

    private static void weightNorm(IValueVector arguments) {
        Tensor direction = arguments.get(0).toTensor();
        Tensor length = arguments.get(1).toTensor();
        long dim = arguments.get(2).toInt();
        require(dim >= -1 && dim < direction.dim(), "there is no dimension " + dim);
        long lengths = dim == -1 ? 1 : direction.size(dim);
        require(length.numel() == lengths, "there must be " + lengths + " lengths, found " + length.numel());
    }

    private static void attention(IValueVector arguments) {
        Tensor query = arguments.get(0).toTensor();
        Tensor key = arguments.get(1).toTensor();
        Tensor value = arguments.get(2).toTensor();
        boolean fits = query.dim() == 4 && key.dim() == 4 && value.dim() == 4;
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

    private static void complexToReal(IValueVector arguments) {
        Tensor self = arguments.get(0).toTensor();
        GenericList dims = arguments.get(1).toList();
        long needed = arguments.get(3).toInt() / 2 + 1;
        require(self.dim() > 0 && dims.size() > 0, "there must be a dimension to transform");
        for (long i = 0; i < dims.size(); i++) {
            long dim = dims.get(i).toInt();
            require(dim >= -self.dim() && dim < self.dim(), "there is no dimension " + dim);
            long least = i == dims.size() - 1 ? needed : 1;
            require(
                    self.size(dim) >= least,
                    "dimension " + dim + " must have at least " + least + " elements, found " + self.size(dim));
        }
    }

    /**
     * {@code (input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)}, or with batch sizes after the
     * input and without the last. An LSTM's hx is a list of two; with a projection its output is narrower than its cell.
     */
    private static void recurrent(IValueVector arguments, int gates, boolean packed) {
        int shift = packed ? 1 : 0;
        Tensor input = arguments.get(0).toTensor();
        boolean lstm = gates == 4;
        List<Tensor> states = lstm
                ? tensors(arguments.get(1 + shift).toList())
                : List.of(arguments.get(1 + shift).toTensor());
        List<Tensor> parameters = tensors(arguments.get(2 + shift).toList());
        boolean biased = arguments.get(3 + shift).toBool();
        long layers = arguments.get(4 + shift).toInt();
        long directions = arguments.get(7 + shift).toBool() ? 2 : 1;
        int rank = packed ? 3 : (int) input.dim();
        require(packed ? input.dim() == 2 : rank == 2 || rank == 3, "a sequence of " + input.dim() + " dimensions");
        require(states.size() == (lstm ? 2 : 1), "expected hidden and cell state, found " + states.size() + " states");
        for (Tensor state : states) {
            require(
                    state.dim() == rank && state.size(0) == layers * directions,
                    "a state must have " + rank + " dimensions, the first of " + layers * directions);
        }
        Tensor hidden = states.get(0);
        Tensor cell = states.get(states.size() - 1);
        require(rank == 2 || hidden.size(1) == cell.size(1), "both states must be of one batch size");
        if (packed) {
            Tensor batchSizes = arguments.get(1).toTensor();
            require(batchSizes.dim() == 1 && batchSizes.numel() > 0, "there must be one batch size for each step");
            require(
                    batchSizes.select(0, 0).item_long() == hidden.size(1),
                    "the state must be of the first step's batch size");
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
            List<Tensor> parameters,
            boolean biased,
            long cells,
            long directions,
            int gates,
            Tensor input,
            long outputWidth,
            long cellWidth) {
        int each = (biased ? 4 : 2) + (outputWidth == cellWidth ? 0 : 1);
        require(parameters.size() == cells * each, "expected " + cells * each + " weights, found " + parameters.size());
        for (int c = 0; c < cells; c++) {
            long width = c < directions ? input.size(input.dim() - 1) : outputWidth * directions;
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

    private static List<Tensor> tensors(GenericList list) {
        List<Tensor> tensors = new ArrayList<>();
        for (long i = 0; i < list.size(); i++) {
            tensors.add(list.get(i).toTensor());
        }
        return tensors;
    }
}
