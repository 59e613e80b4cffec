// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** ATen's own convolution with the BatchNorm folded in, on a channels-last or an ordinary weight. */
final class FoldedConvolution implements Variant {

    private final boolean channelsLast;

    FoldedConvolution(boolean channelsLast) {
        this.channelsLast = channelsLast;
    }

    @Override
    public String name() {
        return channelsLast ? "aten-channels-last" : "aten-folded";
    }

    @Override
    public boolean appliesTo(FusedLayer layer, Context context) {
        return layer.kind() == FusedLayer.Kind.CONV2D && (channelsLast || layer.normalisation() != null);
    }

    @Override
    public void emit(FusedLayer layer, FoldedWeights weights, Context context, Emission emission) {
        FusedLayer.Geometry geometry = Objects.requireNonNull(layer.geometry());
        boolean finished = !layer.hasResidual() && layer.activation() == null;
        int output = finished
                ? emission.registers().of(layer.result())
                : emission.registers().temporary();
        emission.call(layer.label(), "aten.convolution.default")
                .operand(context.values().apply(layer.input()))
                .constant(emission.owner()
                        .adopt(context.packed()
                                .acquire(name() + " " + weights.recipe(), weights.sources(), () -> boxed(weights)))
                        .value())
                .constant(PackedBias.of(weights, context, emission))
                .ints(geometry.stride())
                .ints(geometry.padding())
                .ints(geometry.dilation())
                .flag(false)
                .ints(List.of(0L, 0L))
                .integer(geometry.groups())
                .into(output);
        Variant.emitEpilogue(layer, true, true, output, context, emission);
    }

    private IValue boxed(FoldedWeights weights) {
        if (!channelsLast) {
            return new IValue(weights.weight());
        }
        try (Tensor reordered = weights.weight().contiguous(torch.MemoryFormat.ChannelsLast)) {
            return new IValue(reordered);
        }
    }
}
