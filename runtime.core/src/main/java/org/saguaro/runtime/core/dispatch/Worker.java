// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.accel.api.ProcessingElement.WorkerScope;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread of one PE: takes its tasks one after the other and executes their kernels. */
final class Worker implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final PeHandle pe;
    private final Dispatcher dispatcher;
    private @Nullable WorkerScope scope;

    Worker(PeHandle pe, Dispatcher dispatcher) {
        this.pe = pe;
        this.dispatcher = dispatcher;
    }

    @Override
    public void run() {
        try {
            PeHandle.Next next = pe.awaitWork();
            while (next != PeHandle.Next.STOP) {
                if (next == PeHandle.Next.PROBE) {
                    probe();
                } else if (next == PeHandle.Next.ERRAND) {
                    pe.runErrand();
                    if (pe.isParked()) {
                        dispatcher.rested();
                    }
                } else {
                    TaskRun task = pe.poll();
                    if (task != null) {
                        execute(task);
                        if (pe.isParked()) {
                            dispatcher.rested();
                        }
                    }
                }
                next = pe.awaitWork();
            }
        } finally {
            // Here and not by whoever removes the PE: the kernel that ran last may have come back long after that.
            pe.closeKernels();
            closeScope();
            pe.workerHasEnded();
            dispatcher.workerEnded(pe);
        }
    }

    private void execute(TaskRun task) {
        if (!task.run.isLive()) {
            pe.taskGone(task);
            dispatcher.leave(task.run);
            return;
        }
        PreparedKernel kernel = task.task.kernel(pe);
        // Parked: what it would run on may be gone. Who parks it looks for tasks after that, so one of both sees the
        // other.
        if (kernel == null || pe.isParked() || !task.state.compareAndSet(TaskRun.State.QUEUED, TaskRun.State.RUNNING)) {
            pe.taskGone(task);
            dispatcher.ready(task);
            dispatcher.enter();
            return;
        }
        AccelException failure = null;
        boolean lost = false;
        long kernelNanos = 0;
        // Asked once: should the device be lost meanwhile, the PE has another domain, where nothing was written.
        MemoryDomain domain = pe.domain();
        long started = System.nanoTime();
        pe.started(task, started, kernel.isModelled());
        try {
            openScope();
            kernelNanos = kernel.execute(task.run, domain);
        } catch (AccelException e) {
            failure = e;
        } catch (TensorLostException e) {
            lost = true;
        } catch (OutOfMemoryError e) {
            failure = new AccelException(Category.RESOURCE_EXHAUSTED, pe + ": " + e, e);
        } catch (RuntimeException | Error e) {
            failure = new AccelException(Category.KERNEL_FAILED, pe + ": " + task.task.label() + ": " + e, e);
        }
        long finished = System.nanoTime();
        pe.ended();
        pe.taskGone(task);
        if (pe.isParked()) {
            // Whose turn it is now can begin with what this task releases.
            dispatcher.rested();
        }
        if (lost) {
            dispatcher.lostInput(task);
        } else if (failure == null) {
            dispatcher.completed(task, pe, kernel, domain, kernelNanos, started, finished);
        } else {
            dispatcher.failed(task, pe, failure, started, finished);
        }
    }

    private void probe() {
        boolean done = pe.runAside(() -> dispatcher.probed(pe, tryOut()));
        if (!done) {
            pe.wantProbe();
        }
        if (pe.isParked()) {
            dispatcher.rested();
        }
    }

    /** Whether the PE works again; null if it does, else why not. */
    private @Nullable AccelException tryOut() {
        try {
            openScope();
            Probe.run(pe);
            return null;
        } catch (AccelException e) {
            return e;
        } catch (RuntimeException | Error e) {
            return new AccelException(Category.KERNEL_FAILED, pe + ": " + e, e);
        }
    }

    private void openScope() throws AccelException {
        if (scope == null) {
            scope = pe.element().openWorker();
        }
    }

    private void closeScope() {
        if (scope != null) {
            try {
                scope.close();
            } catch (RuntimeException e) {
                LOG.warn("{}: closing the worker's scope failed", pe, e);
            }
        }
    }
}
