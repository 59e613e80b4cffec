// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.InferenceResult;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.residency.ValueBuffer;

/**
 * A request from its submission to its end, over all the runs it takes. Ends exactly once: whoever wins {@link #tryEnd}
 * completes the future and ends the run.
 */
public final class Request {

    /** What a request needs of its deployment. */
    public interface Owner {
        /** The plan for a new run of a request. */
        Plan plan(Request request);

        /**
         * Whether a request on that plan is to write down what its tensors are.
         */
        boolean wantsObservation(Request request, Plan plan);

        /** A request has succeeded and what it has written down is complete. */
        void observed(Request request, Plan plan, Observation observation);

        /** The request has ended; {@code failure} is null on success. Called once, on any thread. */
        void ended(Request request, long latencyNanos, @Nullable RequestException failure);
    }

    /**
     * An owner that takes tensors from others and hands its own on, by reference. Its plans have one task, of a PE, and inputs and
     * outputs that are tensors.
     */
    public interface TensorOwner extends Owner {
        /** Its request. */
        Request request();

        /** Whom it works for, for traces. */
        String application();

        /** What its task is called in traces: the request that all calls of its session belong to, and its number among them. */
        long traceRequest();

        int traceTask();

        /** An input, in the graph's order; the owner keeps it until the request has begun. */
        ValueBuffer input(int position);

        /**
         * A buffer for an output, in the graph's order, if there is one to be used again; the caller holds its only reference
         * then.
         */
        @Nullable
        ValueBuffer spare(int position);

        /** The request has succeeded. The owner gets a reference to each output. Called once, on any thread; must not block. */
        void received(Request request, ValueBuffer[] outputs, long latencyNanos);
    }

    private final long id;
    private final Owner owner;
    private final @Nullable Object route;
    private final @Nullable SessionStates session;
    private final Terms terms;
    private final long submittedNanos;
    private final Result future = new Result();
    private final AtomicBoolean ended = new AtomicBoolean();

    /** The run it is on; replaced when it starts anew. Guarded by this object. */
    private @Nullable ModelRun run;

    private @Nullable Future<?> timer;
    private int restarts;
    private boolean hasTurn;
    private volatile @Nullable Consumer<Request> canceller;

    /** Cancelling it cancels the request, unless that has ended. What is made of it by {@code thenApply} and so on is an ordinary future. */
    private final class Result extends CompletableFuture<InferenceResult> {

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            Consumer<Request> end = canceller;
            if (end != null) {
                end.accept(Request.this);
            }
            return isCancelled();
        }

        void becomeCancelled() {
            super.cancel(false);
        }
    }

    /**
     * @param route the owner's: how it chooses a plan
     * @param session states that the model works on; null if it has none
     * @param terms how it is to be treated
     */
    public Request(
            long id,
            Owner owner,
            @Nullable Object route,
            @Nullable SessionStates session,
            Terms terms,
            long submittedNanos) {
        this.id = id;
        this.owner = owner;
        this.route = route;
        this.session = session;
        this.terms = terms;
        this.submittedNanos = submittedNanos;
    }

    public long id() {
        return id;
    }

    Owner owner() {
        return owner;
    }

    /** What the owner said of it when it was made. */
    public @Nullable Object route() {
        return route;
    }

    @Nullable
    SessionStates session() {
        return session;
    }

    public long submittedNanos() {
        return submittedNanos;
    }

    public Terms terms() {
        return terms;
    }

    /** Completes when the request ends; {@code cancel} ends it. */
    public CompletableFuture<InferenceResult> future() {
        return future;
    }

    /** What to do when its caller cancels the future, from then on. */
    void onCancel(Consumer<Request> action) {
        canceller = action;
    }

    /** It has ended without a result, and whoever won {@link #tryEnd} tells the caller. */
    void completeFailed(RequestException failure) {
        if (failure.category() == RequestException.Category.CANCELLED) {
            future.becomeCancelled();
        } else {
            future.completeExceptionally(failure);
        }
    }

    /**
     * Moves it from one run to another, which the caller has begun.
     *
     * @return false if it is not on {@code from} any more, or has ended: then the caller ends {@code to}
     */
    synchronized boolean move(@Nullable ModelRun from, ModelRun to) {
        if (ended.get() || run != from) {
            return false;
        }
        run = to;
        return true;
    }

    synchronized @Nullable ModelRun run() {
        return run;
    }

    synchronized int countRestart() {
        return ++restarts;
    }

    synchronized void timer(Future<?> newTimer) {
        timer = newTimer;
        if (ended.get()) {
            newTimer.cancel(false);
        }
    }

    /** It is its turn in its session; false if it has ended already. */
    synchronized boolean beginTurn() {
        if (ended.get()) {
            return false;
        }
        hasTurn = true;
        return true;
    }

    /** It has ended: whether it had the turn in its session, which the caller gives back. */
    synchronized boolean hadTurn() {
        return hasTurn;
    }

    /** Whether the caller is the one to end it. */
    boolean tryEnd() {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        Future<?> pendingTimer;
        synchronized (this) {
            pendingTimer = timer;
        }
        if (pendingTimer != null) {
            pendingTimer.cancel(false);
        }
        return true;
    }
}
