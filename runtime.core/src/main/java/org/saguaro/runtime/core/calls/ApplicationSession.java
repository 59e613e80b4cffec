// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.DeploymentException;
import org.saguaro.runtime.core.DeploymentStatistics;
import org.saguaro.runtime.core.RequestException.Category;
import org.saguaro.runtime.core.dispatch.Terms;
import org.saguaro.runtime.core.layers.LayerOptions;
import org.saguaro.runtime.core.layers.LayerOptions.Overload;
import org.saguaro.runtime.core.layers.LayerSession;
import org.saguaro.runtime.core.monitor.RequestCounters;
import org.saguaro.runtime.core.simulation.ApplicationProfile;
import org.saguaro.runtime.core.tenant.Tenant;

/** An application's calls in flight, their bound and their counters; its outermost scope. Thread-safe. */
final class ApplicationSession extends Scope implements LayerSession {

    private final LayerRuntime runtime;
    private final String application;
    private final LayerOptions options;
    private final Tenant tenant;
    private final long number;
    private final AtomicInteger issued = new AtomicInteger();
    private final Semaphore room;
    private final Set<LayerCall> inFlight = ConcurrentHashMap.newKeySet(1 << 10);
    private final RequestCounters counters = new RequestCounters();
    private final @Nullable Recording recording;

    /** @param tenant whose place the session holds until it is closed */
    ApplicationSession(LayerRuntime runtime, String application, LayerOptions options, Tenant tenant) {
        super(null, false);
        this.runtime = runtime;
        this.application = application;
        this.options = options;
        this.tenant = tenant;
        number = runtime.nextRequestId();
        room = new Semaphore(options.callsInFlight());
        recording = options.recorded() ? new Recording(application, System.nanoTime()) : null;
    }

    @Override
    ApplicationSession session() {
        return this;
    }

    LayerRuntime runtime() {
        return runtime;
    }

    /** What remembers its calls; null if it does not record. */
    @Nullable
    Recording recording() {
        return recording;
    }

    RequestCounters counters() {
        return counters;
    }

    /** How a call is treated that was issued then. */
    Terms terms(long issuedNanos) {
        return Terms.of(options.call(), tenant, issuedNanos);
    }

    @Override
    public String application() {
        return application;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public DeploymentStatistics statistics() {
        return counters.statistics(application);
    }

    // --- issuing calls ---

    /** The plan's key of a call on operands that are all known. */
    static PlanKey key(Template template, LayerTensor[] operands) {
        Object[] parts = new Object[operands.length];
        boolean input = false;
        for (int i = 0; i < parts.length; i++) {
            Constant constant = operands[i].constant();
            Spec spec = operands[i].spec();
            if (spec == null) {
                throw new IllegalStateException("operand " + i + " of " + template.op() + " is not known yet");
            }
            parts[i] = constant == null ? spec : constant;
            input |= constant == null;
        }
        if (!input && parts.length > 0) {
            // A kernel needs something to work on.
            Constant first = (Constant) parts[0];
            parts[0] = new Spec(first.data().dtype(), first.data().sizes());
        }
        return new PlanKey(template, parts);
    }

    /** Issues a call; its results belong to the scope. */
    LayerTensor[] issue(Scope scope, Template template, LayerTensor... operands) {
        scope.requireOpen();
        for (LayerTensor operand : operands) {
            if (operand.scope().session() != this) {
                throw new IllegalArgumentException(template.op() + ": an operand belongs to another session ("
                        + operand.scope().session().application()
                        + "): read it there and bring it here with tensor(...)");
            }
        }
        admit(scope, template);
        int used = 0;
        try {
            while (used < operands.length) {
                operands[used].use();
                used++;
            }
            return issueAdmitted(scope, template, operands);
        } catch (RuntimeException | Error e) {
            for (int i = 0; i < used; i++) {
                operands[i].letGo();
            }
            room.release();
            throw e;
        }
    }

    /** One more call is in flight, or it is refused. */
    private void admit(Scope scope, Template template) {
        if (room.tryAcquire()) {
            return;
        }
        if (options.overload() == Overload.REFUSE) {
            counters.rejected();
            throw new RejectedExecutionException(application + ": " + template.op() + " is refused: "
                    + options.callsInFlight()
                    + " calls are in flight already; wait for some of their results, or allow more (LayerOptions)");
        }
        // They would never end.
        flushAll();
        try {
            room.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            counters.rejected();
            throw new RejectedExecutionException(
                    application + ": interrupted while " + template.op() + " waited for calls before it to end", e);
        }
        if (scope.isClosed()) {
            room.release();
            scope.requireOpen();
        }
    }

    private LayerTensor[] issueAdmitted(Scope scope, Template template, LayerTensor[] operands) {
        boolean known = true;
        for (LayerTensor operand : operands) {
            known &= operand.spec() != null;
        }
        PreparedCall prepared = null;
        DeploymentException refusal = null;
        if (known) {
            try {
                prepared = runtime.plans().findOrMake(key(template, operands));
            } catch (DeploymentException e) {
                refusal = e;
            }
        }
        LayerTensor[] results = new LayerTensor[template.results()];
        try {
            for (int i = 0; i < results.length; i++) {
                results[i] = scope.adopt(new LayerTensor(scope, prepared == null ? null : prepared.result(i)));
            }
        } catch (RuntimeException e) {
            if (prepared != null) {
                prepared.release();
            }
            throw e;
        }
        long now = System.nanoTime();
        // In a session that lasts, numbers may come again some day.
        int position = issued.getAndIncrement() & Integer.MAX_VALUE;
        LayerCall call =
                new LayerCall(this, template, operands, results, prepared, runtime.nextRequestId(), position, now);
        if (recording != null) {
            call.recorded(recording.issued(template, operands, now));
        }
        inFlight.add(call);
        counters.submitted();
        Propagation propagation = runtime.propagation();
        propagation.begin();
        if (refusal != null && !runtime.maySoonBeSupported()) {
            call.fail(Category.FAILED, call + ": " + refusal.getMessage(), refusal);
        } else if (isClosed()) {
            call.fail(Category.CANCELLED, call + ": its session was closed", null);
        } else {
            boolean hopeful = call.awaitOperands(propagation);
            if (hopeful && call.issued() && !(call.isPrepared() && scope.holdBack(call))) {
                call.goOn(propagation);
            }
        }
        propagation.end();
        return results;
    }

    /** The elements of a tensor in other sizes: no call, both share memory. */
    LayerTensor view(Scope scope, LayerTensor source, long[] sizes) {
        scope.requireOpen();
        Spec spec = source.spec();
        Spec seen = spec == null ? null : ShapeRules.reshaped(spec, sizes);
        source.use();
        LayerTensor view;
        try {
            view = new LayerTensor(scope, seen);
            view.maker(source.maker());
            scope.adopt(view);
        } catch (IllegalStateException e) {
            source.letGo();
            throw e;
        }
        Waiter waiter = new Waiter.OfView(view, sizes.clone());
        if (!source.whenEnded(waiter)) {
            Propagation propagation = runtime.propagation();
            propagation.begin();
            waiter.ended(source, propagation);
            propagation.end();
        }
        return view;
    }

    // --- calls in flight ---

    /** A call has ended. */
    void ended(LayerCall call) {
        if (inFlight.remove(call)) {
            room.release();
        }
    }

    /** Fails calls whose time is over. */
    void checkTimes(long nowNanos) {
        for (LayerCall call : inFlight) {
            call.checkTime(nowNanos);
        }
    }

    @Override
    public void awaitCalls() throws InterruptedException {
        flushAll();
        for (LayerCall call : new ArrayList<>(inFlight)) {
            call.awaitEnd();
        }
        if (recording != null) {
            recording.awaitedAll();
        }
    }

    @Override
    public void close() {
        super.close();
        List<LayerCall> rest = new ArrayList<>(inFlight);
        Propagation propagation = runtime.propagation();
        propagation.begin();
        rest.forEach(call -> call.fail(Category.CANCELLED, call + ": its session was closed", null));
        propagation.end();
        runtime.dispatcher().enter();
        if (runtime.forget(this)) {
            tenant.completed();
        }
    }

    @Override
    public ApplicationProfile profile() {
        if (recording == null) {
            throw new IllegalStateException(
                    application + " cannot tell its profile, because the session does not record: open it with"
                            + " LayerOptions.withRecording()");
        }
        return recording.profile(runtime.measuredByKernel());
    }

    /** For tests and people. */
    int callsInFlight() {
        return inFlight.size();
    }

    @Override
    public String toString() {
        return application;
    }
}
