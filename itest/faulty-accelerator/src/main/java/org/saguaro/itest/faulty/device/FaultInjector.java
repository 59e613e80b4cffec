// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest.faulty.device;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;
import org.saguaro.itest.faulty.Fault;
import org.saguaro.itest.faulty.FaultControl;

/** Decides what goes wrong on one PE. Thread-safe. */
final class FaultInjector implements FaultControl {

    /** What is in force; replaced as a whole. */
    private record Plan(Fault fault, int everyNth, AtomicLong executions) {}

    private final String peId;
    private final long executionNanos;
    private final AtomicLong executions = new AtomicLong();
    private final AtomicLong faults = new AtomicLong();
    private final AtomicInteger hanging = new AtomicInteger();
    private volatile Plan plan = new Plan(Fault.NONE, 1, new AtomicLong());
    private volatile CountDownLatch gate = new CountDownLatch(1);

    FaultInjector(String peId, long executionNanos) {
        this.peId = peId;
        this.executionNanos = executionNanos;
    }

    @Override
    public void inject(Fault fault, int everyNth) {
        if (everyNth < 1) {
            throw new IllegalArgumentException(peId + ": every how many executions? 1 or more, found " + everyNth);
        }
        plan = new Plan(fault, everyNth, new AtomicLong());
    }

    @Override
    public void heal() {
        plan = new Plan(Fault.NONE, 1, new AtomicLong());
        release();
    }

    @Override
    public synchronized void release() {
        CountDownLatch closed = gate;
        gate = new CountDownLatch(1);
        closed.countDown();
    }

    @Override
    public int hanging() {
        return hanging.get();
    }

    @Override
    public long executions() {
        return executions.get();
    }

    @Override
    public long faults() {
        return faults.get();
    }

    /** Called by a kernel about to execute: returns if all is well, late or after a release; throws if not. */
    void beforeExecution() throws AccelException {
        executions.incrementAndGet();
        if (executionNanos > 0) {
            takeTime();
        }
        Plan now = plan;
        boolean due = now.executions.incrementAndGet() % now.everyNth == 0 || now.fault == Fault.DEVICE_LOST;
        if (!due || now.fault == Fault.NONE || now.fault == Fault.PREPARE_FAILS) {
            return;
        }
        faults.incrementAndGet();
        switch (now.fault) {
            case HANG -> hang();
            case RUNTIME_EXCEPTION -> throw new IllegalStateException(peId + ": injected defect of the driver");
            case KERNEL_FAILED -> throw failure(Category.KERNEL_FAILED);
            case TIMEOUT -> throw failure(Category.TIMEOUT);
            case DEVICE_LOST -> throw failure(Category.DEVICE_LOST);
            case RESOURCE_EXHAUSTED -> throw failure(Category.RESOURCE_EXHAUSTED);
            case UNSUPPORTED -> throw failure(Category.UNSUPPORTED);
            case INVALID_INPUT -> throw failure(Category.INVALID_INPUT);
            case NONE, PREPARE_FAILS -> throw new AssertionError(now.fault);
        }
    }

    void beforePreparation() throws AccelException {
        if (plan.fault == Fault.PREPARE_FAILS) {
            faults.incrementAndGet();
            throw failure(Category.RESOURCE_EXHAUSTED);
        }
    }

    private AccelException failure(Category category) {
        return new AccelException(category, peId + ": injected " + category);
    }

    private void takeTime() {
        long until = System.nanoTime() + executionNanos;
        for (long left = executionNanos; left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void hang() {
        CountDownLatch closed = gate;
        boolean interrupted = false;
        hanging.incrementAndGet();
        try {
            while (true) {
                try {
                    closed.await();
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            hanging.decrementAndGet();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
