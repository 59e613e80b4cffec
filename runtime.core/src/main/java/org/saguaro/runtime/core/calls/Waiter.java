// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.RequestException;

/** Somebody who waits for one tensor; told once, by the thread that ends the tensor, which it must not hold up. */
abstract class Waiter {

    /** The one who came before; a tensor's list. */
    @Nullable
    Waiter next;

    /** The tensor is there, or failed. */
    abstract void ended(LayerTensor tensor, Propagation propagation);

    /** A call, for one of its operands. */
    static final class OfCall extends Waiter {
        private final LayerCall call;

        OfCall(LayerCall call) {
            this.call = call;
        }

        @Override
        void ended(LayerTensor tensor, Propagation propagation) {
            RequestException failure = tensor.failure();
            if (failure == null) {
                call.operandThere(propagation);
            } else {
                propagation.fail(call, failure);
            }
        }
    }

    /** The same elements with other sizes. */
    static final class OfView extends Waiter {
        private final LayerTensor view;
        private final long[] sizes;

        OfView(LayerTensor view, long[] sizes) {
            this.view = view;
            this.sizes = sizes;
        }

        @Override
        void ended(LayerTensor tensor, Propagation propagation) {
            view.lookAt(tensor, sizes, propagation);
            tensor.letGo();
        }
    }

    /** A thread that blocks. */
    static final class OfThread extends Waiter {
        private final Thread thread = Thread.currentThread();
        private volatile boolean ended;

        @Override
        void ended(LayerTensor tensor, Propagation propagation) {
            ended = true;
            LockSupport.unpark(thread);
        }

        void await() throws InterruptedException {
            while (!ended) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }
    }

    /** A future, completed by an executor. */
    static final class OfFuture extends Waiter {
        private final Executor executor;
        private final CompletableFuture<LayerTensor> future;

        OfFuture(Executor executor, CompletableFuture<LayerTensor> future) {
            this.executor = executor;
            this.future = future;
        }

        @Override
        void ended(LayerTensor tensor, Propagation propagation) {
            RequestException failure = tensor.failure();
            executor.execute(() -> {
                if (failure == null) {
                    // What the callbacks issue comes after it.
                    tensor.wasAwaited();
                    future.complete(tensor);
                } else {
                    future.completeExceptionally(failure);
                }
            });
        }
    }
}
