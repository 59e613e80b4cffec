// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;

/**
 * An activation that a fused kernel can apply to its own result.
 *
 * @param layer the layer that applies it
 * @param oneDnnName what oneDNN's pointwise kernels call it
 * @param scalars its parameters for oneDNN
 * @param algorithm oneDNN's variant, or null
 * @param clamp the bounds if it is a clamp, which XNNPACK applies for free; null otherwise
 */
record Activation(
        Layer layer,
        String oneDnnName,
        List<Double> scalars,
        @Nullable String algorithm,
        @Nullable Clamp clamp) {

    /** Bounds of a clamp. */
    record Clamp(double min, double max) {}

    /** The activation that {@code layer} applies to its first argument, or null if it is none. */
    static @Nullable Activation of(Layer layer) {
        if (!layer.op().namespace().equals("aten") || !layer.op().overload().equals("default")) {
            return null;
        }
        return switch (layer.op().name()) {
            case "relu" -> new Activation(layer, "relu", List.of(), null, new Clamp(0, Double.POSITIVE_INFINITY));
            case "relu6" -> clamp(layer, 0, 6);
            case "hardtanh" -> hardtanh(layer);
            case "hardswish" -> plain(layer, "hardswish");
            case "hardsigmoid" -> plain(layer, "hardsigmoid");
            case "sigmoid" -> plain(layer, "sigmoid");
            case "tanh" -> plain(layer, "tanh");
            case "silu" -> plain(layer, "swish");
            case "leaky_relu" -> leakyRelu(layer);
            case "gelu" -> gelu(layer);
            default -> null;
        };
    }

    private static Activation plain(Layer layer, String oneDnnName) {
        return new Activation(layer, oneDnnName, List.of(), null, null);
    }

    private static Activation clamp(Layer layer, double min, double max) {
        return new Activation(layer, "hardtanh", List.of(min, max), null, new Clamp(min, max));
    }

    private static @Nullable Activation hardtanh(Layer layer) {
        Double min = number(layer.argument("min_val"));
        Double max = number(layer.argument("max_val"));
        return min == null || max == null || min > max ? null : clamp(layer, min, max);
    }

    private static @Nullable Activation leakyRelu(Layer layer) {
        Double slope = number(layer.argument("negative_slope"));
        return slope == null ? null : new Activation(layer, "leaky_relu", List.of(slope), null, null);
    }

    private static @Nullable Activation gelu(Layer layer) {
        return layer.argument("approximate") instanceof Argument.Text text
                ? new Activation(layer, "gelu", List.of(), text.value(), null)
                : null;
    }

    private static @Nullable Double number(@Nullable Argument argument) {
        if (argument instanceof Argument.Real real) {
            return real.value();
        }
        return argument instanceof Argument.Int integer ? (double) integer.value() : null;
    }
}
