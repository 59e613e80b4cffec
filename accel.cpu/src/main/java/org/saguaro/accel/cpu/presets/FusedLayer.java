// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.Tensor;

/**
 * A convolution or linear layer with what follows it and can be computed with it:
 * {@code result = activation(normalisation(op(input)) + residual)}.
 *
 * @param members the layers it stands for, in order; running them one by one is the plain variant
 * @param kind what it is
 * @param input value that comes in
 * @param weight the raw weight
 * @param bias the raw bias, or null
 * @param normalisation an evaluated BatchNorm behind it, or null
 * @param residual value that is added, or negative
 * @param activation applied last, or null
 * @param geometry of a convolution, null for a linear layer
 * @param result value that comes out
 */
record FusedLayer(
        List<Layer> members,
        Kind kind,
        int input,
        Tensor weight,
        @Nullable Tensor bias,
        @Nullable Normalisation normalisation,
        int residual,
        @Nullable Activation activation,
        @Nullable Geometry geometry,
        int result) {

    /** Stands for no residual. */
    static final int NO_RESIDUAL = -1;

    /** What is fused. */
    enum Kind {
        CONV1D,
        CONV2D,
        LINEAR
    }

    /** Window of a convolution, one entry per spatial dimension. */
    record Geometry(List<Long> stride, List<Long> padding, List<Long> dilation, long groups) {

        /** The same window with a dimension of one row put before, for a one-dimensional convolution run as two-dimensional. */
        Geometry withRow() {
            return new Geometry(prepend(1, stride), prepend(0, padding), prepend(1, dilation), groups);
        }

        private static List<Long> prepend(long first, List<Long> rest) {
            return java.util.stream.Stream.concat(java.util.stream.Stream.of(first), rest.stream())
                    .toList();
        }
    }

    /**
     * An evaluated BatchNorm: {@code (x - mean) / sqrt(variance + epsilon) * scale + shift} per channel.
     *
     * @param scale null for 1
     * @param shift null for 0
     */
    record Normalisation(
            @Nullable Tensor scale, @Nullable Tensor shift, Tensor mean, Tensor variance, double epsilon) {}

    boolean hasResidual() {
        return residual >= 0;
    }

    Layer anchor() {
        return members.get(0);
    }

    /** For people: where it is in the model. */
    String label() {
        return anchor().label();
    }
}
