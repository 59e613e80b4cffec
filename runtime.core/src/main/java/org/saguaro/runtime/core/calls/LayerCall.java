// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.RequestException;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.dispatch.Observation;
import org.saguaro.runtime.core.dispatch.Plan;
import org.saguaro.runtime.core.dispatch.Request;
import org.saguaro.runtime.core.dispatch.Terms;
import org.saguaro.runtime.core.residency.ValueBuffer;

/**
 * One call, from its issue to its end. It waits until each operand is there, then its one task goes the way of all tasks. Whoever brings
 * the last operand starts it.
 */
final class LayerCall implements Request.TensorOwner {

    private final ApplicationSession session;
    private final Template template;
    private final LayerTensor[] operands;
    private final LayerTensor[] results;
    private final Request request;
    private final long issuedNanos;
    /** Of its session's calls, from 0. */
    private final int number;

    /** Operands that are not there, plus one while it is being issued. */
    private final AtomicInteger awaited = new AtomicInteger(1);

    /** One until it has ended, and one while it is being started: then its operands are let go. */
    private final AtomicInteger holds = new AtomicInteger(1);

    private volatile @Nullable PreparedCall prepared;

    /** What the session's profile will say of it; null if the session does not record. Written before it can end. */
    private Recording.@Nullable Call recorded;

    /**
     * @param operands used by the caller for it
     * @param prepared acquired by the caller for it; null if it is looked for when the operands are there
     */
    LayerCall(
            ApplicationSession session,
            Template template,
            LayerTensor[] operands,
            LayerTensor[] results,
            @Nullable PreparedCall prepared,
            long id,
            int number,
            long issuedNanos) {
        this.session = session;
        this.template = template;
        this.operands = operands;
        this.results = results;
        this.prepared = prepared;
        this.number = number;
        this.issuedNanos = issuedNanos;
        request = new Request(id, this, null, null, session.terms(issuedNanos), issuedNanos);
    }

    /** The session records it. Called before anybody else has the call or its results. */
    void recorded(Recording.Call call) {
        recorded = call;
        for (LayerTensor result : results) {
            result.maker(call);
        }
    }

    /** It was held back until now. */
    void flushed(Recording recording, long nowNanos) {
        Recording.Call call = recorded;
        if (call != null) {
            recording.goesOn(call, nowNanos);
        }
    }

    // --- before it starts ---

    /**
     * Begins to wait for its operands; whoever issues it calls {@link #issued} next. False if one of them has failed, and the call
     * fails with it.
     */
    boolean awaitOperands(Propagation propagation) {
        for (LayerTensor operand : operands) {
            if (operand.isPending()) {
                awaited.incrementAndGet();
                if (operand.whenEnded(new Waiter.OfCall(this))) {
                    continue;
                }
                awaited.decrementAndGet();
            }
            RequestException failure = operand.failure();
            if (failure != null) {
                propagation.fail(this, failure);
                return false;
            }
        }
        return true;
    }

    /** One operand more is there: if it was the last one, the call starts. */
    void operandThere(Propagation propagation) {
        if (awaited.decrementAndGet() == 0) {
            goOn(propagation);
        }
    }

    /** The same, of whoever issued it; true if every operand is there and the caller is to start it. */
    boolean issued() {
        return awaited.decrementAndGet() == 0;
    }

    /** Every operand is there. */
    void goOn(Propagation propagation) {
        if (!hold()) {
            // It has ended.
            return;
        }
        if (prepared == null) {
            prepared = session.runtime().plans().find(key());
        }
        if (prepared == null) {
            propagation.prepare(this);
        } else {
            propagation.start(this);
        }
    }

    /** Its operands stay until {@link #letGo}; false if it has ended and they may be gone. */
    private boolean hold() {
        int known;
        do {
            known = holds.get();
            if (known == 0) {
                return false;
            }
        } while (!holds.compareAndSet(known, known + 1));
        return true;
    }

    /** After {@link #goOn}, when it was started or turned out not to be. */
    void letGo() {
        if (holds.decrementAndGet() == 0) {
            for (LayerTensor operand : operands) {
                operand.letGo();
            }
            PreparedCall known = prepared;
            if (known != null) {
                known.release();
            }
        }
    }

    /** What its plan is found by; every operand must be known. */
    PlanKey key() {
        return ApplicationSession.key(template, operands);
    }

    boolean isPrepared() {
        return prepared != null;
    }

    /** Whether it has a result, or never will. */
    boolean hasEnded() {
        return !results[0].isPending();
    }

    /** Acquired by the caller for it. */
    void prepared(PreparedCall made) {
        prepared = made;
    }

    // --- its task ---

    @Override
    public Request request() {
        return request;
    }

    @Override
    public String application() {
        return session.application();
    }

    @Override
    public long traceRequest() {
        return session.number();
    }

    @Override
    public int traceTask() {
        return number;
    }

    @Override
    public Plan plan(Request asking) {
        return found().plan();
    }

    private PreparedCall found() {
        PreparedCall known = prepared;
        if (known == null) {
            throw new IllegalStateException(this + " has no plan yet");
        }
        return known;
    }

    @Override
    public ValueBuffer input(int position) {
        return operands[found().operandOfInput(position)].buffer();
    }

    @Override
    public @Nullable ValueBuffer spare(int position) {
        BufferPool.Shelf shelf = found().shelf(position);
        return shelf == null ? null : shelf.take();
    }

    @Override
    public boolean wantsObservation(Request asking, Plan plan) {
        return false;
    }

    @Override
    public void observed(Request asking, Plan plan, Observation observation) {
        throw new IllegalStateException("a call observes nothing");
    }

    // --- its end ---

    @Override
    public void received(Request ended, ValueBuffer[] outputs, long latencyNanos) {
        session.counters().completed(latencyNanos);
        Propagation propagation = session.runtime().propagation();
        propagation.begin();
        PreparedCall known = found();
        Recording.Call record = recorded;
        if (record != null) {
            record.ended(known, operands);
        }
        for (int i = 0; i < results.length; i++) {
            Spec promised = known.result(i);
            Spec made = promised == null || template.isDeclared() ? LayerTensor.specOf(outputs[i]) : promised;
            if (promised == null || made.equals(promised)) {
                results[i].complete(outputs[i], made, propagation);
            } else {
                outputs[i].release();
                results[i].fail(
                        new RequestException(
                                Category.INVALID_INPUT,
                                this + " made " + made + ", but was said to make " + promised
                                        + ": correct what makes(...) says"),
                        propagation);
            }
        }
        leave(propagation);
    }

    @Override
    public void ended(Request ended, long latencyNanos, @Nullable RequestException failure) {
        RequestException reason =
                failure == null ? new RequestException(Category.FAILED, this + " ended without a result") : failure;
        session.counters().failed();
        Propagation propagation = session.runtime().propagation();
        propagation.begin();
        for (LayerTensor result : results) {
            result.fail(reason, propagation);
        }
        leave(propagation);
    }

    private void leave(Propagation propagation) {
        letGo();
        session.ended(this);
        propagation.end();
    }

    /** An operand was not computed. */
    void failBecause(RequestException cause) {
        String reason = String.valueOf(cause.getMessage());
        // The first failure of a long chain is the cause of all others, not each of the next.
        boolean follows = reason.startsWith(NOT_COMPUTED);
        fail(cause.category(), follows ? reason : NOT_COMPUTED + reason, follows ? cause.getCause() : cause);
    }

    private static final String NOT_COMPUTED = "not computed, because a call before it failed: ";

    /** Ends it without a result, unless it has ended. */
    void fail(Category category, String message, @Nullable Throwable cause) {
        session.runtime().dispatcher().fail(request, category, message, cause);
    }

    /** Fails it if its time is over. */
    void checkTime(long nowNanos) {
        Terms terms = request.terms();
        if (nowNanos <= terms.endNanos()) {
            return;
        }
        if (awaited.get() > 0) {
            failLate(terms, "it was waiting for its operands");
        } else if (prepared == null) {
            failLate(terms, "it was waiting for a processing element that supports it");
        } else {
            session.runtime().dispatcher().timeOut(request);
        }
    }

    private void failLate(Terms terms, String waiting) {
        fail(
                terms.endsByDeadline() ? Category.DEADLINE : Category.TIMEOUT,
                this + ": no result within " + (terms.endNanos() - issuedNanos) / 1_000_000 + " ms"
                        + (terms.endsByDeadline() ? ", its hard deadline: " : ": ") + waiting,
                null);
    }

    /** Waits until it has ended. */
    void awaitEnd() throws InterruptedException {
        results[0].awaitEnd();
    }

    @Override
    public int hashCode() {
        return Long.hashCode(request.id());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    /** For people: operator, operands, application. */
    @Override
    public String toString() {
        return template.op()
                + Stream.of(operands).map(LayerTensor::toString).collect(Collectors.joining(", ", "(", ")")) + " of "
                + session.application();
    }
}
