// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;

/**
 * Prior of the cost model, before anything was measured: a kernel takes as long as its arithmetic or its memory traffic,
 * whichever is longer (Williams, Waterman, Patterson, "Roofline", CACM 2009).
 *
 * @param operations arithmetic, a multiply-add counting two
 * @param bytes weights, inputs and outputs of the segment, each once
 */
public record Roofline(double operations, double bytes) {

    /** Stands for a symbolic size, so that a prior exists at all. */
    private static final long ASSUMED_SYMBOLIC_SIZE = 16;

    /** Counts a segment. */
    public static Roofline of(LayerGraph segment) {
        double operations = 0;
        for (Layer layer : segment.layers()) {
            operations += operations(segment, layer);
        }
        Set<Integer> touched = new HashSet<>(segment.inputs());
        segment.weights().forEach(weight -> touched.add(weight.value()));
        segment.outputs().forEach(output -> Layer.forEachRef(output, touched::add));
        double bytes = touched.stream()
                .mapToDouble(id -> segment.value(id).type() instanceof TensorSpec spec
                        ? elements(spec) * spec.dtype().sizeBytes()
                        : Long.BYTES)
                .sum();
        return new Roofline(operations, bytes);
    }

    /** Time on a PE. */
    public long nanos(PeDescriptor pe) {
        double seconds = Math.max(operations / pe.operationsPerSecond(), bytes / pe.bytesPerSecond());
        return pe.launchNanos() + (long) (seconds * 1e9);
    }

    private static double operations(LayerGraph segment, Layer layer) {
        double outputs = layer.outputs().stream()
                .filter(id -> id != Value.NONE)
                .mapToDouble(id -> segment.value(id).type() instanceof TensorSpec spec ? elements(spec) : 1)
                .sum();
        return switch (layer.op().name()) {
            // Every output element is a sum over one filter: all weight elements but the output channel's dimension.
            case "conv1d", "conv2d", "conv3d", "convolution", "linear" ->
                2 * outputs * perOutput(segment, layer.argument("weight"), 0);
            case "addmm", "mm", "matmul", "bmm" -> 2 * outputs * perOutput(segment, layer.argument("mat2"), 1);
            default -> outputs;
        };
    }

    private static double perOutput(LayerGraph segment, @Nullable Argument operand, int outputDimension) {
        if (operand instanceof Argument.Ref ref && segment.value(ref.value()).type() instanceof TensorSpec spec) {
            double product = 1;
            for (int i = 0; i < spec.shape().rank(); i++) {
                if (i != outputDimension) {
                    product *= size(spec.shape().dims().get(i));
                }
            }
            return product;
        }
        return 1;
    }

    private static double elements(TensorSpec spec) {
        return spec.shape().dims().stream().mapToDouble(Roofline::size).reduce(1, (a, b) -> a * b);
    }

    private static long size(Dim dim) {
        return dim.fixedSize().orElse(ASSUMED_SYMBOLIC_SIZE);
    }
}
