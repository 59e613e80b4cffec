// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;

/** A 1x1 convolution as oneDNN's matrix product over the pixels of a channels-last image. */
final class OneDnnPointwiseConvolution implements Variant {

    @Override
    public String name() {
        return "onednn-matmul";
    }

    @Override
    public boolean appliesTo(FusedLayer layer, Context context) {
        FusedLayer.Geometry geometry = layer.geometry();
        long[] sizes = layer.weight().sizes();
        return layer.kind() == FusedLayer.Kind.CONV2D
                && geometry != null
                && sizes[2] == 1
                && sizes[3] == 1
                && geometry.groups() == 1
                && geometry.stride().equals(List.of(1L, 1L))
                && geometry.padding().equals(List.of(0L, 0L));
    }

    @Override
    public void emit(FusedLayer layer, FoldedWeights weights, Context context, Emission emission) {
        Registers registers = emission.registers();
        int pixels = registers.temporary();
        int product = registers.temporary();
        int image = registers.of(layer.result());
        emission.call(layer.label(), "aten.permute.default")
                .operand(context.values().apply(layer.input()))
                .ints(List.of(0L, 2L, 3L, 1L))
                .into(pixels);
        boolean fusedActivation = !layer.hasResidual();
        Activation activation = fusedActivation ? layer.activation() : null;
        emission.call(layer.label(), "mkldnn._linear_pointwise.default")
                .register(pixels)
                .constant(packedWeight(weights, context, emission))
                .constant(PackedBias.of(weights, context, emission))
                .text(activation == null ? "none" : activation.oneDnnName())
                .numbers(activation == null ? List.of() : activation.scalars())
                .text(activation == null ? null : activation.algorithm())
                .into(product);
        emission.call(layer.label(), "aten.permute.default")
                .register(product)
                .ints(List.of(0L, 3L, 1L, 2L))
                .into(image);
        Variant.emitEpilogue(layer, true, !fusedActivation, image, context, emission);
    }

    private static IValue packedWeight(FoldedWeights weights, Context context, Emission emission) {
        List<Long> sizes = context.inputSizes();
        Long rows = sizes == null ? null : sizes.get(0) * sizes.get(2) * sizes.get(3);
        return emission.owner()
                .adopt(context.packed()
                        .acquire(
                                "onednn-matmul " + rows + " " + weights.recipe(),
                                weights.sources(),
                                () -> Emission.evaluate(
                                        context.operators(), "mkldnn._reorder_linear_weight.default", call -> {
                                            Tensor weight = weights.weight();
                                            try (Tensor matrix = weight.reshape(weight.size(0), weight.size(1));
                                                    IValue dense = new IValue(matrix)) {
                                                call.constant(call.copied(dense));
                                                if (rows == null) {
                                                    call.none();
                                                } else {
                                                    call.integer(rows);
                                                }
                                            }
                                        })))
                .value();
    }
}
