// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.saguaro.scheduler.api.ReadyTask;

/**
 * One task of one request. Made once per run and used again for the run's next request, so it allocates nothing on its way:
 * ready list, round, PE queue and kernel all pass this object on.
 */
final class TaskRun implements ReadyTask {

    /** Where it is. Only moves along the arrows of {@link Dispatcher}'s description. */
    enum State {
        WAITING,
        READY,
        QUEUED,
        RUNNING,
        DONE,
        ABANDONED
    }

    final ModelRun run;
    final PlanTask task;
    final AtomicInteger pending = new AtomicInteger();
    final AtomicReference<State> state = new AtomicReference<>(State.WAITING);

    /** Next in the dispatcher's inbox. */
    @Nullable
    TaskRun next;

    /** Of a loop: iterations done, and the most there may be. */
    long trip;

    long maxTrips;

    /** Of a task that drives a nested graph: the run it waits for. Volatile for those who only look. */
    volatile @Nullable ModelRun child;

    /** Of the same: a run begun for it, until it is started. */
    @Nullable
    ModelRun begun;

    long id;
    long readyNanos;
    long assignedNanos;
    long expectedNanos;
    int failures;
    // What policies ask of every ready task, again and again: here, because the request is elsewhere in memory.
    private int priority;
    private long softDeadlineNanos;
    private long hardDeadlineNanos;

    /** PEs that failed on it; null while there are none, which is nearly always. Touched by one thread at a time. */
    private @Nullable List<PeHandle> excluded;

    TaskRun(ModelRun run, PlanTask task) {
        this.run = run;
        this.task = task;
    }

    void reset(long newId) {
        id = newId;
        pending.set(task.definition().predecessors().size());
        state.set(State.WAITING);
        failures = 0;
        excluded = null;
        Terms terms = terms();
        priority = terms.priority();
        softDeadlineNanos = terms.softDeadlineNanos();
        hardDeadlineNanos = terms.hardDeadlineNanos();
    }

    void exclude(PeHandle pe) {
        List<PeHandle> list = excluded == null ? new ArrayList<>() : excluded;
        list.add(pe);
        excluded = list;
    }

    void includeAll() {
        excluded = null;
    }

    boolean mayRunOn(PeHandle pe) {
        return pe.isActive() && task.kernel(pe) != null && (excluded == null || !excluded.contains(pe));
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public long requestId() {
        return run.request().id();
    }

    @Override
    public int signature() {
        return task.signatureNumber();
    }

    @Override
    public long submittedNanos() {
        return run.request().submittedNanos();
    }

    @Override
    public long readyNanos() {
        return readyNanos;
    }

    @Override
    public long upwardRankNanos() {
        return task.upwardRankNanos(run);
    }

    @Override
    public int tenant() {
        return terms().tenant().number();
    }

    @Override
    public double tenantWeight() {
        return terms().tenant().weight();
    }

    @Override
    public int priority() {
        return priority;
    }

    @Override
    public long softDeadlineNanos() {
        return softDeadlineNanos;
    }

    @Override
    public long hardDeadlineNanos() {
        return hardDeadlineNanos;
    }

    @Override
    public double value() {
        return terms().value();
    }

    private Terms terms() {
        return run.request().terms();
    }
}
