// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.cost;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Dim;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.Value;
import org.saguaro.model.api.ValueType;

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
                .mapToDouble(id -> bytes(segment.value(id).type()))
                .sum();
        return new Roofline(operations, bytes);
    }

    /** Size of a value; a symbolic size counts as some. */
    public static double bytes(ValueType type) {
        return type instanceof TensorSpec spec ? elements(spec) * spec.dtype().sizeBytes() : Long.BYTES;
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
            case "conv1d", "conv2d", "conv3d", "linear" -> 2 * outputs * filter(segment, layer);
            case "convolution" ->
                2
                        * (isTransposed(layer) ? elements(segment, layer.argument("input")) : outputs)
                        * filter(segment, layer);
            // Every input element goes into one filter's worth of outputs.
            case "conv_transpose1d", "conv_transpose2d", "conv_transpose3d" ->
                2 * elements(segment, layer.argument("input")) * filter(segment, layer);
            // Every output element is a sum over a row of the left matrix.
            case "mm", "bmm", "matmul" -> 2 * outputs * rowLength(segment, layer.argument("self"));
            case "addmm" -> 2 * outputs * rowLength(segment, layer.argument("mat1"));
            case "fft_fft", "fft_ifft", "fft_hfft", "fft_ihfft", "fft_rfft", "fft_irfft" ->
                fourier(segment, layer, outputs);
            default -> outputs;
        };
    }

    /** {@code 5 n log2 n} for each transform of n points, as FFTs are compared by; half of that where one side is real. */
    private static double fourier(LayerGraph segment, Layer layer, double outputs) {
        TensorSpec input = spec(segment, layer.argument("self"));
        TensorSpec output = spec(segment, new Argument.Ref(layer.outputs().get(0)));
        if (input == null || output == null || input.shape().rank() == 0) {
            return outputs;
        }
        int rank = input.shape().rank();
        long dim = layer.argument("dim") instanceof Argument.Int given ? given.value() : -1;
        int along = Math.floorMod(dim, rank);
        double inputPoints = size(input.shape().dims().get(along));
        double outputPoints = size(output.shape().dims().get(along));
        // Of a real signal's spectrum, half is left out: the longer side has all points.
        double points = Math.max(inputPoints, outputPoints);
        if (layer.argument("n") instanceof Argument.Int given) {
            points = given.value();
        }
        double transforms = outputs / Math.max(1, outputPoints);
        boolean halved = isComplex(input) != isComplex(output);
        double all = 5 * transforms * points * Math.max(1, Math.log(points) / Math.log(2));
        return halved ? all / 2 : all;
    }

    private static boolean isComplex(TensorSpec spec) {
        return spec.dtype() == DType.COMPLEX64 || spec.dtype() == DType.COMPLEX128;
    }

    private static boolean isTransposed(Layer layer) {
        return layer.argument("transposed") instanceof Argument.Bool transposed && transposed.value();
    }

    /** Weight elements, the first dimension not counted. */
    private static double filter(LayerGraph segment, Layer layer) {
        TensorSpec weight = spec(segment, layer.argument("weight"));
        return weight == null || weight.shape().rank() == 0
                ? 1
                : elements(weight) / Math.max(1, size(weight.shape().dims().get(0)));
    }

    private static double rowLength(LayerGraph segment, @Nullable Argument matrix) {
        TensorSpec spec = spec(segment, matrix);
        int rank = spec == null ? 0 : spec.shape().rank();
        return spec == null || rank == 0 ? 1 : size(spec.shape().dims().get(rank - 1));
    }

    private static double elements(LayerGraph segment, @Nullable Argument tensor) {
        TensorSpec spec = spec(segment, tensor);
        return spec == null ? 1 : elements(spec);
    }

    private static @Nullable TensorSpec spec(LayerGraph segment, @Nullable Argument argument) {
        return argument instanceof Argument.Ref ref
                        && segment.value(ref.value()).type() instanceof TensorSpec spec
                ? spec
                : null;
    }

    private static double elements(TensorSpec spec) {
        return spec.shape().dims().stream().mapToDouble(Roofline::size).reduce(1, (a, b) -> a * b);
    }

    private static long size(Dim dim) {
        return dim.fixedSize().orElse(ASSUMED_SYMBOLIC_SIZE);
    }
}
