// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.api.contract;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.saguaro.accel.api.ProcessingElement;

/** A PE's worker thread, as the core would run it: opens the PE's scope first and closes it on the same thread. */
final class Worker implements AutoCloseable {

    /** Long enough for a simulated device; a kernel that takes longer hangs. */
    private static final long LIMIT_SECONDS = 300;

    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }

    private final ExecutorService thread;
    private final ProcessingElement.WorkerScope scope;

    Worker(ProcessingElement pe) throws Exception {
        thread = Executors.newSingleThreadExecutor(
                task -> new Thread(task, "worker of " + pe.descriptor().id()));
        try {
            scope = call(pe::openWorker);
        } catch (Throwable e) {
            thread.shutdownNow();
            throw e;
        }
    }

    <T> Future<T> start(Callable<T> work) {
        return thread.submit(work);
    }

    <T> T call(Callable<T> work) throws Exception {
        return await(start(work));
    }

    void run(Action action) throws Exception {
        await(thread.submit(() -> {
            action.run();
            return true;
        }));
    }

    /** What the work returned; what it threw is thrown here. */
    static <T> T await(Future<T> work) throws Exception {
        try {
            return work.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("the worker did not finish within " + LIMIT_SECONDS + " s", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        Future<?> closing = thread.submit(scope::close);
        thread.shutdown();
        try {
            await(closing);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while the worker's scope was closed", e);
        } catch (Exception e) {
            throw new AssertionError("the worker's scope could not be closed", e);
        }
    }
}
