// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.SignalOps;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the segments that a {@link SignalKernel} can compute, and measures whether it does so faster than libtorch. Choices are kept by
 * operator and sizes, so the other PEs do not measure again. Thread-safe; what is measured is measured by the calling thread.
 */
public final class SignalKernels {

    private static final Logger LOG = LoggerFactory.getLogger(SignalKernels.class);

    /** Beyond that libtorch's vectorised code always wins, and measuring would take long. */
    private static final long MOST_ELEMENTS = 1 << 20;

    private static final Set<String> NORMS_AS_DEFAULT = Set.of("backward");

    /**
     * Up to that Java is taken without measuring. A call of libtorch takes 2 us before it computes anything, Java 1 us for a transform of
     * 128 points, but only once it is compiled: measured on a busy machine before that, it would lose, and every call of the process
     * would pay for it.
     */
    static final long CERTAIN_ELEMENTS = 256;

    private static final long ROUND_NANOS = 200_000;
    /** The JIT compiler goes through several stages, and on a busy machine it waits before each: a pause in the gain is not the end of it. */
    private static final long LEAST_WARM_UP_NANOS = 30_000_000;

    private static final long WITHOUT_GAIN_NANOS = 10_000_000;
    private static final long MOST_WARM_UP_NANOS = 200_000_000;
    private static final double GAIN = 0.97;

    private final Map<String, Boolean> choices = new ConcurrentHashMap<>();

    /** A kernel in Java for the segment; null if there is none. */
    static @Nullable SignalKernel of(String device, LayerGraph segment) {
        if (segment.layers().size() != 1 || segment.outputs().size() != 1) {
            return null;
        }
        Layer layer = segment.layers().get(0);
        long[] sizes = complexSizes(segment, layer.outputs().get(0));
        if (sizes == null || sizes.length == 0 || !everyInputIs(segment, sizes)) {
            return null;
        }
        String name = layer.op().toString();
        return switch (name) {
            case "aten.fft_fft.default", "aten.fft_ifft.default" ->
                isPlainTransform(layer, sizes)
                        ? new FourierKernel(device, name, sizes, name.equals("aten.fft_ifft.default"))
                        : null;
            case "aten.add.Tensor" -> scaled(layer) ? null : zip(device, segment, sizes, ZipKernel.Arithmetic.ADD);
            case "aten.sub.Tensor" -> scaled(layer) ? null : zip(device, segment, sizes, ZipKernel.Arithmetic.SUBTRACT);
            case "aten.mul.Tensor" -> zip(device, segment, sizes, ZipKernel.Arithmetic.MULTIPLY);
            default ->
                layer.op().equals(SignalOps.MULTIPLY_CONJUGATE)
                        ? zip(device, segment, sizes, ZipKernel.Arithmetic.MULTIPLY_CONJUGATE)
                        : null;
        };
    }

    private static @Nullable SignalKernel zip(
            String device, LayerGraph segment, long[] sizes, ZipKernel.Arithmetic arithmetic) {
        // With a weight, or one value as both operands, there is one input only.
        Layer layer = segment.layers().get(0);
        return segment.inputs().equals(layer.inputs()) && segment.inputs().size() == 2
                ? new ZipKernel(device, layer.op().toString(), sizes, arithmetic)
                : null;
    }

    private static boolean everyInputIs(LayerGraph segment, long[] sizes) {
        return segment.inputs().stream().allMatch(id -> {
            long[] found = complexSizes(segment, id);
            return found != null && Arrays.equals(found, sizes);
        });
    }

    private static long @Nullable [] complexSizes(LayerGraph segment, int value) {
        if (value < 0) {
            return null;
        }
        ValueType type = segment.value(value).type();
        return type instanceof TensorSpec spec
                        && spec.dtype() == DType.COMPLEX64
                        && spec.shape().isStatic()
                        && spec.shape().elementCount() > 0
                        && spec.shape().elementCount() <= MOST_ELEMENTS
                ? spec.shape().sizes()
                : null;
    }

    /** All points of the last dimension, of which there are 2^k, with the default norm. */
    private static boolean isPlainTransform(Layer layer, long[] sizes) {
        long points = sizes[sizes.length - 1];
        Argument n = layer.argument("n");
        Argument dim = layer.argument("dim");
        Argument norm = layer.argument("norm");
        boolean all = n == null || n instanceof Argument.None || n.equals(new Argument.Int(points));
        boolean last =
                dim == null || dim.equals(new Argument.Int(-1)) || dim.equals(new Argument.Int(sizes.length - 1));
        boolean plain = norm == null
                || norm instanceof Argument.None
                || (norm instanceof Argument.Text text && NORMS_AS_DEFAULT.contains(text.value()));
        return all
                && last
                && plain
                && Long.bitCount(points) == 1
                && layer.inputs().size() == 1;
    }

    private static boolean scaled(Layer layer) {
        Argument alpha = layer.argument("alpha");
        return alpha != null && !alpha.equals(new Argument.Int(1)) && !alpha.equals(new Argument.Real(1));
    }

    // --- choosing ---

    /** Whether Java is faster than a call of libtorch can be. */
    static boolean isCertain(LayerGraph segment) {
        TensorSpec result = (TensorSpec)
                segment.value(segment.layers().get(0).outputs().get(0)).type();
        return result.shape().elementCount() <= CERTAIN_ELEMENTS;
    }

    /**
     * Measures, chooses and closes the other one.
     *
     * @param java of the same segment
     * @param torch of the same segment
     */
    Kernel faster(LayerGraph segment, SignalKernel java, Kernel torch) throws AccelException {
        Layer layer = segment.layers().get(0);
        String question =
                layer.op() + " " + segment.value(layer.outputs().get(0)).type();
        Boolean known = choices.get(question);
        if (known == null) {
            known = isJavaFaster(question, segment, java, torch);
            choices.put(question, known);
        }
        if (known) {
            torch.close();
            return java;
        }
        java.close();
        return torch;
    }

    private static boolean isJavaFaster(String question, LayerGraph segment, Kernel java, Kernel torch)
            throws AccelException {
        TensorBuffer[] inputs = new TensorBuffer[segment.inputs().size()];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] =
                    filled((TensorSpec) segment.value(segment.inputs().get(i)).type());
        }
        TensorBuffer[] outputs = {new TensorBuffer(DType.COMPLEX64, HostMemory.get())};
        try {
            double javaNanos = leastNanos(java, inputs, outputs);
            double torchNanos = leastNanos(torch, inputs, outputs);
            LOG.debug("{}: java {} ns, libtorch {} ns", question, (long) javaNanos, (long) torchNanos);
            return javaNanos < torchNanos;
        } finally {
            for (TensorBuffer input : inputs) {
                input.close();
            }
            outputs[0].close();
        }
    }

    private static TensorBuffer filled(TensorSpec spec) throws AccelException {
        TensorBuffer buffer = new TensorBuffer(spec.dtype(), HostMemory.get());
        buffer.resize(spec.shape().sizes());
        int end = Math.toIntExact(buffer.sizeBytes());
        for (int at = 0; at < end; at += Float.BYTES) {
            // Nothing special: zeros and denormal numbers would take another time.
            buffer.host().bytes().putFloat(at, 1f + (at * 31 % 97) / 97f);
        }
        return buffer;
    }

    /** Time of one execution, once the JIT compiler has done its work: best of rounds, until rounds have got no better for a while. */
    private static double leastNanos(Kernel kernel, TensorBuffer[] inputs, TensorBuffer[] outputs)
            throws AccelException {
        double least = Double.MAX_VALUE;
        long begun = System.nanoTime();
        long gained = begun;
        long now = begun;
        while (now - begun < MOST_WARM_UP_NANOS
                && (now - begun < LEAST_WARM_UP_NANOS || now - gained < WITHOUT_GAIN_NANOS)) {
            int executions = 0;
            long start = now;
            while (now - start < ROUND_NANOS) {
                kernel.execute(inputs, outputs);
                executions++;
                now = System.nanoTime();
            }
            double mean = (double) (now - start) / executions;
            if (mean < GAIN * least) {
                gained = now;
            }
            least = Math.min(least, mean);
        }
        return least;
    }
}
