// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.IValue;

/** XNNPACK's matrix product, under the same conditions as {@link XnnpackConvolution}. */
final class XnnpackLinear implements Variant {

    @Override
    public String name() {
        return "xnnpack";
    }

    @Override
    public boolean appliesTo(FusedLayer layer, Context context) {
        return layer.kind() == FusedLayer.Kind.LINEAR
                && context.threads() == 1
                && layer.weight().spec().sizeBytes() <= XnnpackConvolution.MAX_WEIGHT_BYTES;
    }

    @Override
    public void emit(FusedLayer layer, FoldedWeights weights, Context context, Emission emission) {
        Activation activation = layer.activation();
        Activation.Clamp clamp = activation == null || layer.hasResidual() ? null : activation.clamp();
        IValue packed = emission.owner()
                .own(
                        Emission.evaluate(context.operators(), "prepacked.linear_clamp_prepack.default", call -> {
                            try (IValue weight = new IValue(weights.weight());
                                    IValue bias = weights.boxedBias()) {
                                call.constant(call.copied(weight))
                                        .constant(call.copied(bias))
                                        .number(clamp == null ? null : clamp.min())
                                        .number(clamp == null ? null : clamp.max());
                            }
                        }),
                        layer.weight().spec().sizeBytes());
        boolean finished = !layer.hasResidual() && (activation == null || clamp != null);
        int output = finished
                ? emission.registers().of(layer.result())
                : emission.registers().temporary();
        emission.call(layer.label(), "prepacked.linear_clamp_run.default")
                .operand(context.values().apply(layer.input()))
                .constant(packed)
                .into(output);
        Variant.emitEpilogue(layer, true, clamp == null, output, context, emission);
    }
}
