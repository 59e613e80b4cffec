// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.saguaro.accel.cpu.Sketch.floats;
import static org.saguaro.accel.cpu.Sketch.ints;
import static org.saguaro.accel.cpu.Sketch.number;
import static org.saguaro.accel.cpu.Sketch.ref;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.accel.cpu.CpuProcessingElement;
import org.saguaro.accel.cpu.Execution;
import org.saguaro.accel.cpu.Sketch;
import org.saguaro.accel.cpu.TensorDifference;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;

/** PEs share packed weights and choices; memory is bounded and comes back. */
class SharingTest {

    private static final int CHANNELS = 64;

    private static LayerGraph network() {
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(1, CHANNELS, 16, 16));
        int value = x;
        for (int i = 0; i < 3; i++) {
            int y = sketch.layer(
                    "aten.conv2d.default",
                    floats(1, CHANNELS, 16, 16),
                    "input",
                    ref(value),
                    "weight",
                    ref(sketch.weight(CHANNELS, CHANNELS, 3, 3)),
                    "bias",
                    ref(sketch.weight(CHANNELS)),
                    "stride",
                    ints(1, 1),
                    "padding",
                    ints(1, 1),
                    "dilation",
                    ints(1, 1),
                    "groups",
                    number(1));
            value = sketch.layer("aten.relu_.default", floats(1, CHANNELS, 16, 16), "self", ref(y));
        }
        List<Integer> halves = sketch.layers(
                "aten.chunk.default",
                List.of(floats(1, CHANNELS / 2, 16, 16), floats(1, CHANNELS / 2, 16, 16)),
                "self",
                ref(value),
                "chunks",
                number(2),
                "dim",
                number(1));
        int sum = sketch.layer(
                "aten.add.Tensor",
                floats(1, CHANNELS / 2, 16, 16),
                "self",
                ref(halves.get(0)),
                "other",
                ref(halves.get(1)));
        int flat = sketch.layer(
                "aten.flatten.using_ints", floats(1, CHANNELS * 128), "self", ref(sum), "start_dim", number(1));
        return sketch.returning(flat);
    }

    @Test
    void holdsAPackedWeightOnceForTwoPesAndFreesItWithTheLast() throws Exception {
        NativeLibraries.load(null, ProgressListener.SILENT);
        LayerGraph graph = network();
        Operators operators = new Operators();
        PackedWeights packed = new PackedWeights();
        Tuner tuner = Tuner.always("onednn", operators, packed);
        Execution first =
                new Execution(new CpuProcessingElement(0, 1, new BitSet(), new Presets(operators, tuner)), graph);
        int held = packed.size();
        Execution second =
                new Execution(new CpuProcessingElement(1, 1, new BitSet(), new Presets(operators, tuner)), graph);

        assertThat(held).as("three weights and three biases").isEqualTo(6);
        assertThat(packed.size()).isEqualTo(held);
        first.close();
        Tensor input = Sketch.random(new Random(5), 1, 1, CHANNELS, 16, 16);
        assertThat(second.run(input).get(0).toFloats()).hasSize(CHANNELS * 128);
        second.close();
        assertThat(packed.size()).isZero();
    }

    @Test
    void measuresOnceForAllPes() throws Exception {
        NativeLibraries.load(null, ProgressListener.SILENT);
        Operators operators = new Operators();
        Tuner tuner = new Tuner(operators, new PackedWeights());
        LayerGraph graph = network();
        new Execution(new CpuProcessingElement(0, 1, new BitSet(), new Presets(operators, tuner)), graph).close();
        assertThat(tuner.choices()).as("the first layer reads row-major images").hasSize(2);
        var before = tuner.choices();
        new Execution(new CpuProcessingElement(1, 1, new BitSet(), new Presets(operators, tuner)), graph).close();
        assertThat(tuner.choices()).isEqualTo(before);
    }

    @Test
    void computesTheSameOnTwoPesAtOnce() throws Exception {
        NativeLibraries.load(null, ProgressListener.SILENT);
        LayerGraph graph = network();
        var pes = CpuAccelerator.processingElements(2, 1, true);
        Tensor input = Sketch.random(new Random(5), 1, 1, CHANNELS, 16, 16);
        float[] expected;
        try (Execution alone = new Execution(pes.get(0), graph)) {
            expected = alone.run(input).get(0).toFloats();
        }
        ExecutorService workers = Executors.newFixedThreadPool(2);
        try {
            List<Future<Double>> worst = new ArrayList<>();
            for (var pe : pes) {
                Callable<Double> work = () -> {
                    double difference = 0;
                    try (Execution execution = new Execution(pe, graph)) {
                        TensorBuffer[] bound = execution.bind(input);
                        for (int i = 0; i < 200; i++) {
                            execution.run(bound);
                            Tensor result = execution.results().get(0);
                            difference = Math.max(
                                    difference,
                                    TensorDifference.relative(result, Tensor.of(expected, 1, expected.length)));
                        }
                    }
                    return difference;
                };
                worst.add(workers.submit(work));
            }
            for (Future<Double> one : worst) {
                assertThat(one.get()).isLessThan(1e-5);
            }
        } finally {
            workers.shutdown();
        }
    }

    @Test
    void keepsItsMemoryBoundedOverTwentyThousandRuns() throws Exception {
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(64, 64));
        int w = sketch.weight(64, 64);
        int y = sketch.layer(
                "aten.linear.default", floats(64, 64), "input", ref(x), "weight", ref(w), "bias", Sketch.none());
        List<Integer> halves = sketch.layers(
                "aten.chunk.default",
                List.of(floats(64, 32), floats(64, 32)),
                "self",
                ref(y),
                "chunks",
                number(2),
                "dim",
                number(1));
        int cat = sketch.layer(
                "aten.cat.default",
                floats(64, 64),
                "tensors",
                Sketch.list(ref(halves.get(1)), ref(halves.get(0))),
                "dim",
                number(1));
        int z = sketch.layer("aten.softmax.int", floats(64, 64), "self", ref(cat), "dim", number(1));
        try (Execution execution = Execution.of(sketch.returning(z))) {
            TensorBuffer[] bound = execution.bind(Sketch.random(new Random(1), 1, 64, 64));
            for (int i = 0; i < 2_000; i++) {
                execution.run(bound);
            }
            long before = residentBytes();
            for (int i = 0; i < 20_000; i++) {
                execution.run(bound);
            }
            // One forgotten intermediate of 16 KiB a run would be 320 MB.
            assertThat(residentBytes() - before).isLessThan(64L << 20);
        }
    }

    @Test
    void leavesNoJavaGarbageOnceItRuns() throws Exception {
        try (Execution execution = Execution.of(chain())) {
            TensorBuffer[] bound = execution.bind(Sketch.random(new Random(1), 1, 1, 8, 8, 8));
            for (int i = 0; i < 20_000; i++) {
                execution.run(bound);
            }
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                execution.run(bound);
            }
            long perRun = (threads.getCurrentThreadAllocatedBytes() - before) / 10_000;
            assertThat(perRun).as("bytes of garbage per run").isZero();
        }
    }

    private static LayerGraph chain() {
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(1, 8, 8, 8));
        int y = sketch.layer(
                "aten.conv2d.default",
                floats(1, 8, 8, 8),
                "input",
                ref(x),
                "weight",
                ref(sketch.weight(8, 8, 1, 1)),
                "bias",
                Sketch.none(),
                "stride",
                ints(1, 1),
                "padding",
                ints(0, 0),
                "dilation",
                ints(1, 1),
                "groups",
                number(1));
        int z = sketch.layer("aten.hardswish_.default", floats(1, 8, 8, 8), "self", ref(y));
        int c = sketch.layer(
                "aten.cat.default", floats(1, 16, 8, 8), "tensors", Sketch.list(ref(z), ref(x)), "dim", number(1));
        List<Integer> parts = sketch.layers(
                "aten.chunk.default",
                List.of(floats(1, 4, 8, 8), floats(1, 4, 8, 8)),
                "self",
                ref(z),
                "chunks",
                number(2),
                "dim",
                number(1));
        int both = sketch.layer(
                "aten.add.Tensor", floats(1, 4, 8, 8), "self", ref(parts.get(0)), "other", ref(parts.get(1)));
        int m = sketch.layer("aten.mean.dim", floats(1, 16), "self", ref(c), "dim", ints(2, 3));
        return sketch.returning(m, z, both);
    }

    private static long residentBytes() throws Exception {
        Path statm = Path.of("/proc/self/statm");
        Assumptions.assumeTrue(Files.exists(statm), "no /proc on this system");
        return Long.parseLong(Files.readString(statm).split(" ", -1)[1]) * 4096;
    }
}
