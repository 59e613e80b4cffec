// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.lowering;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.lowering.LoweredGraph.Removal;

/**
 * Folds batch normalisation in evaluation mode into the convolution before it (Jacob et al., "Quantization and Training of
 * Neural Networks for Efficient Integer-Arithmetic-Only Inference", CVPR 2018, section 3.2): with
 * {@code s = gamma / sqrt(var + eps)}, the convolution gets weights {@code s * w} and bias {@code (b - mean) * s + beta}.
 *
 * <p>Only float32 convolutions whose output nobody else reads. The folded weights are new direct memory, owned by the lowered
 * graph; the archive's stay untouched.
 */
final class BatchNormFolding {

    private static final Set<String> CONVOLUTIONS = Set.of("conv1d", "conv2d", "conv3d", "convolution");

    private BatchNormFolding() {}

    static LoweredGraph run(LoweredGraph lowered) {
        LayerGraph graph = lowered.graph();
        Uses uses = new Uses(graph);
        Map<Integer, Layer> producers = graph.producers();
        Map<Layer, Layer> convolutionByNorm = new HashMap<>();
        Map<Layer, Layer> normByConvolution = new HashMap<>();
        for (Layer norm : graph.layers()) {
            Layer convolution = foldable(graph, norm, producers, uses);
            if (convolution != null) {
                convolutionByNorm.put(norm, convolution);
                normByConvolution.put(convolution, norm);
            }
        }
        if (convolutionByNorm.isEmpty()) {
            return lowered;
        }
        LayerGraph.Builder builder = graph.toBuilder();
        Map<String, Removal> removed = new HashMap<>();
        List<Layer> layers = new ArrayList<>();
        for (Layer layer : graph.layers()) {
            Layer norm = normByConvolution.get(layer);
            Layer folded = convolutionByNorm.get(layer);
            if (norm != null) {
                layers.add(fold(graph, builder, layer, norm));
            } else if (folded != null) {
                removed.put(layer.name(), new Removal("folded into " + folded.label(), folded.name()));
            } else {
                layers.add(layer);
            }
        }
        return lowered.with(builder.layers(layers).build(), removed);
    }

    /** The convolution that {@code norm} can be folded into, or null. */
    private static @Nullable Layer foldable(LayerGraph graph, Layer norm, Map<Integer, Layer> producers, Uses uses) {
        if (!norm.op().isAten("batch_norm")
                || !(norm.argument("training") instanceof Argument.Bool training)
                || training.value()) {
            return null;
        }
        int input = Uses.ref(norm.argument("input"));
        Layer convolution = producers.get(input);
        if (convolution == null
                || !convolution.op().namespace().equals("aten")
                || !CONVOLUTIONS.contains(convolution.op().name())
                || !norm.equals(uses.onlyReader(input))
                || (convolution.argument("transposed") instanceof Argument.Bool transposed && transposed.value())) {
            return null;
        }
        boolean foldable = isFloatWeight(graph, convolution.argument("weight"), false)
                && isFloatWeight(graph, convolution.argument("bias"), true)
                && isFloatWeight(graph, norm.argument("running_mean"), false)
                && isFloatWeight(graph, norm.argument("running_var"), false)
                && isFloatWeight(graph, norm.argument("weight"), true)
                && isFloatWeight(graph, norm.argument("bias"), true)
                && norm.argument("eps") instanceof Argument.Real;
        return foldable ? convolution : null;
    }

    private static boolean isFloatWeight(LayerGraph graph, @Nullable Argument argument, boolean mayBeNone) {
        if (argument == null || argument instanceof Argument.None) {
            return mayBeNone;
        }
        Weight weight = graph.weight(Uses.ref(argument));
        return weight != null && weight.data().dtype() == DType.FLOAT32;
    }

    private static Layer fold(LayerGraph graph, LayerGraph.Builder builder, Layer convolution, Layer norm) {
        Weight weight = weight(graph, convolution.argument("weight"));
        double[] mean = weight(graph, norm.argument("running_mean")).data().toDoubles();
        double[] variance = weight(graph, norm.argument("running_var")).data().toDoubles();
        double eps = norm.argument("eps") instanceof Argument.Real real ? real.value() : 0;
        double[] gamma = optional(graph, norm.argument("weight"), mean.length, 1);
        double[] beta = optional(graph, norm.argument("bias"), mean.length, 0);
        double[] bias = optional(graph, convolution.argument("bias"), mean.length, 0);
        double[] scale = new double[mean.length];
        ByteBuffer foldedBias = direct(mean.length);
        for (int channel = 0; channel < mean.length; channel++) {
            scale[channel] = gamma[channel] / Math.sqrt(variance[channel] + eps);
            foldedBias.putFloat(
                    4 * channel, (float) ((bias[channel] - mean[channel]) * scale[channel] + beta[channel]));
        }
        String base = weight.name() + " with " + norm.label();
        int weightId =
                builder.addWeight(norm.name() + "$weight", base, Weight.Kind.PARAMETER, scaled(weight.data(), scale));
        int biasId = builder.addWeight(
                norm.name() + "$bias",
                base + " (bias)",
                Weight.Kind.PARAMETER,
                Tensor.dense(DType.FLOAT32, new long[] {mean.length}, foldedBias));
        List<NamedArgument> arguments = convolution.arguments().stream()
                .map(a -> switch (a.name()) {
                    case "weight" -> NamedArgument.read("weight", new Argument.Ref(weightId));
                    case "bias" -> NamedArgument.read("bias", new Argument.Ref(biasId));
                    default -> a;
                })
                .toList();
        return new Layer(convolution.name(), convolution.op(), arguments, norm.outputs(), convolution.modulePath());
    }

    /** Each output channel (the first dimension) times its scale. */
    private static Tensor scaled(Tensor weight, double[] scale) {
        ByteBuffer source = weight.toDense().bytes();
        int count = Math.toIntExact(weight.elementCount());
        int perChannel = count / scale.length;
        ByteBuffer target = direct(count);
        for (int i = 0; i < count; i++) {
            target.putFloat(4 * i, (float) (source.getFloat(4 * i) * scale[i / perChannel]));
        }
        return Tensor.dense(DType.FLOAT32, weight.sizes(), target);
    }

    private static ByteBuffer direct(int floats) {
        return ByteBuffer.allocateDirect(Math.multiplyExact(floats, 4)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static double[] optional(LayerGraph graph, @Nullable Argument argument, int length, double absent) {
        if (argument == null || argument instanceof Argument.None) {
            double[] values = new double[length];
            Arrays.fill(values, absent);
            return values;
        }
        return weight(graph, argument).data().toDoubles();
    }

    private static Weight weight(LayerGraph graph, @Nullable Argument argument) {
        Weight weight = graph.weight(Uses.ref(argument));
        if (weight == null) {
            throw new IllegalStateException("not a weight: " + argument);
        }
        return weight;
    }
}
