// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.saguaro.accel.api.contract.GraphSketch;
import org.saguaro.accel.api.contract.Sample;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;

/** Transforms and element-wise operations of complex tensors, which the catalogue of the contract lacks. */
final class SignalSamples {

    private SignalSamples() {}

    static List<Sample> transforms() {
        List<Sample> samples = new ArrayList<>();
        for (String norm : new String[] {"", "backward", "ortho", "forward"}) {
            samples.add(transform("fft_fft", norm, DType.COMPLEX64, 3, 64));
            samples.add(transform("fft_ifft", norm, DType.COMPLEX64, 3, 64));
        }
        samples.add(transform("fft_fft", "", DType.COMPLEX64, 16));
        samples.add(transform("fft_ifft", "", DType.COMPLEX64, 2, 2, 256));
        samples.add(transform("fft_fft", "", DType.COMPLEX64, 1, 1024));
        samples.add(transform("fft_fft", "", DType.FLOAT32, 5, 32));
        return samples;
    }

    private static Sample transform(String name, String norm, DType dtype, long... sizes) {
        GraphSketch sketch = new GraphSketch(name + " of " + TensorSpec.of(dtype, sizes) + " " + norm);
        int x = sketch.input(TensorSpec.of(dtype, sizes));
        int y = sketch.layer(
                "aten." + name + ".default",
                TensorSpec.of(DType.COMPLEX64, sizes),
                GraphSketch.read("self", x),
                NamedArgument.read("n", new Argument.None()),
                NamedArgument.read("dim", new Argument.Int(-1)),
                NamedArgument.read("norm", norm.isEmpty() ? new Argument.None() : new Argument.Text(norm)));
        boolean inverse = name.equals("fft_ifft");
        int points = (int) sizes[sizes.length - 1];
        double factor = switch (norm) {
            case "ortho" -> 1 / Math.sqrt(points);
            case "forward" -> inverse ? 1 : 1.0 / points;
            default -> inverse ? 1.0 / points : 1;
        };
        return new Sample(
                sketch.outputs(y),
                1e-4,
                seed -> List.of(random(dtype, new Random(seed), sizes)),
                (graph, inputs) -> List.of(complex(transformed(pairs(inputs.get(0)), points, inverse, factor), sizes)));
    }

    /** By the definition. */
    private static double[] transformed(double[] x, int points, boolean inverse, double factor) {
        double[] y = new double[x.length];
        for (int row = 0; row < x.length; row += 2 * points) {
            for (int k = 0; k < points; k++) {
                double re = 0;
                double im = 0;
                for (int n = 0; n < points; n++) {
                    double angle = (inverse ? 2 : -2) * Math.PI * ((long) k * n % points) / points;
                    double a = x[row + 2 * n];
                    double b = x[row + 2 * n + 1];
                    re += a * Math.cos(angle) - b * Math.sin(angle);
                    im += a * Math.sin(angle) + b * Math.cos(angle);
                }
                y[row + 2 * k] = re * factor;
                y[row + 2 * k + 1] = im * factor;
            }
        }
        return y;
    }

    static List<Sample> zips() {
        List<Sample> samples = new ArrayList<>();
        for (String op : new String[] {
            "aten.add.Tensor", "aten.sub.Tensor", "aten.mul.Tensor", "saguaro.multiply_conjugate.default"
        }) {
            samples.add(zip(op, 3, 17));
            samples.add(zip(op, 128));
            samples.add(zip(op, 1));
        }
        return samples;
    }

    private static Sample zip(String op, long... sizes) {
        TensorSpec spec = TensorSpec.of(DType.COMPLEX64, sizes);
        GraphSketch sketch = new GraphSketch(op + " of " + spec);
        NamedArgument self = GraphSketch.read("self", sketch.input(spec));
        NamedArgument other = GraphSketch.read("other", sketch.input(spec));
        NamedArgument alpha = NamedArgument.read("alpha", new Argument.Int(1));
        boolean scaled = op.contains("add") || op.contains("sub");
        int y = scaled ? sketch.layer(op, spec, self, other, alpha) : sketch.layer(op, spec, self, other);
        return new Sample(
                sketch.outputs(y),
                1e-6,
                seed -> {
                    Random random = new Random(seed);
                    return List.of(random(DType.COMPLEX64, random, sizes), random(DType.COMPLEX64, random, sizes));
                },
                (graph, inputs) -> List.of(complex(zipped(op, pairs(inputs.get(0)), pairs(inputs.get(1))), sizes)));
    }

    private static double[] zipped(String op, double[] a, double[] b) {
        double[] y = new double[a.length];
        for (int i = 0; i < y.length; i += 2) {
            double c = b[i];
            double d = op.contains("conjugate") ? -b[i + 1] : b[i + 1];
            double sign = op.contains("sub") ? -1 : 1;
            boolean product = op.contains("mul");
            y[i] = product ? a[i] * c - a[i + 1] * d : a[i] + sign * c;
            y[i + 1] = product ? a[i] * d + a[i + 1] * c : a[i + 1] + sign * d;
        }
        return y;
    }

    private static Tensor random(DType dtype, Random random, long... sizes) {
        int count = dtype == DType.COMPLEX64 ? 2 : 1;
        for (long size : sizes) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        if (dtype == DType.FLOAT32) {
            return Tensor.of(values, sizes);
        }
        ByteBuffer bytes = ByteBuffer.allocateDirect(count * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Tensor.dense(dtype, sizes, bytes);
    }

    /** Real and imaginary parts in turn. */
    private static double[] pairs(Tensor tensor) {
        if (tensor.dtype() == DType.COMPLEX64) {
            return Tensor.dense(DType.FLOAT32, new long[] {2 * tensor.elementCount()}, tensor.bytes())
                    .toDoubles();
        }
        double[] real = tensor.toDoubles();
        double[] pairs = new double[2 * real.length];
        for (int i = 0; i < real.length; i++) {
            pairs[2 * i] = real[i];
        }
        return pairs;
    }

    private static Tensor complex(double[] pairs, long... sizes) {
        ByteBuffer bytes = ByteBuffer.allocateDirect(pairs.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < pairs.length; i++) {
            bytes.putFloat(Float.BYTES * i, (float) pairs[i]);
        }
        return Tensor.dense(DType.COMPLEX64, sizes, bytes);
    }
}
