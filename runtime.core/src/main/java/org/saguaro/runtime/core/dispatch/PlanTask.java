// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AdjustablePrecision;
import org.saguaro.accel.api.CalibratedKernel;
import org.saguaro.accel.api.HostMemory;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.PeShape;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.runtime.core.cost.Estimate;
import org.saguaro.runtime.core.cost.KernelSignature;
import org.saguaro.runtime.core.cost.ProfiledCostModel;
import org.saguaro.runtime.core.cost.Roofline;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.monitor.TaskLabel;
import org.saguaro.runtime.core.simulation.KernelProfile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A task of a plan: with its kernels, one per PE that has been prepared for it, or with what the core does itself. Thread-safe.
 */
public final class PlanTask {

    private static final Logger LOG = LoggerFactory.getLogger(PlanTask.class);

    static final long HAND_OVER_NANOS = 10_000;

    private final Plan plan;
    private final TaskGraph.Task definition;
    private final @Nullable CoreTask core;
    private final ProfiledCostModel costs;
    private final String signature;
    private final int signatureNumber;
    private final Roofline roofline;
    private final String label;
    private final TaskLabel traceLabel;
    private final int[] inputBuffers;
    private final int[] outputBuffers;
    private final List<Integer> outputValues;
    private final int[] successors;
    /** What kernels that are gone have done, and what failed, by id of the PE. */
    private final ConcurrentMap<String, KernelUse> history = new ConcurrentHashMap<>();

    private final ConcurrentMap<String, String> refusals = new ConcurrentHashMap<>();

    /** By slot of the PE. Replaced as a whole under this object's lock; read without. */
    private volatile @Nullable PreparedKernel[] kernels = new PreparedKernel[0];

    /** Kernels that wait for a look at their inputs. Guarded by this object. */
    private final List<PreparedKernel> uncalibrated = new ArrayList<>();

    private volatile long tailNanos;
    private volatile long upwardRankNanos;
    private volatile long optimisticOfCoreNanos;
    /** By slot of the PE. */
    private volatile long[] optimisticNanos = new long[0];

    private volatile @Nullable Loop loop;

    private final LongAdder runsOfCore = new LongAdder();

    /** What the core took for it, each time it began it or went on with it. */
    private final Estimate coreTime = new Estimate(0);

    /** @param core what the core does; null if PEs do it */
    PlanTask(Plan plan, TaskGraph.Task definition, @Nullable CoreTask core, ProfiledCostModel costs) {
        this.plan = plan;
        this.definition = definition;
        this.core = core;
        this.costs = costs;
        this.signature = KernelSignature.of(definition.segment());
        this.signatureNumber = costs.number(signature);
        this.roofline = Roofline.of(definition.segment());
        this.label = definition.label();
        this.traceLabel = new TaskLabel(plan.application(), definition.index(), label);
        this.inputBuffers = toInts(definition.inputBuffers());
        this.outputBuffers = toInts(definition.outputBuffers());
        this.outputValues = TaskGraph.outputIds(definition.segment());
        this.successors = toInts(definition.successors());
    }

    private static int[] toInts(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    Plan plan() {
        return plan;
    }

    /** The task as it was cut. */
    public TaskGraph.Task definition() {
        return definition;
    }

    public String label() {
        return label;
    }

    /** What the trace says of it. */
    TaskLabel traceLabel() {
        return traceLabel;
    }

    /** What the core does for it; null if it is a PE's. */
    @Nullable
    CoreTask core() {
        return core;
    }

    /** Whether the core does it itself: control flow, and arithmetic on what is no tensor. */
    public boolean isCore() {
        return core != null;
    }

    /** The plans of the graphs it drives: branches, bodies. */
    public List<Plan> nested() {
        return core == null ? List.of() : core.plans();
    }

    boolean sameNestedCut(PlanTask other) {
        CoreTask mine = core;
        CoreTask theirs = other.core;
        if (mine == null || theirs == null) {
            return mine == null && theirs == null;
        }
        return mine.sameCut(theirs);
    }

    /** The core has done it once more. */
    void ranOnCore() {
        runsOfCore.increment();
    }

    /** How often the core has done it. */
    public long runsOfCore() {
        return runsOfCore.sum();
    }

    /** The core took that long for it, until it was done or waits for a nested graph. */
    void tookOnCore(long nanos) {
        coreTime.observe(nanos);
    }

    /** What the core usually takes for it; 0 if it never did it. */
    long coreNanos() {
        return coreTime.meanNanos();
    }

    /** What its kernels compute: how the cost model knows it. */
    public String signature() {
        return signature;
    }

    /** Its arithmetic and memory traffic. */
    public Roofline roofline() {
        return roofline;
    }

    int signatureNumber() {
        return signatureNumber;
    }

    int[] inputBuffers() {
        return inputBuffers;
    }

    int[] outputBuffers() {
        return outputBuffers;
    }

    /** Values of the output buffers, in the same order. */
    List<Integer> outputValues() {
        return outputValues;
    }

    int[] successors() {
        return successors;
    }

    /** What is known of it and of what follows it in its graph; replaced now and then, after the plans that it drives. */
    void rank(long mean, long upwardRank, long[] optimisticBySlot, long optimisticOfCore) {
        tailNanos = upwardRank - mean;
        upwardRankNanos = upwardRank;
        optimisticNanos = optimisticBySlot;
        optimisticOfCoreNanos = optimisticOfCore;
        if (core instanceof LoopTask driving) {
            loop = new Loop(
                    mean,
                    driving.body().criticalPathNanos(),
                    expectedOfNested(Plan::optimisticPathNanos),
                    driving.body().optimisticPathNanos());
        }
    }

    /**
     * What a loop takes.
     *
     * @param meanNanos all its iterations
     * @param tripMeanNanos one of them
     * @param leastNanos as {@code meanNanos}, if every task goes where it finishes first
     */
    private record Loop(long meanNanos, long tripMeanNanos, long leastNanos, long tripLeastNanos) {

        /** After the iteration that a run of it is in. */
        long restNanos(TaskRun run) {
            return Math.max(0, meanNanos - (run.trip + 1) * tripMeanNanos);
        }

        long leastRestNanos(TaskRun run) {
            return Math.max(0, leastNanos - (run.trip + 1) * tripLeastNanos);
        }
    }

    /** The longest chain of mean times from its start to the end of the request, for a run of it. */
    long upwardRankNanos(ModelRun run) {
        long nanos = upwardRankNanos;
        for (TaskRun parent = run.parent(); parent != null; parent = parent.run.parent()) {
            Loop around = parent.task.loop;
            nanos += parent.task.tailNanos + (around == null ? 0 : around.restNanos(parent));
        }
        return nanos;
    }

    /** The least time from its end on a PE to the end of the request, for a run of it. */
    long optimisticRemainingNanos(PeHandle pe, ModelRun run) {
        long[] bySlot = optimisticNanos;
        long nanos = pe.slot() < bySlot.length ? bySlot[pe.slot()] : 0;
        for (TaskRun parent = run.parent(); parent != null; parent = parent.run.parent()) {
            Loop around = parent.task.loop;
            nanos += parent.task.optimisticOfCoreNanos + (around == null ? 0 : around.leastRestNanos(parent));
        }
        return nanos;
    }

    /**
     * What the plans that it drives are expected to take per run of it: each as often as it was run so far, which for a loop is the
     * mean number of iterations; before the first run, the longest one once.
     */
    long expectedOfNested(ToLongFunction<Plan> path) {
        CoreTask driving = core;
        if (driving == null) {
            return 0;
        }
        long runs = runsOfCore.sum();
        if (driving instanceof LoopTask repeated) {
            long once = path.applyAsLong(repeated.body());
            return runs == 0 ? once : (long) ((double) once * repeated.body().runs() / runs);
        }
        List<Plan> plans = driving.plans();
        double weighted = 0;
        long all = 0;
        long longest = 0;
        for (int i = 0; i < plans.size(); i++) {
            long nanos = path.applyAsLong(plans.get(i));
            long count = plans.get(i).runs();
            weighted += (double) nanos * count;
            all += count;
            longest = Math.max(longest, nanos);
        }
        return all == 0 ? longest : (long) (weighted / all);
    }

    /** By slot of the PE, null where there is none. */
    @Nullable
    PreparedKernel[] kernels() {
        return kernels;
    }

    /** The kernel on a PE, or null if the PE has none (any more). */
    @Nullable
    PreparedKernel kernel(PeHandle pe) {
        @Nullable PreparedKernel[] now = kernels;
        PreparedKernel kernel = pe.slot() < now.length ? now[pe.slot()] : null;
        return kernel != null && kernel.pe() == pe ? kernel : null;
    }

    /**
     * Marks kernels that are worth nothing in a crowd: waking another thread, having it wait for a device, and waking up again takes a core
     * some {@value #HAND_OVER_NANOS} ns. A PE that takes so much longer than another one, which itself takes less, would cost the cores
     * more than it spares them. Only what was measured counts.
     */
    void compareKernels() {
        @Nullable PreparedKernel[] now = kernels;
        long least = HAND_OVER_NANOS;
        for (PreparedKernel kernel : now) {
            if (kernel != null && kernel.estimate().isMeasured()) {
                least = Math.min(least, kernel.estimate().meanNanos());
            }
        }
        for (PreparedKernel kernel : now) {
            if (kernel != null) {
                kernel.outrun(least < HAND_OVER_NANOS
                        && kernel.estimate().isMeasured()
                        && kernel.estimate().meanNanos() > least + HAND_OVER_NANOS);
            }
        }
    }

    /** Whether some PE can run it now. */
    public boolean hasKernel() {
        for (PreparedKernel kernel : kernels) {
            if (kernel != null) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of these PEs has a kernel for it. */
    public boolean isPreparedOn(Predicate<PeHandle> pes) {
        for (PreparedKernel kernel : kernels) {
            if (kernel != null && pes.test(kernel.pe())) {
                return true;
            }
        }
        return false;
    }

    /** Bytes that its kernels hold. */
    long residentBytes() {
        long bytes = 0;
        for (PreparedKernel kernel : kernels) {
            if (kernel != null) {
                bytes += kernel.residentBytes();
            }
        }
        return bytes;
    }

    /** What it costs on a PE of a shape that is prepared for it; null if there is none. */
    public @Nullable ShapeCost costOn(PeShape shape) {
        ShapeCost cost = null;
        long runs = 0;
        double nanos = 0;
        for (PreparedKernel kernel : kernels) {
            if (kernel != null && shape.equals(kernel.pe().shape())) {
                runs += kernel.runs();
                nanos += (double) kernel.runs() * kernel.meanNanosOfLate();
                cost = new ShapeCost(
                        runs == 0 ? kernel.estimate().meanNanos() : (long) (nanos / runs),
                        kernel.estimate().isMeasured(),
                        runs);
            }
        }
        return cost;
    }

    /**
     * What a task costs on a shape.
     *
     * @param nanos mean time of the last executions, outliers included; what is expected before the first
     * @param measured whether that was ever measured, here or before
     * @param runs executions since the kernels are there
     */
    public record ShapeCost(long nanos, boolean measured, long runs) {}

    /**
     * What PEs of an overlay offer it, be it at work or not.
     *
     * @param caution by how much an estimate counts more that was never measured
     */
    public Offer offerOf(String group, String shape, boolean atWork, double caution) {
        PeShape wanted = new PeShape(group, shape);
        return offer(pe -> pe.couldWorkIn(wanted, atWork), caution);
    }

    /** What PEs outside a group offer it now. */
    public Offer offerOutside(String group, double caution) {
        return offer(
                pe -> {
                    PeShape shape = pe.shape();
                    return pe.isActive() && (shape == null || !shape.group().equals(group));
                },
                caution);
    }

    private Offer offer(Predicate<PeHandle> takes, double caution) {
        int pes = 0;
        double least = Double.POSITIVE_INFINITY;
        for (PreparedKernel kernel : kernels) {
            if (kernel != null && takes.test(kernel.pe())) {
                pes++;
                Estimate estimate = kernel.estimate();
                least = Math.min(least, estimate.meanNanos() * (estimate.isMeasured() ? 1 : caution));
            }
        }
        return new Offer(pes, least);
    }

    /**
     * What some PEs offer a task.
     *
     * @param pes how many of them can run it
     * @param nanos what it is expected to take on the fastest; infinite if there is none
     */
    public record Offer(int pes, double nanos) {}

    /** Why PE types that claim support could not be prepared, by type. */
    public Map<String, String> refusals() {
        return Map.copyOf(refusals);
    }

    /**
     * Prepares the task on a PE that supports it. Slow; called from background or deploying threads, holding a lease on the PE.
     *
     * @param calibrates whether a kernel that wants to see its inputs waits for {@link #calibrate}
     * @throws AccelException if the PE cannot
     */
    void prepareOn(PeHandle pe, boolean calibrates) throws AccelException {
        if (kernel(pe) != null || waitsForCalibration(pe)) {
            return;
        }
        Kernel kernel;
        Precision used = Precision.FLOAT32;
        try {
            if (pe.element() instanceof AdjustablePrecision adjustable) {
                used = adjustable.precisionFor(plan.precision());
                kernel = adjustable.prepare(definition.segment(), plan.precision());
            } else {
                kernel = pe.element().prepare(definition.segment());
            }
        } catch (AccelException e) {
            refusals.put(pe.descriptor().type(), e.getMessage());
            throw e;
        } catch (RuntimeException | LinkageError e) {
            refusals.put(pe.descriptor().type(), e.toString());
            throw new AccelException(
                    AccelException.Category.KERNEL_FAILED,
                    pe.descriptor().id() + ": preparing " + label + " failed: " + e,
                    e);
        }
        refusals.remove(pe.descriptor().type());
        PreparedKernel prepared = new PreparedKernel(
                this, pe, kernel, used, costs.estimate(KernelSignature.in(used, signature), roofline, pe.descriptor()));
        if (calibrates && prepared.calibrated() != null) {
            synchronized (this) {
                uncalibrated.add(prepared);
            }
        } else {
            publish(prepared);
        }
        pe.own(prepared);
    }

    private void publish(PreparedKernel prepared) {
        int slot = prepared.pe().slot();
        synchronized (this) {
            @Nullable PreparedKernel[] next = Arrays.copyOf(kernels, Math.max(kernels.length, slot + 1));
            next[slot] = prepared;
            kernels = next;
        }
        // What an earlier run measured may say enough.
        compareKernels();
    }

    private synchronized boolean waitsForCalibration(PeHandle pe) {
        return uncalibrated.stream().anyMatch(kernel -> kernel.pe() == pe);
    }

    /** Whether a kernel of it waits for a look at its inputs. */
    public synchronized boolean isUncalibrated() {
        return !uncalibrated.isEmpty();
    }

    /** Whether a kernel of it may compute less exactly than the CPU. */
    public boolean isInexact() {
        for (PreparedKernel kernel : kernels) {
            if (kernel != null && !kernel.pe().isReference()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Shows the kernels that wait for it what their inputs look like, and puts them to work.
     *
     * @param rehearsal that kept inputs; null if there is none, then they find the scales in each execution
     */
    public void calibrate(@Nullable Rehearsal rehearsal) {
        Rehearsal.Sample sample = rehearsal == null ? null : rehearsal.sample(this);
        List<PreparedKernel> waiting;
        synchronized (this) {
            waiting = List.copyOf(uncalibrated);
        }
        for (PreparedKernel kernel : waiting) {
            boolean present = kernel.pe().beginLease();
            try {
                if (present && sample != null) {
                    calibrate(kernel, sample);
                }
            } catch (AccelException | RuntimeException e) {
                refusals.put(kernel.pe().type(), "its calibration failed: " + e.getMessage());
                LOG.warn(
                        "{}: the calibration on {} failed: {}",
                        label,
                        kernel.pe().id(),
                        e.getMessage());
                synchronized (this) {
                    uncalibrated.remove(kernel);
                }
                kernel.pe().disown(kernel);
                kernel.close();
            } finally {
                if (present) {
                    kernel.pe().endLease();
                }
            }
            boolean still;
            synchronized (this) {
                still = uncalibrated.remove(kernel);
            }
            if (still) {
                publish(kernel);
            }
        }
    }

    private static void calibrate(PreparedKernel kernel, Rehearsal.Sample sample) throws AccelException {
        CalibratedKernel wanting = kernel.calibrated();
        if (wanting == null) {
            return;
        }
        List<TensorBuffer> buffers = new ArrayList<>();
        try {
            TensorBuffer[] inputs = new TensorBuffer[sample.inputs().size()];
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = KernelTrial.upload(sample.inputs().get(i), HostMemory.get(), buffers);
            }
            wanting.calibrate(inputs);
        } finally {
            buffers.forEach(TensorBuffer::close);
        }
    }

    /** The PE has left or its kernel is being closed: forget it, keep its counts. */
    synchronized void forget(PreparedKernel kernel) {
        uncalibrated.remove(kernel);
        int slot = kernel.pe().slot();
        if (slot < kernels.length && kernels[slot] == kernel) {
            @Nullable PreparedKernel[] next = kernels.clone();
            next[slot] = null;
            kernels = next;
            if (kernel.runs() > 0) {
                remember(kernel.pe(), kernel.runs(), kernel.busyNanos(), 0, "");
            }
        }
    }

    void closeKernels() {
        List<PreparedKernel> waiting;
        synchronized (this) {
            waiting = List.copyOf(uncalibrated);
        }
        waiting.forEach(kernel -> {
            kernel.pe().disown(kernel);
            kernel.close();
        });
        for (PreparedKernel kernel : kernels) {
            if (kernel != null) {
                kernel.pe().disown(kernel);
                kernel.close();
            }
        }
    }

    /** It failed on a PE: for the placement report. */
    void failed(PeHandle pe, String message) {
        remember(pe, 0, 0, 1, message);
    }

    private void remember(PeHandle pe, long runs, long busyNanos, long faults, String lastFault) {
        history.merge(
                pe.id(),
                new KernelUse(
                        pe.id(),
                        pe.type(),
                        false,
                        Precision.FLOAT32,
                        Optional.empty(),
                        0,
                        false,
                        runs,
                        busyNanos,
                        faults,
                        lastFault),
                KernelUse::plus);
    }

    /**
     * What was measured of its kernels, by type of PE, in the precision that each type computes it in; out of what was measured of all
     * kernels.
     */
    List<KernelProfile.Cost> measured(Map<String, List<KernelProfile.Cost>> all) {
        Map<String, String> names = new HashMap<>();
        for (PreparedKernel kernel : kernels) {
            if (kernel != null) {
                names.put(kernel.pe().type(), KernelSignature.in(kernel.precision(), signature));
            }
        }
        Map<String, KernelProfile.Cost> costs = new TreeMap<>();
        all.getOrDefault(signature, List.of()).forEach(cost -> costs.put(cost.peType(), cost));
        names.forEach((type, name) -> {
            costs.remove(type);
            all.getOrDefault(name, List.of()).stream()
                    .filter(cost -> cost.peType().equals(type))
                    .forEach(cost -> costs.put(type, cost));
        });
        return List.copyOf(costs.values());
    }

    /** What the PEs are and were to it, by PE id. */
    public List<KernelUse> uses() {
        Map<String, KernelUse> uses = new TreeMap<>(history);
        for (PreparedKernel kernel : kernels) {
            if (kernel != null) {
                uses.merge(kernel.pe().id(), kernel.use(), KernelUse::plus);
            }
        }
        return List.copyOf(uses.values());
    }
}
