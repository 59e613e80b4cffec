// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.host.HostTensor;
import org.saguaro.runtime.core.residency.TensorLostException;
import org.saguaro.runtime.core.residency.ValueBuffer;

/**
 * One pass of a request through a plan: its tasks and its values. Pooled by the plan. The run of a model's plan is the
 * <em>root</em>; a task that drives a nested graph starts <em>child</em> runs, one at a time, and waits for each.
 *
 * <p>A root run is <em>live</em> until its request ends or starts anew on another run, a child as long as its root; tasks of a run
 * that is not live are dropped wherever they are met. A run is <em>left</em> when none of its tasks is on its way any more: then a
 * root goes back to its plan if it is not live, and whoever leaves a child last goes on with its parent's task.
 */
final class ModelRun {

    private final Plan plan;
    private final TaskRun[] tasks;
    private final @Nullable ValueBuffer[] buffers;
    private final @Nullable Object[] objects;
    /** Tasks not completed. */
    private final AtomicInteger remaining = new AtomicInteger();
    /** Tasks ready, queued or running, plus one while the run is being started, plus one while a root is live. */
    private final AtomicInteger users = new AtomicInteger();

    private volatile boolean live;
    private volatile boolean reusable;
    private @Nullable Request request;
    private @Nullable TaskRun parent;
    private ModelRun root = this;

    /** Of a root: tensors that lists and dictionaries hold, kept until nothing of the request is on its way. */
    private final List<ValueBuffer> kept = new ArrayList<>(0);

    /** Of a root: what its tensors turned out to be; null if nobody wants to know. */
    private @Nullable Observation observation;

    ModelRun(Plan plan) {
        this.plan = plan;
        tasks = plan.tasks().stream().map(task -> new TaskRun(this, task)).toArray(TaskRun[]::new);
        buffers = new ValueBuffer[plan.slots().count()];
        objects = new Object[buffers.length];
    }

    Plan plan() {
        return plan;
    }

    TaskRun[] tasks() {
        return tasks;
    }

    Request request() {
        Request current = root.request;
        if (current == null) {
            throw new IllegalStateException("the run has no request");
        }
        return current;
    }

    /** The run that the request began with. */
    ModelRun root() {
        return root;
    }

    /** The task that waits for this run; null for a root. */
    @Nullable
    TaskRun parent() {
        return parent;
    }

    boolean isLive() {
        return root.live;
    }

    /** Whether all tasks have completed. */
    boolean isComplete() {
        return remaining.get() == 0;
    }

    // --- one pass ---

    /**
     * Begins a pass of a request; the inputs are filled by the caller next. The caller holds the run until it calls
     * {@link #leave}: it can end at any time from here on, but not serve another request.
     */
    void begin(Request newRequest, long firstTaskId, @Nullable Observation newObservation) {
        request = newRequest;
        observation = newObservation;
        begin(firstTaskId);
        users.set(2);
        live = true;
    }

    /** Begins a pass for a task of another run. */
    void beginChild(TaskRun newParent, long firstTaskId) {
        parent = newParent;
        root = newParent.run.root;
        begin(firstTaskId);
        users.set(1);
    }

    private void begin(long firstTaskId) {
        for (int i = 0; i < tasks.length; i++) {
            tasks[i].reset(firstTaskId + i);
        }
        remaining.set(tasks.length);
        reusable = true;
    }

    /** A task completed; whether it was the last one. */
    boolean taskCompleted() {
        return remaining.decrementAndGet() == 0;
    }

    /** A task is on its way: ready, queued or running. */
    void taskEntered() {
        users.incrementAndGet();
    }

    /** A task is on its way no more, or the run is started; whether nothing is on its way now. */
    boolean leave() {
        return users.decrementAndGet() == 0;
    }

    /** A task of it may still be running and write to its buffers: they must not serve another request. */
    void spoil() {
        reusable = false;
        for (ValueBuffer buffer : buffers) {
            if (buffer != null) {
                buffer.discard();
            }
        }
    }

    /** Of a root: the request ended or went to another run; called once per pass. Whether nothing is on its way. */
    boolean end() {
        live = false;
        return leave();
    }

    /** Nothing is on its way: gives the run back to its plan. */
    void giveBack() {
        for (ValueBuffer buffer : kept) {
            buffer.release();
        }
        kept.clear();
        observation = null;
        if (request != null && request.owner() instanceof Request.TensorOwner) {
            // All of it came from others, or went to them.
            closeBuffers();
            request = null;
        } else if (parent != null || plan.slots().holdForeignValues()) {
            letGoOfValues();
        }
        parent = null;
        root = this;
        plan.release(this, reusable);
    }

    /** What others handed in, and objects, would otherwise stay alive in the pool. */
    private void letGoOfValues() {
        for (int i = 0; i < buffers.length; i++) {
            ValueBuffer buffer = buffers[i];
            if (buffer != null && buffer.isShared()) {
                buffer.release();
                buffers[i] = null;
            }
            objects[i] = null;
        }
    }

    void closeBuffers() {
        for (int i = 0; i < buffers.length; i++) {
            ValueBuffer buffer = buffers[i];
            if (buffer != null) {
                buffer.release();
                buffers[i] = null;
            }
        }
    }

    /** Bytes of its buffers; nobody else may be using it. */
    long bufferBytes() {
        long bytes = 0;
        for (ValueBuffer buffer : buffers) {
            if (buffer != null) {
                bytes += buffer.heldBytes();
            }
        }
        return bytes;
    }

    // --- values, as kernels see them ---

    /** The buffer in a slot, to read. */
    ValueBuffer buffer(int slot) {
        ValueBuffer buffer = buffers[slot];
        if (buffer == null) {
            throw new IllegalStateException("there is no tensor in slot " + slot + " yet");
        }
        return buffer;
    }

    /** The buffer in a slot, to write: one that nobody else keeps. */
    ValueBuffer writableBuffer(int slot) {
        ValueBuffer buffer = buffers[slot];
        if (buffer == null || buffer.isShared()) {
            if (buffer != null) {
                buffer.release();
            }
            buffer = new ValueBuffer(plan.slots().dtype(slot));
            buffers[slot] = buffer;
        }
        return buffer;
    }

    // --- values, as the core sees them ---

    /**
     * A value or constant as an object: a tensor is its {@link ValueBuffer}, everything else as in {@link
     * org.saguaro.runtime.core.host}. The caller retains what it keeps.
     */
    @Nullable
    Object read(Argument argument) throws AccelException, TensorLostException {
        if (!(argument instanceof Argument.Ref ref)) {
            return HostConstants.of(argument, this::read);
        }
        LayerGraph graph = plan.graph().graph();
        Weight weight = graph.weight(ref.value());
        if (weight != null) {
            return plan.slots().weight(weight);
        }
        int slot = plan.slots().of(ref.value());
        return switch (plan.slots().kind(slot)) {
            case TENSOR -> buffer(slot);
            case HOST -> objects[slot];
            case SCALAR ->
                plan.slots().isMadeByKernel(ref.value()) ? buffer(slot).item() : objects[slot];
        };
    }

    /** Gives a value its content. A tensor is shared, not copied. */
    void write(int value, @Nullable Object content) throws AccelException, TensorLostException {
        if (!plan.slots().isKept(value)) {
            return;
        }
        int slot = plan.slots().of(value);
        switch (plan.slots().kind(slot)) {
            case TENSOR -> {
                ValueBuffer tensor = HostTensors.asTensor(content, plan.slots().dtype(slot));
                ValueBuffer before = buffers[slot];
                // A tensor made here comes with a reference, one of somebody else gets one.
                buffers[slot] = content instanceof ValueBuffer ? tensor.retain() : tensor;
                if (before != null) {
                    before.release();
                }
                observe(value, tensor);
            }
            case SCALAR -> {
                ValueType type = plan.graph().graph().value(value).type();
                Object scalar = HostTensors.asScalar(content, (ScalarType) type);
                objects[slot] = scalar;
                HostTensors.fillScalar(writableBuffer(slot), scalar);
            }
            case HOST -> objects[slot] = content;
        }
    }

    /** A list or dictionary holds the tensor from now on: it stays until the request is over. */
    void keep(HostTensor tensor) {
        if (tensor instanceof ValueBuffer buffer) {
            synchronized (root.kept) {
                root.kept.add(buffer.retain());
            }
        }
    }

    /** Hands over what lists and dictionaries hold to the run that takes this one's place. */
    void keepAllOf(ModelRun other) {
        synchronized (other.kept) {
            other.kept.forEach(this::keep);
        }
    }

    @Nullable
    Observation observation() {
        return root.observation;
    }

    /** A tensor is there: writes down what it is, if somebody wants to know. */
    void observe(int value, ValueBuffer tensor) throws TensorLostException {
        Observation wanted = root.observation;
        if (wanted != null && plan.isObserved()) {
            wanted.saw(plan, value, tensor.dtype(), tensor.sizes());
        }
    }
}
