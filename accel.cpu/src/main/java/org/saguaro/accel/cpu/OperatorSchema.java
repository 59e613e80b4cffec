// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.OpName;

/** What both backends know of an operator: its parameters, and which of them share memory with results. Immutable and thread-safe. */
public interface OperatorSchema {

    /**
     * Composites that never return an argument, though their schema says nothing about it. Being listed spares an operator the
     * suspicion that its result may share memory with its inputs; it is no list of what is supported.
     */
    Set<String> FRESH = Set.of(
            "conv1d",
            "conv2d",
            "conv3d",
            "convolution",
            "linear",
            "matmul",
            "batch_norm",
            "layer_norm",
            "group_norm",
            "instance_norm",
            "max_pool1d",
            "max_pool2d",
            "max_pool3d",
            "avg_pool1d",
            "adaptive_avg_pool1d",
            "adaptive_avg_pool2d",
            "cat",
            "stack",
            "scaled_dot_product_attention",
            "lstm",
            "gru",
            "softmax",
            "log_softmax",
            "embedding",
            "upsample_nearest2d",
            "upsample_bilinear2d",
            "relu6",
            "selu",
            "pad");

    /** The overload that libtorch's dispatcher has for one that only TorchScript's interpreter has; any other itself. */
    static OpName dispatched(OpName name) {
        return InterpretedOverloads.dispatched(name);
    }

    /** One parameter. */
    interface Formal {

        /** As the schema has it. */
        String name();

        /** Whether it takes a tensor or a list of them. */
        boolean tensor();

        /** Whether a result may be a view on it. */
        boolean aliased();

        /** Whether the operator writes it in place. */
        boolean written();

        /** Whether a layer must have it, for want of a default. */
        boolean required();
    }

    /** The operators of a backend. */
    interface Table {

        /** The operator, or null if there is none. */
        @Nullable
        OperatorSchema find(OpName name);

        /**
         * An operator that is known to be there.
         *
         * @throws IllegalArgumentException if it is not
         */
        default OperatorSchema get(OpName name) {
            OperatorSchema schema = find(name);
            if (schema == null) {
                throw new IllegalArgumentException("libtorch has no operator " + name);
            }
            return schema;
        }
    }

    /** Which one it is. */
    OpName name();

    /** In order. */
    List<? extends Formal> parameters();

    /** The parameter of that name, or null if there is none. */
    default @Nullable Formal parameter(String parameterName) {
        for (Formal parameter : parameters()) {
            if (parameter.name().equals(parameterName)) {
                return parameter;
            }
        }
        return null;
    }

    /** For each result, whether it may share memory with an argument marked as aliased. */
    List<Boolean> aliasingResults();

    /** Whether a result might be one of the arguments although the schema does not say so, as {@code dropout} in evaluation. */
    boolean mayAliasSilently();
}
