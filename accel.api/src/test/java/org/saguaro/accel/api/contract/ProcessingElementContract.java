// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.ThrowingConsumer;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.DeviceBuffer;
import org.saguaro.accel.api.DeviceMemory;
import org.saguaro.accel.api.DynamicTensors;
import org.saguaro.accel.api.HostBuffer;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.MemorySpace;
import org.saguaro.accel.api.PeDescriptor;
import org.saguaro.accel.api.ProcessingElement;
import org.saguaro.accel.api.Support;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Layer;
import org.saguaro.model.api.Shape;
import org.saguaro.model.api.Tensor;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/**
 * What every {@link ProcessingElement} must do. Extend it in the accelerator's tests, implement
 * {@link #createProcessingElement}, and override the other hooks where the device differs from a CPU core.
 *
 * <p>Samples whose layers the PE supports are prepared, executed and compared with a reference; those it does not support
 * are left out, but it must support one. Tensors of unknown type are tried if it implements {@link DynamicTensors}. All data go through the PE's own {@link DeviceMemory}, so a PE with memory of its
 * own is tested as the core would use it; the memory itself is tested too.
 */
public abstract class ProcessingElementContract extends DeviceMemoryContract {

    private static final int GARBAGE_PASSES = 5;

    private final List<ProcessingElement> created = new ArrayList<>();
    private ProcessingElement pe;
    private long allocatedAtStart;

    // ---- hooks

    /**
     * A new PE, ready for use.
     *
     * @param index 0, or 1 for a second one that lives beside the first; ids must differ
     */
    protected abstract ProcessingElement createProcessingElement(int index) throws Exception;

    /** Ends a PE that {@link #createProcessingElement} made; its kernels and buffers are closed already. */
    protected void closeProcessingElement(ProcessingElement processingElement) throws Exception {}

    /**
     * Why the PE cannot be tested on this machine, for instance {@code no /dev/nvhost-ctrl: not a Jetson}; every test is then
     * skipped with that reason. Absent hardware is a reason, a broken driver is not.
     */
    protected Optional<String> unavailable() {
        return Optional.empty();
    }

    /** How many PEs {@link #createProcessingElement} can make at once: 2, or 1 if there is one device only. */
    protected int maxProcessingElements() {
        return 2;
    }

    /** Samples of operators that {@link SampleSegments} lack. */
    protected List<Sample> extraSamples() {
        return List.of();
    }

    /** Allowed difference from the reference; larger than the sample's for a device that computes less exactly. */
    protected double tolerance(Sample sample) {
        return sample.tolerance();
    }

    /** How often a kernel runs where "many times" is meant; fewer for a simulated device. */
    protected int repetitions() {
        return 200;
    }

    /** Java garbage that one execution may leave. A figure above 0 needs a reason: it is paid for on every task. */
    protected long garbageBytesPerExecution() {
        return 0;
    }

    /**
     * Bytes of the PE's memory in use, kernels' included as far as the device can tell. Must be overridden by a PE whose
     * memory is not {@link HostMemory}.
     */
    protected long allocatedBytes(ProcessingElement processingElement) {
        if (processingElement.memory() == HostMemory.get()) {
            return HostMemory.get().allocatedBytes();
        }
        throw new AssertionError(processingElement.descriptor()
                + " has memory of its own: override allocatedBytes() in its contract test, so leaks can be seen");
    }

    @Override
    protected final DeviceMemory memory() {
        return pe.memory();
    }

    @Override
    protected final long allocatedBytes() {
        return allocatedBytes(pe);
    }

    // ---- set-up

    @BeforeEach
    void open() throws Exception {
        unavailable().ifPresent(reason -> Assumptions.abort("unavailable: " + reason));
        pe = create(0);
        allocatedAtStart = allocatedBytes(pe);
    }

    @AfterEach
    void nothingLeaksAndClose() throws Exception {
        if (created.isEmpty()) {
            return;
        }
        try {
            // At most, not exactly: host memory is shared, and what an earlier test of the JVM forgot may be collected
            // now.
            assertThat(allocatedBytes(pe))
                    .as("bytes allocated on %s after all kernels and buffers were closed", pe.descriptor())
                    .isLessThanOrEqualTo(allocatedAtStart);
        } finally {
            for (ProcessingElement each : created) {
                closeProcessingElement(each);
            }
        }
    }

    // ---- what it says about itself

    @Test
    void describesItselfAlwaysTheSameWay() throws Exception {
        PeDescriptor first = pe.descriptor();
        MemorySpace space = pe.memory().space();
        assertThat(first.operationsPerSecond()).as("operationsPerSecond").isFinite();
        assertThat(first.bytesPerSecond()).as("bytesPerSecond").isFinite();

        Sample sample = anyRunnable();
        try (Worker worker = new Worker(pe);
                PreparedSample prepared = new PreparedSample(pe, sample)) {
            verify(worker, prepared, 1);
            assertThat(pe.descriptor())
                    .as("descriptor while a kernel is prepared")
                    .isEqualTo(first);
        }
        assertThat(pe.descriptor()).as("descriptor after use").isEqualTo(first);
        assertThat(pe.memory().space()).as("memory space after use").isEqualTo(space);
    }

    @Test
    void differsFromItsNeighbourById() throws Exception {
        ProcessingElement second = createSecond();

        assertThat(second.descriptor().id())
                .as("id of the second PE")
                .isNotEqualTo(pe.descriptor().id());
        assertThat(second.descriptor().type())
                .as("type of the second PE")
                .isEqualTo(pe.descriptor().type());
    }

    @Test
    void givesHostBuffersInHostSpace() throws Exception {
        if (pe.memory().space().equals(MemorySpace.HOST)) {
            try (DeviceBuffer buffer = pe.memory().allocate(10)) {
                assertThat(buffer).as("a buffer of the space 'host'").isInstanceOf(HostBuffer.class);
            }
        }
    }

    // ---- what it says about layers

    @TestFactory
    Stream<DynamicTest> answersForEveryLayer() {
        return Stream.of(SampleSegments.all(), SampleSegments.unusual(), extraSamples())
                .flatMap(List::stream)
                .map(sample -> DynamicTest.dynamicTest(sample.name(), () -> {
                    for (Layer layer : sample.graph().layers()) {
                        Support answer = pe.supports(sample.graph(), layer);
                        if (answer instanceof Support.Unsupported no) {
                            assertThat(no.detail())
                                    .as("reason why %s (%s) is not supported", layer.name(), layer.op())
                                    .isNotBlank();
                        }
                        assertThat(pe.supports(sample.graph(), layer))
                                .as("second answer for %s", layer.name())
                                .isEqualTo(answer);
                        assertThat(allocatedBytes(pe))
                                .as("bytes allocated by asking")
                                .isLessThanOrEqualTo(allocatedAtStart);
                    }
                }));
    }

    @Test
    void keepsItsAnswersAfterUse() throws Exception {
        Map<String, Support> before = answers();
        Sample sample = anyRunnable();
        try (Worker worker = new Worker(pe);
                PreparedSample prepared = new PreparedSample(pe, sample)) {
            verify(worker, prepared, 1);
            assertThat(answers()).as("answers while a kernel is prepared").isEqualTo(before);
        }
        assertThat(answers()).as("answers after use").isEqualTo(before);
    }

    @Test
    void supportsSomething() throws Exception {
        assertThat(runnable())
                .as("samples that %s can run, of SampleSegments and extraSamples()", pe.descriptor())
                .isNotEmpty();
    }

    @Test
    void supportsTensorsOfUnknownTypeIfItSaysSo() throws Exception {
        assumeDynamic();
        List<String> supported = new ArrayList<>();
        for (Sample sample : SampleSegments.dynamic()) {
            if (isRunnable(sample)) {
                supported.add(sample.name());
            }
        }
        assertThat(supported)
                .as("samples with tensors of unknown type that %s can run, being DynamicTensors", pe.descriptor())
                .isNotEmpty();
    }

    // ---- results

    @TestFactory
    Stream<DynamicTest> computesWhatTheReferenceComputes() throws Exception {
        return forEachRunnable(sample -> {
            try (Worker worker = new Worker(pe);
                    PreparedSample prepared = new PreparedSample(pe, sample)) {
                for (int seed = 1; seed <= 3; seed++) {
                    verify(worker, prepared, seed);
                }
            }
        });
    }

    /** Whoever says yes to an unusual layer must be right about it. */
    @TestFactory
    Stream<DynamicTest> isRightAboutUnusualLayersItSupports() throws Exception {
        List<Sample> claimed = new ArrayList<>();
        for (Sample sample : SampleSegments.unusual()) {
            if (sample.isExecutable() && isRunnable(sample)) {
                claimed.add(sample);
            }
        }
        return claimed.stream()
                .map(sample -> DynamicTest.dynamicTest(sample.name(), () -> {
                    try (Worker worker = new Worker(pe);
                            PreparedSample prepared = new PreparedSample(pe, sample)) {
                        for (int seed = 1; seed <= 3; seed++) {
                            verify(worker, prepared, seed);
                        }
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> leavesItsInputsAlone() throws Exception {
        return forEachRunnable(sample -> {
            try (Worker worker = new Worker(pe);
                    PreparedSample prepared = new PreparedSample(pe, sample)) {
                List<Tensor> inputs = sample.inputs().make(7);
                prepared.load(inputs);
                worker.run(prepared::execute);
                List<Tensor> after = prepared.inputs();
                for (int i = 0; i < inputs.size(); i++) {
                    assertThat(after.get(i).bytes())
                            .as("bytes of input %d after execute", i)
                            .isEqualTo(inputs.get(i).toDense().bytes());
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> overwritesStaleOutputs() throws Exception {
        return forEachRunnable(sample -> {
            try (Worker worker = new Worker(pe);
                    PreparedSample prepared = new PreparedSample(pe, sample)) {
                prepared.fillOutputsWithGarbage(1);
                verify(worker, prepared, 1);
                prepared.fillOutputsWithGarbage(1, 2, 1, 1, 1, 1);
                verify(worker, prepared, 2);
                prepared.fillOutputsWithGarbage(40_000);
                verify(worker, prepared, 3);
                verify(worker, prepared, 4);
            }
        });
    }

    // ---- again and again, side by side

    @TestFactory
    Stream<DynamicTest> runsTheSameKernelManyTimes() throws Exception {
        return forEachRunnable(sample -> {
            try (Worker worker = new Worker(pe);
                    PreparedSample prepared = new PreparedSample(pe, sample)) {
                for (int i = 0; i < repetitions(); i++) {
                    verify(worker, prepared, i % 5);
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> leavesNoGarbage() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Assumptions.assumeTrue(threads.isThreadAllocatedMemorySupported(), "this JVM does not count allocated bytes");
        return forEachRunnable(sample -> {
            try (Worker worker = new Worker(pe);
                    PreparedSample prepared = new PreparedSample(pe, sample)) {
                prepared.load(sample.inputs().make(1));
                long garbage = worker.call(() -> {
                    long least = Long.MAX_VALUE;
                    // The least of several passes: the first ones load classes and compile.
                    for (int pass = 0; pass < GARBAGE_PASSES; pass++) {
                        long before = threads.getCurrentThreadAllocatedBytes();
                        for (int i = 0; i < repetitions(); i++) {
                            prepared.execute();
                        }
                        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                    }
                    return least / repetitions();
                });
                assertThat(garbage)
                        .as("bytes of Java garbage per execution")
                        .isLessThanOrEqualTo(garbageBytesPerExecution());
            }
        });
    }

    @Test
    void runsItsKernelsInTurn() throws Exception {
        List<PreparedSample> kernels = new ArrayList<>();
        try (Worker worker = new Worker(pe)) {
            for (Sample sample : runnable()) {
                kernels.add(new PreparedSample(pe, sample));
                kernels.add(new PreparedSample(pe, sample));
            }
            for (int seed = 0; seed < 5; seed++) {
                for (PreparedSample kernel : kernels) {
                    verify(worker, kernel, seed);
                }
            }
        } finally {
            kernels.forEach(PreparedSample::close);
        }
    }

    @Test
    void worksWhileItsNeighbourWorks() throws Exception {
        ProcessingElement second = createSecond();
        long secondAtStart = allocatedBytes(second);
        List<Sample> samples = runnable();
        try (Worker here = new Worker(pe);
                Worker there = new Worker(second)) {
            Future<Void> first = here.start(() -> verifyEach(pe, samples));
            Future<Void> other = there.start(() -> verifyEach(second, samples));
            Worker.await(first);
            Worker.await(other);
        }
        assertThat(allocatedBytes(second))
                .as("bytes allocated on the second PE")
                .isLessThanOrEqualTo(secondAtStart);
    }

    @Test
    void preparesWhileAKernelRuns() throws Exception {
        Sample running = anyRunnable();
        List<Sample> samples = runnable();
        AtomicBoolean done = new AtomicBoolean();
        try (Worker worker = new Worker(pe);
                PreparedSample prepared = new PreparedSample(pe, running)) {
            Future<Void> executing = worker.start(() -> {
                int seed = 0;
                do {
                    verifyHere(prepared, seed++ % 5);
                } while (!done.get());
                return null;
            });
            try {
                for (int i = 0; i < 10; i++) {
                    for (Sample sample : samples) {
                        sample.graph().layers().forEach(layer -> pe.supports(sample.graph(), layer));
                        new PreparedSample(pe, sample).close();
                    }
                }
            } finally {
                done.set(true);
                Worker.await(executing);
            }
        }
    }

    // ---- bad input

    @TestFactory
    Stream<DynamicTest> refusesInputsThatDoNotFitAndGoesOn() throws Exception {
        return forEachRunnable(sample -> {
            try (Worker worker = new Worker(pe);
                    PreparedSample prepared = new PreparedSample(pe, sample)) {
                List<Tensor> good = sample.inputs().make(1);
                for (int position = 0; position < good.size(); position++) {
                    DType dtype = good.get(position).dtype();
                    long[] sizes = good.get(position).sizes();
                    ValueType type = sample.graph()
                            .value(sample.graph().inputs().get(position))
                            .type();
                    if (type instanceof AnyTensor) {
                        continue;
                    }
                    Shape shape = type instanceof TensorSpec spec ? spec.shape() : Shape.of();
                    for (long[] wrong : misfits(sizes)) {
                        if (!shape.accepts(wrong)) {
                            refuses(worker, prepared, good, position, dtype, wrong);
                            verify(worker, prepared, 2);
                        }
                    }
                    refuses(worker, prepared, good, position, otherThan(dtype), sizes);
                    verify(worker, prepared, 3);
                }
            }
        });
    }

    /** Nothing is known of what comes in but that it must fit together. */
    @TestFactory
    Stream<DynamicTest> refusesUnknownTensorsThatDoNotFitTogetherAndGoesOn() throws Exception {
        assumeDynamic();
        return runnable().stream()
                .filter(sample -> sample.graph().inputs().stream()
                                .filter(id -> sample.graph().value(id).type() instanceof AnyTensor)
                                .count()
                        == 2)
                .map(sample -> DynamicTest.dynamicTest(sample.name(), () -> {
                    try (Worker worker = new Worker(pe);
                            PreparedSample prepared = new PreparedSample(pe, sample)) {
                        // Seed 2 brings tensors of five elements.
                        List<Tensor> good = sample.inputs().make(2);
                        refuses(worker, prepared, good, 1, good.get(1).dtype(), new long[] {4});
                        verify(worker, prepared, 3);
                        refuses(worker, prepared, good, 0, good.get(0).dtype(), new long[] {2, 3});
                        verify(worker, prepared, 4);
                    }
                }));
    }

    // ---- life cycle

    @Test
    void givesTheMemoryOfItsKernelsBack() throws Exception {
        for (int i = 0; i < 20; i++) {
            for (Sample sample : runnable()) {
                pe.prepare(sample.graph()).close();
                assertThat(allocatedBytes(pe))
                        .as("bytes allocated after preparing and closing %s", sample.name())
                        .isLessThanOrEqualTo(allocatedAtStart);
            }
        }
    }

    @Test
    void servesOneWorkerAfterAnother() throws Exception {
        Sample sample = anyRunnable();
        try (PreparedSample prepared = new PreparedSample(pe, sample)) {
            for (int i = 0; i < 3; i++) {
                try (Worker worker = new Worker(pe)) {
                    verify(worker, prepared, i);
                }
            }
        }
        try (Worker worker = new Worker(pe)) {
            // Without a kernel in between.
            worker.run(() -> {
                pe.openWorker().close();
                pe.openWorker().close();
            });
        }
    }

    // ---- helpers

    private ProcessingElement create(int index) throws Exception {
        ProcessingElement made = createProcessingElement(index);
        created.add(made);
        return made;
    }

    private void assumeDynamic() {
        Assumptions.assumeTrue(
                pe instanceof DynamicTensors,
                () -> pe.descriptor() + " does not implement DynamicTensors: it is never asked about unknown tensors");
    }

    private ProcessingElement createSecond() throws Exception {
        Assumptions.assumeTrue(maxProcessingElements() > 1, "there is one device only");
        return create(1);
    }

    private Map<String, Support> answers() {
        Map<String, Support> answers = new LinkedHashMap<>();
        for (Sample sample : SampleSegments.all()) {
            for (Layer layer : sample.graph().layers()) {
                answers.put(sample.name() + "/" + layer.name(), pe.supports(sample.graph(), layer));
            }
        }
        return answers;
    }

    private List<Sample> runnable() throws AccelException {
        List<Sample> runnable = new ArrayList<>();
        for (Sample sample : SampleSegments.all()) {
            if (isRunnable(sample)) {
                runnable.add(sample);
            }
        }
        for (Sample sample : extraSamples()) {
            if (isRunnable(sample)) {
                runnable.add(sample);
            }
        }
        if (pe instanceof DynamicTensors) {
            for (Sample sample : SampleSegments.dynamic()) {
                if (isRunnable(sample)) {
                    runnable.add(sample);
                }
            }
        }
        return runnable;
    }

    private Sample anyRunnable() throws AccelException {
        return runnable().stream()
                .findFirst()
                .orElseThrow(() -> new AssertionError(pe.descriptor()
                        + " supports none of SampleSegments: give it one it supports in extraSamples()"));
    }

    /** Whether the PE supports all its layers and, if there are several, takes them together. */
    private boolean isRunnable(Sample sample) throws AccelException {
        for (Layer layer : sample.graph().layers()) {
            if (!pe.supports(sample.graph(), layer).isSupported()) {
                return false;
            }
        }
        if (sample.graph().layers().size() == 1) {
            return true;
        }
        try (Kernel kernel = pe.prepare(sample.graph())) {
            return kernel != null;
        } catch (AccelException e) {
            if (e.category() == AccelException.Category.UNSUPPORTED) {
                return false;
            }
            throw e;
        }
    }

    private Stream<DynamicTest> forEachRunnable(ThrowingConsumer<Sample> test) throws AccelException {
        return runnable().stream().map(sample -> DynamicTest.dynamicTest(sample.name(), () -> test.accept(sample)));
    }

    private void verify(Worker worker, PreparedSample prepared, long seed) throws Exception {
        worker.run(() -> verifyHere(prepared, seed));
    }

    private void verifyHere(PreparedSample prepared, long seed) throws AccelException {
        Sample sample = prepared.sample();
        List<Tensor> inputs = sample.inputs().make(seed);
        prepared.load(inputs);
        prepared.execute();
        List<Tensor> expected = sample.reference().run(sample.graph(), inputs);
        List<Tensor> found = prepared.outputs();
        for (int i = 0; i < expected.size(); i++) {
            TensorComparison.assertClose(
                    sample.name() + ", output " + i + ", seed " + seed,
                    found.get(i),
                    expected.get(i),
                    tolerance(sample));
        }
    }

    private Void verifyEach(ProcessingElement on, List<Sample> samples) throws AccelException {
        for (Sample sample : samples) {
            try (PreparedSample prepared = new PreparedSample(on, sample)) {
                for (int i = 0; i < repetitions(); i++) {
                    verifyHere(prepared, i % 5);
                }
            }
        }
        return null;
    }

    private static List<long[]> misfits(long[] sizes) {
        List<long[]> wrong = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            long[] larger = sizes.clone();
            larger[i]++;
            wrong.add(larger);
            if (sizes[i] > 1) {
                long[] smaller = sizes.clone();
                smaller[i]--;
                wrong.add(smaller);
            }
        }
        long[] deeper = new long[sizes.length + 1];
        deeper[0] = 1;
        System.arraycopy(sizes, 0, deeper, 1, sizes.length);
        wrong.add(deeper);
        return wrong;
    }

    private static DType otherThan(DType dtype) {
        return dtype == DType.FLOAT32 ? DType.INT64 : DType.FLOAT32;
    }

    private void refuses(
            Worker worker, PreparedSample prepared, List<Tensor> good, int position, DType dtype, long[] sizes)
            throws Exception {
        prepared.load(good);
        try (TensorBuffer misfit = new TensorBuffer(dtype, pe.memory())) {
            misfit.resize(sizes);
            worker.run(() -> {
                try {
                    prepared.executeWith(position, misfit);
                } catch (AccelException e) {
                    assertThat(e.category())
                            .as("category of the refusal of %s as input %d: %s", misfit, position, e.getMessage())
                            .isIn(AccelException.Category.INVALID_INPUT, AccelException.Category.UNSUPPORTED);
                    assertThat(e.getMessage()).as("message of the refusal").isNotBlank();
                    return;
                }
                fail("%s was accepted as input %d of a kernel prepared for %s", misfit, position, good.get(position));
            });
        }
    }
}
