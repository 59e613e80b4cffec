// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.CalibratedKernel;
import org.saguaro.accel.api.Kernel;
import org.saguaro.accel.api.MemoryFootprint;
import org.saguaro.accel.api.ModelledTime;
import org.saguaro.accel.api.Precision;
import org.saguaro.accel.api.TensorBuffer;
import org.saguaro.runtime.core.MeasuredError;
import org.saguaro.runtime.core.cost.Estimate;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;

/** A kernel of one task on one PE, with its cost and counts. Executed by the PE's worker only; closed once. */
final class PreparedKernel {

    static final int LATE_RUNS = 64;

    /** How often it is compared with the others of its task. */
    private static final int RUNS_PER_COMPARISON = 16;

    private final PlanTask task;
    private final PeHandle pe;
    private final Kernel kernel;
    /** The same kernel if its device is simulated: what it costs is not what the clock says. */
    private final @Nullable ModelledTime modelled;

    private final Precision precision;
    private final Estimate estimate;
    private final TensorBuffer[] inputs;
    private final TensorBuffer[] outputs;
    /** Both guarded by this object. */
    private boolean closed;

    private boolean probing;
    private final AtomicLong runs = new AtomicLong();
    private final AtomicLong busyNanos = new AtomicLong();
    /** Written by the worker only. */
    private volatile double meanNanosOfLate;

    private volatile boolean outrun;
    private volatile @Nullable MeasuredError error;

    PreparedKernel(PlanTask task, PeHandle pe, Kernel kernel, Precision precision, Estimate estimate) {
        this.precision = precision;
        this.task = task;
        this.pe = pe;
        this.kernel = kernel;
        this.modelled = kernel instanceof ModelledTime timed ? timed : null;
        this.estimate = estimate;
        this.inputs = new TensorBuffer[task.inputBuffers().length];
        this.outputs = new TensorBuffer[task.outputBuffers().length];
    }

    PlanTask task() {
        return task;
    }

    PeHandle pe() {
        return pe;
    }

    /** How exact it is. */
    Precision precision() {
        return precision;
    }

    Estimate estimate() {
        return estimate;
    }

    long runs() {
        return runs.get();
    }

    /**
     * Mean cost of the last {@value #LATE_RUNS} or so executions, 0 before the first. Unlike the estimate it counts outliers in full: who compares ways
     * to run something pays for them as well.
     */
    long meanNanosOfLate() {
        return (long) meanNanosOfLate;
    }

    long busyNanos() {
        return busyNanos.get();
    }

    /** What it says that it holds; the raw weights of its segment if it does not say. */
    long residentBytes() {
        synchronized (this) {
            if (closed) {
                return 0;
            }
            if (kernel instanceof MemoryFootprint footprint) {
                return footprint.residentBytes();
            }
        }
        return task.definition().segment().weights().stream()
                .mapToLong(weight -> weight.data().spec().sizeBytes())
                .sum();
    }

    /** A snapshot. */
    KernelUse use() {
        return new KernelUse(
                pe.id(),
                pe.type(),
                true,
                precision,
                Optional.ofNullable(error),
                estimate.meanNanos(),
                estimate.isMeasured(),
                runs.get(),
                busyNanos.get(),
                0,
                "");
    }

    /**
     * Worker thread: runs the task of {@code run}; on return its outputs are written, but not published.
     *
     * @param domain the PE's memory as of now; its outputs are published there and nowhere else
     * @return time spent in the kernel, without bringing its inputs
     */
    long execute(ModelRun run, MemoryDomain domain) throws AccelException, TensorLostException {
        int[] in = task.inputBuffers();
        for (int i = 0; i < in.length; i++) {
            inputs[i] = run.buffer(in[i]).readable(domain);
        }
        int[] out = task.outputBuffers();
        for (int i = 0; i < out.length; i++) {
            outputs[i] = run.writableBuffer(out[i]).writable(domain);
        }
        long start = System.nanoTime();
        kernel.execute(inputs, outputs);
        return System.nanoTime() - start;
    }

    /** Whether what it costs is not what the clock says. */
    boolean isModelled() {
        return modelled != null;
    }

    /**
     * Worker thread, after a success that counts.
     *
     * @param nanos by the clock; what it costs is that, unless the kernel's device is simulated
     */
    void completed(long nanos) {
        long cost = modelled == null ? nanos : modelled.modelledNanos();
        estimate.observe(cost);
        long before = runs.getAndIncrement();
        double mean = meanNanosOfLate;
        meanNanosOfLate = mean + (cost - mean) / (Math.min(before, LATE_RUNS - 1) + 1);
        busyNanos.addAndGet(nanos);
        if (before % RUNS_PER_COMPARISON == 0) {
            task.compareKernels();
        }
    }

    /** How far it is from the CPU's answers, as measured. */
    void error(MeasuredError measured) {
        error = measured;
    }

    /** The same kernel, if it wants to see what its inputs look like before the first execution. */
    @Nullable
    CalibratedKernel calibrated() {
        return kernel instanceof CalibratedKernel wanting ? wanting : null;
    }

    /** Whether another kernel of the task takes less time than bringing the task here costs; see {@link PlanTask#compareKernels}. */
    boolean isOutrun() {
        return outrun;
    }

    void outrun(boolean byAnother) {
        if (outrun != byAnother) {
            outrun = byAnother;
        }
    }

    /** Worker thread: runs on buffers that belong to no request; false if the kernel was closed meanwhile. */
    boolean probe(TensorBuffer[] probeInputs, TensorBuffer[] probeOutputs) throws AccelException {
        synchronized (this) {
            if (closed) {
                return false;
            }
            probing = true;
        }
        try {
            kernel.execute(probeInputs, probeOutputs);
        } finally {
            boolean closeNow;
            synchronized (this) {
                probing = false;
                closeNow = closed;
            }
            if (closeNow) {
                kernel.close();
            }
        }
        return true;
    }

    /** Gives the kernel back. No task may be executing it; a probe that is under way closes it at its end. */
    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            if (probing) {
                task.forget(this);
                return;
            }
        }
        task.forget(this);
        kernel.close();
    }
}
