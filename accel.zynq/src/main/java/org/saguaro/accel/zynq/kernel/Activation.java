// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.Support;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;

/** What is done with each element of a result on its way out, as PyTorch defines it: NaN stays NaN. */
sealed interface Activation {

    /** Replaces the first {@code count} values. */
    void apply(float[] values, int count);

    /** Whether the operator is one of those; its arguments may still be refused. */
    static boolean isActivation(Layer layer) {
        return name(layer) != null;
    }

    private static @Nullable String name(Layer layer) {
        if (!layer.op().namespace().equals("aten") || !layer.op().overload().equals("default")) {
            return null;
        }
        return switch (layer.op().name()) {
            case "relu",
                    "relu6",
                    "hardtanh",
                    "hardswish",
                    "hardsigmoid",
                    "silu",
                    "sigmoid",
                    "tanh",
                    "leaky_relu",
                    "elu",
                    "clamp",
                    "clamp_min" -> layer.op().name();
            default -> null;
        };
    }

    /** The activation that a layer is. */
    static Activation of(LayerGraph graph, Layer layer) throws Refusal {
        Arguments arguments = new Arguments(graph, layer);
        String name = name(layer);
        if (name == null) {
            throw new Refusal(Support.Cause.OPERATOR, "no activation: " + layer.op());
        }
        return switch (name) {
            case "relu" -> new Clamp(0, Float.POSITIVE_INFINITY);
            case "relu6" -> new Clamp(0, 6);
            case "hardtanh" -> clamp(arguments.number("min_val", -1), arguments.number("max_val", 1));
            case "clamp" ->
                clamp(
                        arguments.number("min", Double.NEGATIVE_INFINITY),
                        arguments.number("max", Double.POSITIVE_INFINITY));
            case "clamp_min" -> clamp(arguments.number("min", Double.NEGATIVE_INFINITY), Double.POSITIVE_INFINITY);
            case "hardswish" -> new HardSwish();
            case "hardsigmoid" -> new HardSigmoid();
            case "silu" -> new Silu();
            case "sigmoid" -> new Sigmoid();
            case "tanh" -> new Tanh();
            case "leaky_relu" -> new LeakyRelu((float) arguments.number("negative_slope", 0.01));
            case "elu" ->
                new Elu(
                        arguments.number("alpha", 1),
                        (float) arguments.number("scale", 1),
                        arguments.number("input_scale", 1));
            default -> throw new IllegalStateException("unreachable: " + name);
        };
    }

    private static Clamp clamp(double low, double high) throws Refusal {
        if (!(low <= high)) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "bounds in order, found " + low + ", " + high);
        }
        return new Clamp((float) low, (float) high);
    }

    /** Bounds on both sides. */
    record Clamp(float low, float high) implements Activation {
        @Override
        public void apply(float[] values, int count) {
            float from = low;
            float to = high;
            for (int i = 0; i < count; i++) {
                // Math.max and Math.min keep NaN.
                values[i] = Math.min(to, Math.max(from, values[i]));
            }
        }
    }

    /** {@code x * clamp(x + 3, 0, 6) / 6}. */
    record HardSwish() implements Activation {
        @Override
        public void apply(float[] values, int count) {
            for (int i = 0; i < count; i++) {
                float x = values[i];
                values[i] = x * Math.min(6f, Math.max(0f, x + 3f)) / 6f;
            }
        }
    }

    /** {@code clamp(x + 3, 0, 6) / 6}. */
    record HardSigmoid() implements Activation {
        @Override
        public void apply(float[] values, int count) {
            for (int i = 0; i < count; i++) {
                values[i] = Math.min(6f, Math.max(0f, values[i] + 3f)) / 6f;
            }
        }
    }

    /** {@code 1 / (1 + exp(-x))}. */
    record Sigmoid() implements Activation {
        @Override
        public void apply(float[] values, int count) {
            for (int i = 0; i < count; i++) {
                values[i] = (float) (1 / (1 + Math.exp(-values[i])));
            }
        }
    }

    /** {@code x / (1 + exp(-x))}. */
    record Silu() implements Activation {
        @Override
        public void apply(float[] values, int count) {
            for (int i = 0; i < count; i++) {
                double x = values[i];
                values[i] = (float) (x / (1 + Math.exp(-x)));
            }
        }
    }

    /** Hyperbolic tangent. */
    record Tanh() implements Activation {
        @Override
        public void apply(float[] values, int count) {
            for (int i = 0; i < count; i++) {
                values[i] = (float) Math.tanh(values[i]);
            }
        }
    }

    /** {@code x} above 0, {@code slope * x} below. */
    record LeakyRelu(float slope) implements Activation {
        @Override
        public void apply(float[] values, int count) {
            float factor = slope;
            for (int i = 0; i < count; i++) {
                float x = values[i];
                values[i] = x > 0 ? x : x * factor;
            }
        }
    }

    /** {@code scale * x} above 0, {@code scale * alpha * (exp(inputScale * x) - 1)} below. */
    record Elu(double alpha, float scale, double inputScale) implements Activation {
        @Override
        public void apply(float[] values, int count) {
            for (int i = 0; i < count; i++) {
                float x = values[i];
                values[i] = x > 0 ? x * scale : (float) (scale * alpha * Math.expm1(inputScale * x));
            }
        }
    }
}
