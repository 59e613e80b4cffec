// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.dispatch.HostTensors;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.residency.MemoryDomain;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.saguaro.runtime.core.residency.ValueBuffer;

/**
 * A tensor between calls. Its buffer is kept as long as somebody uses it: the application's handle until it is closed, whoever makes it,
 * and each call issued on it until that has ended. Thread-safe, without locks.
 */
final class LayerTensor implements DeviceTensor {

    /** Nobody uses it any more. */
    private static final Object RELEASED = new Object();

    private final Scope scope;
    private final @Nullable Constant constant;
    private volatile @Nullable Spec spec;

    /** The call that makes it, if the session records and a call does. Written before anybody else has the tensor. */
    private Recording.@Nullable Call maker;

    /** Null or the newest {@link Waiter} while it is pending; then its {@link ValueBuffer} or a {@link RequestException}. */
    private final AtomicReference<@Nullable Object> content;

    private final AtomicInteger uses;
    private volatile boolean closed;

    // Its place among the tensors of its scope, which guards them.
    @Nullable
    LayerTensor previous;

    @Nullable
    LayerTensor following;

    /**
     * One that is there.
     *
     * @param buffer the tensor takes over the caller's reference
     * @param constant what kernels are prepared with; null if it is no constant
     */
    LayerTensor(Scope scope, Spec spec, ValueBuffer buffer, @Nullable Constant constant) {
        this.scope = scope;
        this.spec = spec;
        this.constant = constant;
        content = new AtomicReference<>(buffer);
        uses = new AtomicInteger(1);
    }

    /**
     * One that somebody makes: that one uses it until it ends it.
     *
     * @param spec null if that is seen when it is there
     */
    LayerTensor(Scope scope, @Nullable Spec spec) {
        this.scope = scope;
        this.spec = spec;
        constant = null;
        content = new AtomicReference<>();
        uses = new AtomicInteger(2);
    }

    // --- for calls ---

    Scope scope() {
        return scope;
    }

    @Nullable
    Constant constant() {
        return constant;
    }

    @Nullable
    Spec spec() {
        return spec;
    }

    /** Of a recorded session: the call that makes it; null if the application brought it. */
    Recording.@Nullable Call maker() {
        return maker;
    }

    void maker(Recording.@Nullable Call call) {
        maker = call;
    }

    /**
     * One more uses it.
     *
     * @throws IllegalStateException if its handle is closed
     */
    void use() {
        if (closed) {
            throw new IllegalStateException("the tensor " + this + " is closed: issue calls on it before that");
        }
        int known;
        do {
            known = uses.get();
            if (known == 0) {
                throw new IllegalStateException("the tensor " + this + " is closed");
            }
        } while (!uses.compareAndSet(known, known + 1));
    }

    /** One less uses it; the last one gives its memory back. */
    void letGo() {
        if (uses.decrementAndGet() == 0 && content.getAndSet(RELEASED) instanceof ValueBuffer buffer) {
            buffer.release();
        }
    }

    boolean isPending() {
        Object now = content.get();
        return now == null || now instanceof Waiter;
    }

    /** Whoever uses it may read it; it must be there. */
    ValueBuffer buffer() {
        if (content.get() instanceof ValueBuffer buffer) {
            return buffer;
        }
        throw new IllegalStateException("the tensor " + this + " is not there");
    }

    @Nullable
    RequestException failure() {
        return content.get() instanceof RequestException failure ? failure : null;
    }

    /** Tells the waiter when it has ended; false if it has already, and then nobody is told. */
    boolean whenEnded(Waiter waiter) {
        while (true) {
            Object now = content.get();
            if (now != null && !(now instanceof Waiter)) {
                return false;
            }
            waiter.next = (Waiter) now;
            if (content.compareAndSet(now, waiter)) {
                return true;
            }
        }
    }

    /**
     * Its maker has made it, and uses it no more.
     *
     * @param buffer the tensor takes over the caller's reference
     */
    void complete(ValueBuffer buffer, Spec made, Propagation propagation) {
        spec = made;
        end(buffer, propagation);
    }

    /** Its maker has failed, and uses it no more. */
    void fail(RequestException failure, Propagation propagation) {
        end(failure, propagation);
    }

    private void end(Object result, Propagation propagation) {
        Waiter newest = (Waiter) content.getAndSet(result);
        Waiter first = null;
        while (newest != null) {
            // Those who came first are told first.
            Waiter before = newest.next;
            newest.next = first;
            first = newest;
            newest = before;
        }
        while (first != null) {
            Waiter next = first.next;
            first.next = null;
            first.ended(this, propagation);
            first = next;
        }
        letGo();
    }

    /** Becomes the elements of another tensor with other sizes, or fails as that did. */
    void lookAt(LayerTensor source, long[] sizes, Propagation propagation) {
        RequestException failure = source.failure();
        if (failure != null) {
            fail(failure, propagation);
            return;
        }
        ValueBuffer buffer = source.buffer();
        try {
            Spec there = source.spec();
            Spec seen = ShapeRules.reshaped(there == null ? specOf(buffer) : there, sizes);
            complete(ValueBuffer.view(buffer, seen.sizes()), seen, propagation);
        } catch (IllegalArgumentException e) {
            fail(new RequestException(Category.INVALID_INPUT, String.valueOf(e.getMessage()), e), propagation);
        }
    }

    static Spec specOf(ValueBuffer buffer) {
        return new Spec(buffer.dtype(), buffer.sizes());
    }

    // --- for applications ---

    @Override
    public State state() {
        if (isPending()) {
            return State.PENDING;
        }
        return failure() == null ? State.READY : State.FAILED;
    }

    @Override
    public @Nullable DType dtype() {
        Spec known = spec;
        return known == null ? null : known.dtype();
    }

    @Override
    public long @Nullable [] sizes() {
        Spec known = spec;
        return known == null ? null : known.sizes();
    }

    @Override
    public DeviceTensor await() throws RequestException, InterruptedException {
        use();
        try {
            awaitEnd();
            RequestException failure = failure();
            if (failure != null) {
                // Thrown anew, so that the stack shows who asked.
                throw new RequestException(failure.category(), String.valueOf(failure.getMessage()), failure);
            }
            wasAwaited();
            return this;
        } finally {
            letGo();
        }
    }

    /** The calling thread knows that it is there. */
    void wasAwaited() {
        Recording recording = scope.session().recording();
        if (recording != null) {
            recording.awaited(maker);
        }
    }

    /** Waits until it is there or has failed. */
    void awaitEnd() throws InterruptedException {
        if (isPending()) {
            scope.session().flushAll();
            Waiter.OfThread waiter = new Waiter.OfThread();
            if (whenEnded(waiter)) {
                waiter.await();
            }
        }
    }

    @Override
    public Tensor read() throws RequestException, InterruptedException {
        use();
        try {
            await();
            return copy();
        } finally {
            letGo();
        }
    }

    private Tensor copy() throws RequestException {
        try {
            Tensor copy = HostTensors.copyOf(buffer().readable(MemoryDomain.HOST));
            Recording.Call made = maker;
            if (made != null) {
                made.wasRead(copy.spec().sizeBytes());
            }
            return copy;
        } catch (AccelException | TensorLostException e) {
            throw new RequestException(
                    Category.FAILED,
                    "the tensor " + this + " cannot be read: " + e.getMessage() + "; compute it again",
                    e);
        }
    }

    @Override
    public CompletionStage<DeviceTensor> ready() {
        use();
        try {
            return future().thenApply(tensor -> tensor);
        } finally {
            letGo();
        }
    }

    @Override
    public CompletionStage<Tensor> host() {
        use();
        Future<Tensor> result = new Future<>(this);
        var unused = future().whenComplete((tensor, failure) -> {
            try {
                if (tensor == null) {
                    result.completeExceptionally(failure);
                } else {
                    result.complete(copy());
                }
            } catch (RequestException | RuntimeException e) {
                result.completeExceptionally(e);
            } finally {
                letGo();
            }
        });
        return result;
    }

    private CompletableFuture<LayerTensor> future() {
        CompletableFuture<LayerTensor> future = new Future<>(this);
        if (isPending()) {
            scope.session().flushAll();
            if (whenEnded(new Waiter.OfFuture(scope.session().runtime().callbacks(), future))) {
                return future;
            }
        }
        RequestException failure = failure();
        if (failure == null) {
            // Callbacks run at once, on this thread.
            wasAwaited();
            future.complete(this);
        } else {
            future.completeExceptionally(failure);
        }
        return future;
    }

    /** Of what the tensor will be: who joins it, or what was made of it, has awaited the tensor. */
    private static final class Future<T> extends CompletableFuture<T> {
        private final LayerTensor tensor;

        Future(LayerTensor tensor) {
            this.tensor = tensor;
        }

        @Override
        public <U> CompletableFuture<U> newIncompleteFuture() {
            if (isDone()) {
                // For a callback, which runs at once, on this thread.
                tensor.wasAwaited();
            }
            return new Future<>(tensor);
        }

        @Override
        public T get() throws InterruptedException, ExecutionException {
            T result = super.get();
            tensor.wasAwaited();
            return result;
        }

        @Override
        public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
            T result = super.get(timeout, unit);
            tensor.wasAwaited();
            return result;
        }

        @Override
        public T join() {
            T result = super.join();
            tensor.wasAwaited();
            return result;
        }
    }

    @Override
    public void close() {
        scope.remove(this);
    }

    /** The scope has let go of it: once. */
    void closeHandle() {
        closed = true;
        Constant data = constant;
        if (data != null) {
            scope.session().runtime().forget(data);
        }
        letGo();
    }

    @Override
    public String toString() {
        Spec known = spec;
        return known == null ? "of unknown sizes" : known.toString();
    }
}
