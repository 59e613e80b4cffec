// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.jspecify.annotations.Nullable;

/** oneDNN's matrix product with a prepacked weight and the activation fused. */
final class OneDnnLinear implements Variant {

    @Override
    public String name() {
        return "onednn";
    }

    @Override
    public boolean appliesTo(FusedLayer layer, Context context) {
        return layer.kind() == FusedLayer.Kind.LINEAR;
    }

    @Override
    public void emit(FusedLayer layer, FoldedWeights weights, Context context, Emission emission) {
        boolean fusedActivation = !layer.hasResidual();
        Activation activation = fusedActivation ? layer.activation() : null;
        int output = layer.hasResidual()
                ? emission.registers().temporary()
                : emission.registers().of(layer.result());
        emission.call(layer.label(), "mkldnn._linear_pointwise.default")
                .operand(context.values().apply(layer.input()))
                .constant(packedWeight(weights, context, emission))
                .constant(PackedBias.of(weights, context, emission))
                .text(activation == null ? "none" : activation.oneDnnName())
                .numbers(activation == null ? List.of() : activation.scalars())
                .text(activation == null ? null : activation.algorithm())
                .into(output);
        Variant.emitEpilogue(layer, true, !fusedActivation, output, context, emission);
    }

    private static IValue packedWeight(FoldedWeights weights, Context context, Emission emission) {
        Long rows = rows(context.inputSizes());
        return emission.owner()
                .adopt(context.packed()
                        .acquire(
                                "onednn-linear " + rows,
                                weights.sources(),
                                () -> Emission.evaluate(
                                        context.operators(), "mkldnn._reorder_linear_weight.default", call -> {
                                            try (IValue dense = new IValue(weights.weight())) {
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

    private static @Nullable Long rows(@Nullable List<Long> sizes) {
        return sizes == null ? null : sizes.stream().limit(sizes.size() - 1L).reduce(1L, (a, b) -> a * b);
    }
}
