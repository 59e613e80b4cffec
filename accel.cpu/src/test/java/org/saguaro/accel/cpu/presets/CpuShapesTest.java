// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;
import static org.saguaro.accel.cpu.Sketch.floats;
import static org.saguaro.accel.cpu.Sketch.ints;
import static org.saguaro.accel.cpu.Sketch.number;
import static org.saguaro.accel.cpu.Sketch.ref;

import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.MemoryFootprint;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Shaped;
import org.saguaro.accel.cpu.Affinity;
import org.saguaro.accel.cpu.CpuAccelerator;
import org.saguaro.accel.cpu.CpuProcessingElement;
import org.saguaro.accel.cpu.Execution;
import org.saguaro.accel.cpu.Sketch;
import org.saguaro.lib.pytorch.NativeLibraries;
import org.saguaro.lib.pytorch.ProgressListener;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.Tensor;

/** The cores in their two shapes, and what their kernels say that they hold. */
class CpuShapesTest {

    private static final int CHANNELS = 32;
    private static final int WEIGHT_BYTES = CHANNELS * CHANNELS * 9 * Float.BYTES;
    private static final int BIAS_BYTES = CHANNELS * Float.BYTES;

    @BeforeAll
    static void load() {
        NativeLibraries.load(null, ProgressListener.SILENT);
    }

    private static LayerGraph convolution() {
        Sketch sketch = new Sketch();
        int x = sketch.input(floats(1, CHANNELS, 16, 16));
        int y = sketch.layer(
                "aten.conv2d.default",
                floats(1, CHANNELS, 16, 16),
                "input",
                ref(x),
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
        return sketch.returning(y);
    }

    private static List<? extends ProcessingElement> allShapes() {
        Assumptions.assumeTrue(Affinity.allowed().cardinality() >= 2, "one core has one shape");
        return CpuAccelerator.processingElementsOfAllShapes(true);
    }

    @Test
    void offersACoreEachAndAllCoresAtOnce() {
        List<? extends ProcessingElement> pes = allShapes();
        int cores = pes.size() - 1;
        assertThat(pes.subList(0, cores)).allSatisfy(pe -> {
            assertThat(pe.descriptor().type()).isEqualTo("cpu");
            assertThat(pe)
                    .isInstanceOfSatisfying(
                            Shaped.class, shaped -> assertThat(shaped.shape()).hasToString("cpu/narrow"));
        });
        ProcessingElement wide = pes.get(cores);
        assertThat(wide.descriptor().id()).isEqualTo("wide0");
        assertThat(wide.descriptor().type()).isEqualTo("cpux" + cores);
        assertThat(wide.descriptor().threads()).isEqualTo(cores);
        assertThat(wide)
                .isInstanceOfSatisfying(
                        Shaped.class, shaped -> assertThat(shaped.shape()).hasToString("cpu/wide"));
    }

    @Test
    void plainConfigurationsHaveNoShape() {
        assertThat(CpuAccelerator.processingElements(2, 1, false)).noneMatch(pe -> pe instanceof Shaped);
    }

    @Test
    void bothShapesComputeTheSame() throws Exception {
        List<? extends ProcessingElement> pes = allShapes();
        Tensor input = Sketch.random(new Random(3), 1, 1, CHANNELS, 16, 16);
        LayerGraph graph = convolution();
        float[] narrow;
        try (Execution execution = new Execution(pes.get(0), graph)) {
            narrow = execution.run(input).get(0).toFloats();
        }
        try (Execution execution = new Execution(pes.get(pes.size() - 1), graph)) {
            float[] wide = execution.run(input).get(0).toFloats();
            assertThat(wide).hasSameSizeAs(narrow);
            for (int i = 0; i < wide.length; i++) {
                assertThat(wide[i]).as("element %d", i).isCloseTo(narrow[i], offset(1e-3f));
            }
        }
    }

    /** libtorch gives a thread that computes for the first time what any thread has set last. */
    @Test
    void aWorkerKeepsItsThreadsWhateverOthersSet() throws Exception {
        List<? extends ProcessingElement> pes = allShapes();
        CountDownLatch opened = new CountDownLatch(1);
        CountDownLatch disturbed = new CountDownLatch(1);
        CompletableFuture<Integer> threads = new CompletableFuture<>();
        Thread narrow = new Thread(() -> {
            try (ProcessingElement.WorkerScope scope = pes.get(0).openWorker()) {
                assertThat(scope).isNotNull();
                opened.countDown();
                disturbed.await();
                threads.complete(torch.get_num_threads());
            } catch (Exception e) {
                threads.completeExceptionally(e);
            }
        });
        narrow.start();
        opened.await();
        Thread wide = new Thread(() -> {
            try (ProcessingElement.WorkerScope scope = pes.get(pes.size() - 1).openWorker()) {
                assertThat(scope).isNotNull();
                disturbed.countDown();
            } catch (Exception e) {
                threads.completeExceptionally(e);
            }
        });
        wide.start();
        assertThat(threads.get()).as("threads of the narrow PE").isEqualTo(1);
        narrow.join();
        wide.join();
    }

    @Test
    void kernelsThatShareAWeightCountItOnceTogether() throws Exception {
        Operators operators = new Operators();
        Tuner tuner = Tuner.always("onednn", operators, new PackedWeights());
        LayerGraph graph = convolution();
        Kernel first = new CpuProcessingElement(0, 1, new BitSet(), new Presets(operators, tuner)).prepare(graph);
        long alone = bytes(first);
        assertThat(alone).as("weight and bias").isGreaterThanOrEqualTo(WEIGHT_BYTES + BIAS_BYTES);
        Kernel second = new CpuProcessingElement(1, 1, new BitSet(), new Presets(operators, tuner)).prepare(graph);
        assertThat(bytes(first) + bytes(second)).isEqualTo(alone);
        second.close();
        assertThat(bytes(first)).as("when the other is gone").isEqualTo(alone);
        first.close();
    }

    @Test
    void aWeightThatCannotBeSharedCountsInFull() throws Exception {
        Operators operators = new Operators();
        Tuner tuner = Tuner.always("xnnpack", operators, new PackedWeights());
        LayerGraph graph = convolution();
        try (Kernel first = new CpuProcessingElement(0, 1, new BitSet(), new Presets(operators, tuner)).prepare(graph);
                Kernel second =
                        new CpuProcessingElement(1, 1, new BitSet(), new Presets(operators, tuner)).prepare(graph)) {
            assertThat(bytes(first)).isEqualTo(WEIGHT_BYTES);
            assertThat(bytes(second)).isEqualTo(WEIGHT_BYTES);
        }
    }

    private static long bytes(Kernel kernel) {
        return ((MemoryFootprint) kernel).residentBytes();
    }
}
