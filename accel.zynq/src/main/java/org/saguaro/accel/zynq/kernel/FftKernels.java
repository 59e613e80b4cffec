// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.kernel;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.zynq.engine.FftEngine;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

/** Kernels of a Fourier engine: {@code fft_fft} and {@code fft_ifft} over the last dimension. */
public final class FftKernels extends SignalKernels<FftKernels.Transform> {

    /**
     * A transform.
     *
     * @param scaled whether the engine divides by the number of points
     * @param factor what the result is multiplied with then; 1 for nothing
     */
    record Transform(int input, boolean real, int points, boolean inverse, boolean scaled, double factor, int output) {}

    /** A complex product, a complex sum and a difference. */
    public static final int OPERATIONS_PER_BUTTERFLY = 10;

    private final EngineSource<FftEngine> source;

    public FftKernels(KernelSettings settings, EngineSource<FftEngine> source) {
        super(settings);
        this.source = source;
    }

    @Override
    Transform read(LayerGraph graph, Layer layer) throws Refusal {
        boolean inverse = switch (layer.op().toString()) {
            case "aten.fft_fft.default" -> false;
            case "aten.fft_ifft.default" -> true;
            default ->
                throw new Refusal(
                        Support.Cause.OPERATOR, "runs fft_fft and fft_ifft of complex64, found " + layer.op());
        };
        Arguments arguments = new Arguments(graph, layer);
        int input = arguments.tensor("self");
        boolean real = graph.value(input).type() instanceof TensorSpec spec && spec.dtype() == DType.FLOAT32;
        int[] sizes = arguments.sizes(input, real ? DType.FLOAT32 : DType.COMPLEX64);
        int output = arguments.output();
        int[] result = arguments.sizes(output, DType.COMPLEX64);
        if (sizes.length == 0 || !Arrays.equals(sizes, result)) {
            throw new Refusal(Support.Cause.SHAPE, "a result of the operand's sizes");
        }
        if (graph.weight(input) != null) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "the transform of a constant");
        }
        int points = sizes[sizes.length - 1];
        if (!FftEngine.supports(points)) {
            throw new Refusal(
                    Support.Cause.SHAPE,
                    "powers of two from " + FftEngine.MIN_POINTS + " to " + FftEngine.MAX_POINTS + ", found " + points);
        }
        if (!arguments.isNone("n") && arguments.integer("n") != points) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "all " + points + " points, found n=" + layer.argument("n"));
        }
        Argument dim = layer.argument("dim");
        if (dim != null && arguments.integer("dim") != -1 && arguments.integer("dim") != sizes.length - 1) {
            throw new Refusal(Support.Cause.ATTRIBUTE, "the last dimension, found dim=" + dim);
        }
        String norm = arguments.isNone("norm") ? "backward" : String.valueOf(arguments.text("norm"));
        return switch (norm) {
            case "backward" -> new Transform(input, real, points, inverse, inverse, 1, output);
            case "forward" -> new Transform(input, real, points, inverse, !inverse, 1, output);
            case "ortho" -> new Transform(input, real, points, inverse, false, 1 / Math.sqrt(points), output);
            default -> throw new Refusal(Support.Cause.ATTRIBUTE, "norm backward, ortho or forward, found " + norm);
        };
    }

    @Override
    SignalKernel kernel(KernelSettings own, Scratch work, LayerGraph segment, Transform transform)
            throws AccelException {
        return new TransformKernel(own, work, segment, transform);
    }

    private final class TransformKernel extends SignalKernel {
        private final Transform transform;

        TransformKernel(KernelSettings own, Scratch work, LayerGraph segment, Transform transform)
                throws AccelException {
            super(own, work, segment, transform.output());
            this.transform = transform;
        }

        @Override
        long compute(long[] operands, long result) throws AccelException {
            return source.engine()
                    .run(
                            transform.points(),
                            transform.inverse(),
                            transform.scaled(),
                            elements() / transform.points(),
                            operands[0],
                            result);
        }

        @Override
        long operations() {
            int log2 = Integer.numberOfTrailingZeros(transform.points());
            return (long) elements() / 2 * log2 * OPERATIONS_PER_BUTTERFLY;
        }

        @Override
        boolean isReal(int i) {
            return transform.real();
        }

        @Override
        void finish(ByteBuffer result) {
            if (transform.factor() == 1) {
                return;
            }
            float factor = (float) transform.factor();
            int end = elements() * 2 * Float.BYTES;
            for (int at = 0; at < end; at += Float.BYTES) {
                result.putFloat(at, result.getFloat(at) * factor);
            }
        }
    }
}
