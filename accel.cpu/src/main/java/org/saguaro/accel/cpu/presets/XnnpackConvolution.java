// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.Objects;
import org.bytedeco.pytorch.IValue;

/**
 * XNNPACK's convolution, often the best for depthwise and 1x1 ones. Its operator object keeps state while it runs, so it cannot
 * be shared between PEs; it is used for small weights only, and with one thread, because with more it is slow.
 */
final class XnnpackConvolution implements Variant {

    static final long MAX_WEIGHT_BYTES = 8L << 20;

    @Override
    public String name() {
        return "xnnpack";
    }

    @Override
    public boolean appliesTo(FusedLayer layer, Context context) {
        return layer.kind() == FusedLayer.Kind.CONV2D
                && context.threads() == 1
                && layer.weight().spec().sizeBytes() <= MAX_WEIGHT_BYTES;
    }

    @Override
    public void emit(FusedLayer layer, FoldedWeights weights, Context context, Emission emission) {
        FusedLayer.Geometry geometry = Objects.requireNonNull(layer.geometry());
        Activation activation = layer.activation();
        Activation.Clamp clamp = activation == null || layer.hasResidual() ? null : activation.clamp();
        IValue packed = emission.owner()
                .own(
                        Emission.evaluate(context.operators(), "prepacked.conv2d_clamp_prepack.default", call -> {
                            try (IValue weight = new IValue(weights.weight());
                                    IValue bias = weights.boxedBias()) {
                                call.constant(call.copied(weight))
                                        .constant(call.copied(bias))
                                        .ints(geometry.stride())
                                        .ints(geometry.padding())
                                        .ints(geometry.dilation())
                                        .integer(geometry.groups())
                                        .number(clamp == null ? null : clamp.min())
                                        .number(clamp == null ? null : clamp.max());
                            }
                        }),
                        layer.weight().spec().sizeBytes());
        boolean finished = !layer.hasResidual() && (activation == null || clamp != null);
        int output = finished
                ? emission.registers().of(layer.result())
                : emission.registers().temporary();
        emission.call(layer.label(), "prepacked.conv2d_clamp_run.default")
                .operand(context.values().apply(layer.input()))
                .constant(packed)
                .into(output);
        Variant.emitEpilogue(layer, true, clamp == null, output, context, emission);
    }
}
