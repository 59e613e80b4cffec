// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.saguaro.accel.cpu.Sketch.none;
import static org.saguaro.accel.cpu.Sketch.number;
import static org.saguaro.accel.cpu.Sketch.ref;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.TensorSpec;

/** Kernels in Java against the definition in double precision, and against libtorch. */
class SignalKernelsTest {

    private final Random random = new Random(7);

    private static LayerGraph transform(boolean inverse, long... sizes) {
        Sketch sketch = new Sketch();
        TensorSpec spec = TensorSpec.of(DType.COMPLEX64, sizes);
        int x = sketch.input(spec);
        return sketch.returning(sketch.layer(
                inverse ? "aten.fft_ifft.default" : "aten.fft_fft.default",
                spec,
                "self",
                ref(x),
                "n",
                none(),
                "dim",
                number(-1),
                "norm",
                none()));
    }

    private static LayerGraph zip(ZipKernel.Arithmetic arithmetic, long... sizes) {
        Sketch sketch = new Sketch();
        TensorSpec spec = TensorSpec.of(DType.COMPLEX64, sizes);
        int x = sketch.input(spec);
        int y = sketch.input(spec);
        return sketch.returning(
                switch (arithmetic) {
                    case ADD ->
                        sketch.layer("aten.add.Tensor", spec, "self", ref(x), "other", ref(y), "alpha", number(1));
                    case SUBTRACT ->
                        sketch.layer("aten.sub.Tensor", spec, "self", ref(x), "other", ref(y), "alpha", number(1));
                    case MULTIPLY -> sketch.layer("aten.mul.Tensor", spec, "self", ref(x), "other", ref(y));
                    case MULTIPLY_CONJUGATE ->
                        sketch.layer("saguaro.multiply_conjugate.default", spec, "self", ref(x), "other", ref(y));
                });
    }

    private TensorBuffer noise(long... sizes) throws AccelException {
        TensorBuffer buffer = new TensorBuffer(DType.COMPLEX64, HostMemory.get());
        buffer.resize(sizes);
        for (int at = 0; at < buffer.sizeBytes(); at += 4) {
            buffer.host().bytes().putFloat(at, random.nextFloat() - 0.5f);
        }
        return buffer;
    }

    private static float[] run(Kernel kernel, TensorBuffer... inputs) throws AccelException {
        TensorBuffer output = new TensorBuffer(HostMemory.get());
        kernel.execute(inputs, new TensorBuffer[] {output});
        return floats(output);
    }

    private static float[] floats(TensorBuffer buffer) {
        float[] values = new float[(int) buffer.elementCount() * 2];
        ByteBuffer bytes = buffer.host().bytes().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().get(0, values);
        return values;
    }

    private static SignalKernel java(LayerGraph graph) {
        SignalKernel kernel = SignalKernels.of("cpu0", graph);
        if (kernel == null) {
            throw new AssertionError("there should be a kernel in Java for " + graph.layers());
        }
        return kernel;
    }

    private static Kernel torch(LayerGraph graph) throws AccelException {
        Backend backend = Backends.make();
        backend.openThread(1);
        return backend.compile("cpu0", 1, graph);
    }

    /** The sum that defines the transform. */
    private static double[] defined(float[] x, int points, boolean inverse) {
        double[] result = new double[x.length];
        for (int row = 0; row < x.length; row += 2 * points) {
            for (int k = 0; k < points; k++) {
                for (int n = 0; n < points; n++) {
                    double angle = (inverse ? 2 : -2) * Math.PI * ((long) k * n % points) / points;
                    double re = x[row + 2 * n];
                    double im = x[row + 2 * n + 1];
                    result[row + 2 * k] += re * Math.cos(angle) - im * Math.sin(angle);
                    result[row + 2 * k + 1] += re * Math.sin(angle) + im * Math.cos(angle);
                }
            }
        }
        for (int i = 0; inverse && i < result.length; i++) {
            result[i] /= points;
        }
        return result;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048})
    void transformsAsDefined(int points) throws Exception {
        for (boolean inverse : new boolean[] {false, true}) {
            TensorBuffer input = noise(3, points);
            LayerGraph graph = transform(inverse, 3, points);
            float[] found = run(java(graph), input);
            double[] expected = defined(floats(input), points, inverse);
            double scale = inverse ? 1.0 / Math.sqrt(points) : Math.sqrt(points);
            assertClose(found, expected, 1e-6 * scale);
            try (Kernel torch = torch(graph)) {
                double[] libtorch = doubles(run(torch, input));
                assertClose(found, libtorch, 2e-6 * scale);
            }
        }
    }

    private static double[] doubles(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }

    private static void assertClose(float[] found, double[] expected, double tolerance) {
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i]).as("number %d", i).isCloseTo(expected[i], within(tolerance));
        }
    }

    @ParameterizedTest
    @EnumSource
    void combinesAsLibtorch(ZipKernel.Arithmetic arithmetic) throws Exception {
        LayerGraph graph = zip(arithmetic, 5, 7);
        TensorBuffer left = noise(5, 7);
        TensorBuffer right = noise(5, 7);
        float[] found = run(java(graph), left, right);
        try (Kernel torch = torch(graph)) {
            assertClose(found, doubles(run(torch, left, right)), 1e-7);
        }
        float[] x = floats(left);
        float[] y = floats(right);
        double sign = arithmetic == ZipKernel.Arithmetic.MULTIPLY_CONJUGATE ? -1 : 1;
        double expected = switch (arithmetic) {
            case ADD -> x[6] + y[6];
            case SUBTRACT -> x[6] - y[6];
            case MULTIPLY, MULTIPLY_CONJUGATE -> (double) x[6] * y[6] - sign * x[7] * y[7];
        };
        assertThat((double) found[6]).as("real part of element 3").isCloseTo(expected, within(1e-7));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 128, 256})
    void computesSmallOnesInJavaHoweverBusyTheMachineIs(int points) throws Exception {
        ProcessingElement pe = Execution.newPe();
        try (Kernel transform = pe.prepare(transform(false, points));
                Kernel product = pe.prepare(zip(ZipKernel.Arithmetic.MULTIPLY_CONJUGATE, points))) {
            assertThat(transform).isInstanceOf(FourierKernel.class);
            assertThat(product).isInstanceOf(ZipKernel.class);
        }
    }

    @Test
    void measuresLargerOnes() {
        assertThat(SignalKernels.isCertain(transform(false, SignalKernels.CERTAIN_ELEMENTS)))
                .isTrue();
        assertThat(SignalKernels.isCertain(transform(false, 2, SignalKernels.CERTAIN_ELEMENTS)))
                .as("two rows")
                .isFalse();
    }

    @Test
    void leavesTheRestToLibtorch() {
        assertThat(SignalKernels.of("cpu0", transform(false, 4, 100)))
                .as("100 points")
                .isNull();
        Sketch sketch = new Sketch();
        TensorSpec spec = TensorSpec.of(DType.COMPLEX64, 8);
        int x = sketch.input(spec);
        LayerGraph scaled = sketch.returning(
                sketch.layer("aten.add.Tensor", spec, "self", ref(x), "other", ref(x), "alpha", number(2)));
        assertThat(SignalKernels.of("cpu0", scaled))
                .as("an addition that scales")
                .isNull();
    }

    @Test
    void multipliesConjugatesOfAnySizes() throws Exception {
        Sketch sketch = new Sketch();
        int x = sketch.input(TensorSpec.of(DType.COMPLEX64, 2, 3));
        int y = sketch.input(TensorSpec.of(DType.COMPLEX64, 3));
        LayerGraph graph = sketch.returning(sketch.layer(
                "saguaro.multiply_conjugate.default",
                TensorSpec.of(DType.COMPLEX64, 2, 3),
                "self",
                ref(x),
                "other",
                ref(y)));
        TensorBuffer left = noise(2, 3);
        TensorBuffer right = noise(3);
        ProcessingElement pe = Execution.newPe();
        try (Kernel kernel = pe.prepare(graph)) {
            float[] found = run(kernel, left, right);
            float[] a = floats(left);
            float[] b = floats(right);
            assertThat((double) found[8])
                    .as("real part of element [1, 1]")
                    .isCloseTo((double) a[8] * b[2] + (double) a[9] * b[3], within(1e-6));
        }
    }

    @Test
    void refusesWhatItWasNotPreparedFor() throws Exception {
        SignalKernel kernel = java(transform(false, 8));
        TensorBuffer wrong = noise(4);
        assertThatThrownBy(() -> run(kernel, wrong))
                .isInstanceOf(AccelException.class)
                .hasMessageContaining("expected complex64[8], found complex64[4]");
    }

    @Test
    void allocatesNothing() throws Exception {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assumptions.assumeTrue(threads.isThreadAllocatedMemorySupported(), "this JVM does not count allocated bytes");
        SignalKernel kernel = java(transform(false, 128));
        TensorBuffer[] inputs = {noise(128)};
        TensorBuffer[] outputs = {new TensorBuffer(HostMemory.get())};
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1_000; i++) {
                kernel.execute(inputs, outputs);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes in 1,000 executions").isLessThan(1_000);
    }

    @Test
    void choosesOneThatIsRight() throws Exception {
        ProcessingElement pe = Execution.newPe();
        LayerGraph graph = transform(false, 128);
        TensorBuffer input = noise(128);
        try (Kernel chosen = pe.prepare(graph);
                Kernel again = pe.prepare(graph)) {
            assertThat(again.getClass()).as("the choice, which is kept").isEqualTo(chosen.getClass());
            assertClose(run(chosen, input), defined(floats(input), 128, false), 1e-5);
        }
    }
}
