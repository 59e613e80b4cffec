// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.Carriers;

/**
 * Weight and bias of a fused layer with its BatchNorm folded in, computed in double precision and only when somebody packs them.
 * Used while a kernel is prepared, by one thread.
 */
final class FoldedWeights implements AutoCloseable {

    private final FusedLayer layer;
    private final NativeOwner owner = new NativeOwner();
    private @Nullable Tensor weight;
    private @Nullable Tensor bias;

    FoldedWeights(FusedLayer layer) {
        this.layer = layer;
    }

    /** The raw weights that packed forms are made of. */
    List<org.saguaro.model.api.Tensor> sources() {
        List<org.saguaro.model.api.Tensor> sources = new ArrayList<>();
        sources.add(layer.weight());
        if (layer.bias() != null) {
            sources.add(layer.bias());
        }
        FusedLayer.Normalisation normalisation = layer.normalisation();
        if (normalisation != null) {
            sources.add(normalisation.mean());
            sources.add(normalisation.variance());
            if (normalisation.scale() != null) {
                sources.add(normalisation.scale());
            }
            if (normalisation.shift() != null) {
                sources.add(normalisation.shift());
            }
        }
        return sources;
    }

    /** What was folded, as part of a recipe: tells apart what {@link #sources} alone does not. */
    String recipe() {
        FusedLayer.Normalisation normalisation = layer.normalisation();
        return "bias=" + (layer.bias() != null)
                + (normalisation == null
                        ? ""
                        : " eps=" + normalisation.epsilon() + " scale=" + (normalisation.scale() != null) + " shift="
                                + (normalisation.shift() != null));
    }

    boolean hasBias() {
        return layer.bias() != null || layer.normalisation() != null;
    }

    /** The folded weight; a one-dimensional convolution's gets a dimension of one row. Owned here. */
    Tensor weight() {
        if (weight == null) {
            weight = owner.adopt(foldWeight());
        }
        return weight;
    }

    /** The folded bias, boxed, or None; the caller closes it. */
    IValue boxedBias() {
        if (!hasBias()) {
            return new IValue();
        }
        if (bias == null) {
            bias = owner.adopt(foldBias());
        }
        return new IValue(bias);
    }

    private Tensor foldWeight() {
        return Temporaries.freed(() -> {
            Tensor raw = raw(layer.weight());
            FusedLayer.Normalisation normalisation = layer.normalisation();
            Tensor folded = raw;
            if (normalisation != null) {
                long[] perChannel = new long[layer.weight().rank()];
                Arrays.fill(perChannel, 1);
                perChannel[0] = -1;
                folded = raw.toType(torch.ScalarType.Double)
                        .mul(factor(normalisation).view(perChannel))
                        .toType(torch.ScalarType.Float);
            }
            return layer.kind() == FusedLayer.Kind.CONV1D ? folded.unsqueeze(2) : folded;
        });
    }

    private Tensor foldBias() {
        return Temporaries.freed(() -> {
            FusedLayer.Normalisation normalisation = layer.normalisation();
            if (normalisation == null) {
                return raw(Objects.requireNonNull(layer.bias()));
            }
            Tensor centred =
                    raw(normalisation.mean()).toType(torch.ScalarType.Double).neg();
            if (layer.bias() != null) {
                centred = centred.add(raw(layer.bias()).toType(torch.ScalarType.Double));
            }
            Tensor folded = centred.mul(factor(normalisation));
            if (normalisation.shift() != null) {
                folded = folded.add(raw(normalisation.shift()).toType(torch.ScalarType.Double));
            }
            return folded.toType(torch.ScalarType.Float);
        });
    }

    private static Tensor factor(FusedLayer.Normalisation normalisation) {
        Tensor variance = raw(normalisation.variance()).toType(torch.ScalarType.Double);
        Tensor factor = variance.add(new Scalar(normalisation.epsilon())).rsqrt();
        return normalisation.scale() == null
                ? factor
                : factor.mul(raw(normalisation.scale()).toType(torch.ScalarType.Double));
    }

    /** The raw weight as a libtorch tensor: over the archive's memory, or a copy if that is on the heap. */
    private static Tensor raw(org.saguaro.model.api.Tensor weight) {
        ByteBuffer bytes = Carriers.direct(weight.bytes());
        Tensor blob = Blobs.tensor(bytes, weight.dtype(), weight.sizes(), weight.strides());
        if (weight.bytes().isDirect()) {
            return blob;
        }
        try {
            return blob.clone();
        } finally {
            Reference.reachabilityFence(bytes);
        }
    }

    @Override
    public void close() {
        owner.close();
    }
}
