// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.residency.ValueBuffer;

/**
 * One pass of a request through a plan: its tasks and its buffers. Pooled by the plan. A run is <em>live</em> until its request
 * ends or starts anew on another run; tasks of a run that is not live are dropped wherever they are met. It goes back to the
 * plan when it is not live and none of its tasks is on its way ({@link #taskLeft}).
 */
final class ModelRun {

    private final Plan plan;
    private final TaskRun[] tasks;
    private final ValueBuffer[] buffers;
    /** Tasks not completed. */
    private final AtomicInteger remaining = new AtomicInteger();
    /** Tasks ready, queued or running, plus one while the run is live, plus one while it is being started. */
    private final AtomicInteger users = new AtomicInteger();

    private volatile boolean live;
    private volatile boolean reusable;
    private @Nullable Request request;

    ModelRun(Plan plan) {
        this.plan = plan;
        tasks = plan.tasks().stream().map(task -> new TaskRun(this, task)).toArray(TaskRun[]::new);
        buffers = new ValueBuffer[plan.graph().buffers().size()];
        for (int i = 0; i < buffers.length; i++) {
            buffers[i] = new ValueBuffer(plan.dtypeOf(i));
        }
    }

    Plan plan() {
        return plan;
    }

    TaskRun[] tasks() {
        return tasks;
    }

    ValueBuffer buffer(int index) {
        return buffers[index];
    }

    /** The buffer of a value that crosses a border of a task. */
    ValueBuffer bufferOfValue(int value) {
        Integer index = plan.graph().bufferOfValue().get(value);
        if (index == null) {
            throw new IllegalArgumentException("value " + value + " stays inside a task");
        }
        return buffers[index];
    }

    Request request() {
        Request current = request;
        if (current == null) {
            throw new IllegalStateException("the run has no request");
        }
        return current;
    }

    boolean isLive() {
        return live;
    }

    /**
     * Begins a pass; the buffers of the inputs are filled by the caller next. The caller holds the run until it calls
     * {@link #taskLeft}: it can end at any time from here on, but not serve another request.
     */
    void begin(Request newRequest, long firstTaskId) {
        request = newRequest;
        for (int i = 0; i < tasks.length; i++) {
            tasks[i].reset(firstTaskId + i);
        }
        remaining.set(tasks.length);
        users.set(2);
        reusable = true;
        live = true;
    }

    /** A task completed; whether it was the last one. */
    boolean taskCompleted() {
        return remaining.decrementAndGet() == 0;
    }

    /** A task is on its way: ready, queued or running. */
    void taskEntered() {
        users.incrementAndGet();
    }

    /** A task is on its way no more. */
    void taskLeft() {
        leave();
    }

    /** A task of it may still be running and write to its buffers: they must not serve another request. */
    void spoil() {
        reusable = false;
    }

    /** The request ended or went to another run. Called once per pass, by whoever ended it. */
    void end() {
        live = false;
        leave();
    }

    /** Ends a pass that was begun and not started. */
    void abort() {
        end();
        taskLeft();
    }

    private void leave() {
        if (users.decrementAndGet() == 0) {
            plan.release(this, reusable);
        }
    }

    void closeBuffers() {
        for (ValueBuffer buffer : buffers) {
            buffer.close();
        }
    }
}
