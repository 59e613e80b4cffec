// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.IValue;

/** oneDNN's convolution with a prepacked weight; residual and activation are computed before the result leaves the registers. */
final class OneDnnConvolution implements Variant {

    @Override
    public String name() {
        return "onednn";
    }

    @Override
    public boolean appliesTo(FusedLayer layer, Context context) {
        return layer.kind() != FusedLayer.Kind.LINEAR;
    }

    @Override
    public void emit(FusedLayer layer, FoldedWeights weights, Context context, Emission emission) {
        boolean row = layer.kind() == FusedLayer.Kind.CONV1D;
        FusedLayer.Geometry given = Objects.requireNonNull(layer.geometry());
        FusedLayer.Geometry geometry = row ? given.withRow() : given;
        Registers registers = emission.registers();
        Operand input = context.values().apply(layer.input());
        Operand residual = layer.hasResidual() ? context.values().apply(layer.residual()) : null;
        int result = registers.of(layer.result());
        int output = row ? registers.temporary() : result;
        if (row) {
            input = withRow(input, layer, emission);
            residual = residual == null ? null : withRow(residual, layer, emission);
        }
        IValue weight = packedWeight(layer, weights, geometry, context, emission);
        IValue bias = PackedBias.of(weights, context, emission);
        Activation activation = layer.activation();
        Emission.Arguments call = residual == null
                ? emission.call(layer.label(), "mkldnn._convolution_pointwise.default")
                        .operand(input)
                : emission.call(layer.label(), "mkldnn._convolution_pointwise.binary")
                        .operand(input)
                        .operand(residual);
        call.constant(weight)
                .constant(bias)
                .ints(geometry.padding())
                .ints(geometry.stride())
                .ints(geometry.dilation())
                .integer(geometry.groups());
        if (residual != null) {
            call.text("add").none().text(activation == null ? null : activation.oneDnnName());
        } else {
            call.text(activation == null ? "none" : activation.oneDnnName());
        }
        call.numbers(activation == null ? List.of() : activation.scalars())
                .text(activation == null ? null : activation.algorithm())
                .into(output);
        if (row) {
            emission.call(layer.label(), "aten.squeeze.dim")
                    .register(output)
                    .integer(2)
                    .into(result);
        }
    }

    private static Operand withRow(Operand flat, FusedLayer layer, Emission emission) {
        int register = emission.registers().temporary();
        emission.call(layer.label(), "aten.unsqueeze.default")
                .operand(flat)
                .integer(2)
                .into(register);
        return new Operand.Register(register);
    }

    private static IValue packedWeight(
            FusedLayer layer, FoldedWeights weights, FusedLayer.Geometry geometry, Context context, Emission emission) {
        List<Long> inputSizes = inputSizes(layer, context);
        return emission.owner()
                .adopt(context.packed()
                        .acquire(
                                "onednn " + geometry + " " + inputSizes + " " + weights.recipe(),
                                weights.sources(),
                                () -> Emission.evaluate(
                                        context.operators(), "mkldnn._reorder_convolution_weight.default", call -> {
                                            try (IValue dense = new IValue(weights.weight())) {
                                                call.constant(call.copied(dense))
                                                        .ints(geometry.padding())
                                                        .ints(geometry.stride())
                                                        .ints(geometry.dilation())
                                                        .integer(geometry.groups());
                                                if (inputSizes.isEmpty()) {
                                                    call.none();
                                                } else {
                                                    call.ints(inputSizes);
                                                }
                                            }
                                        })))
                .value();
    }

    /** Sizes that the weight is laid out for; any input is computed right, this one fastest. */
    private static List<Long> inputSizes(FusedLayer layer, Context context) {
        List<Long> sizes = context.inputSizes();
        if (sizes == null) {
            return List.of();
        }
        return layer.kind() == FusedLayer.Kind.CONV1D ? List.of(sizes.get(0), sizes.get(1), 1L, sizes.get(2)) : sizes;
    }
}
