// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.saguaro.accel.api.AccelException;
import org.saguaro.accel.api.AccelException.Category;

/**
 * Something that a PE's worker does beside requests, one at a time per PE: it begins when no task waits for the PE, or after
 * {@link #PATIENCE_NANOS}, so a task waits for one errand at most.
 */
final class Errand {

    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_MILLIS = 20;

    /** What it does; on the worker's thread. */
    @FunctionalInterface
    interface Action {
        void run() throws AccelException;
    }

    private final Action action;
    private final long sinceNanos = System.nanoTime();
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();

    private Errand(Action action) {
        this.action = action;
    }

    /**
     * Has a PE's worker do it. Returns when it is done.
     *
     * @return false if the PE takes no tasks, or stopped taking them before it came to it
     * @throws AccelException as the action
     */
    static boolean run(PeHandle pe, Action action) throws AccelException, InterruptedException {
        Errand errand = new Errand(action);
        synchronized (pe.errandTurn()) {
            pe.errand(errand);
            try {
                while (true) {
                    try {
                        return errand.done.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                    } catch (TimeoutException e) {
                        // One that has begun either ends, or its PE is quarantined and it is nobody's business any
                        // more.
                        if (!pe.isActive() && (pe.withdraw(errand) || !pe.isSound())) {
                            return false;
                        }
                    }
                }
            } catch (ExecutionException e) {
                if (e.getCause() instanceof AccelException failure) {
                    throw failure;
                }
                throw new AccelException(Category.KERNEL_FAILED, pe + ": " + e.getCause(), e);
            } finally {
                pe.withdraw(errand);
            }
        }
    }

    /** Whether it need not wait for an empty queue any more. */
    boolean isDue(long nowNanos) {
        return nowNanos - sinceNanos > PATIENCE_NANOS;
    }

    /** Worker thread. */
    void run() {
        try {
            action.run();
            done.complete(true);
        } catch (AccelException | RuntimeException | Error e) {
            done.completeExceptionally(e);
        }
    }
}
