// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.Tensor;
import org.saguaro.runtime.core.dispatch.HostTensors;
import org.saguaro.runtime.core.layers.DeviceTensor;
import org.saguaro.runtime.core.layers.LayerScope;
import org.saguaro.runtime.core.residency.ValueBuffer;

/** Owns the tensors made through it. Thread-safe. */
class Scope extends ScopeOperators {

    private final @Nullable Scope parent;
    private final boolean batch;

    // All guarded by this object.
    private @Nullable LayerTensor newest;
    private final Set<Scope> children = new LinkedHashSet<>(0);
    private List<LayerCall> held = new ArrayList<>(0);
    private boolean closed;

    /** @param parent null for a session */
    Scope(@Nullable Scope parent, boolean batch) {
        this.parent = parent;
        this.batch = batch;
    }

    @Override
    ApplicationSession session() {
        if (parent == null) {
            throw new IllegalStateException("a scope without a parent is a session");
        }
        return parent.session();
    }

    // --- tensors ---

    @Override
    public DeviceTensor tensor(Tensor source) {
        Spec spec = new Spec(source.dtype(), source.sizes());
        Recording recording = session().recording();
        if (recording != null) {
            recording.brought(spec.bytes());
        }
        return adopt(new LayerTensor(this, spec, uploaded(source, spec), null));
    }

    @Override
    public DeviceTensor constant(Tensor source) {
        Spec spec = new Spec(source.dtype(), source.sizes());
        // Kernels read the copy where it is, for as long as they are kept: longer perhaps than this scope.
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.toIntExact(spec.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(source.toDense().bytes()).flip();
        Tensor data = Tensor.dense(spec.dtype(), spec.sizes(), bytes);
        return adopt(new LayerTensor(this, spec, uploaded(data, spec), new Constant(data)));
    }

    private ValueBuffer uploaded(Tensor source, Spec spec) {
        requireOpen();
        ValueBuffer buffer = session().runtime().pool().shelf(spec).take();
        try {
            HostTensors.fill(buffer, source);
            return buffer;
        } catch (AccelException e) {
            buffer.release();
            throw new IllegalStateException("there is no room for " + spec + ": " + e.getMessage(), e);
        }
    }

    /** The scope owns the tensor from now on. */
    LayerTensor adopt(LayerTensor tensor) {
        synchronized (this) {
            if (!closed) {
                LayerTensor before = newest;
                tensor.previous = before;
                if (before != null) {
                    before.following = tensor;
                }
                newest = tensor;
                return tensor;
            }
        }
        tensor.closeHandle();
        throw closedAlready();
    }

    /** The application closes a tensor; a second time nothing happens. */
    void remove(LayerTensor tensor) {
        synchronized (this) {
            LayerTensor before = tensor.previous;
            LayerTensor after = tensor.following;
            if (before == null && after == null && newest != tensor) {
                return;
            }
            if (before != null) {
                before.following = after;
            }
            if (after != null) {
                after.previous = before;
            } else {
                newest = before;
            }
            tensor.previous = null;
            tensor.following = null;
        }
        tensor.closeHandle();
    }

    // --- calls ---

    /** Takes a call whose operands are all there; true if it holds it back until it is flushed. */
    boolean holdBack(LayerCall call) {
        if (!batch) {
            return parent != null && parent.holdBack(call);
        }
        synchronized (this) {
            if (closed) {
                return false;
            }
            held.add(call);
            return true;
        }
    }

    @Override
    public void flush() {
        List<LayerCall> calls;
        synchronized (this) {
            if (held.isEmpty()) {
                return;
            }
            calls = held;
            held = new ArrayList<>(calls.size());
        }
        Recording recording = session().recording();
        if (recording != null) {
            long now = System.nanoTime();
            calls.forEach(call -> call.flushed(recording, now));
        }
        Propagation propagation = session().runtime().propagation();
        propagation.begin();
        calls.forEach(call -> call.goOn(propagation));
        propagation.end();
    }

    /** Flushes it and all inside it. */
    void flushAll() {
        flush();
        for (Scope child : children()) {
            child.flushAll();
        }
    }

    private synchronized List<Scope> children() {
        return children.isEmpty() ? List.of() : List.copyOf(children);
    }

    // --- scopes ---

    @Override
    public LayerScope scope() {
        return add(new Scope(this, false));
    }

    @Override
    public LayerScope batch() {
        return add(new Scope(this, true));
    }

    private synchronized Scope add(Scope child) {
        if (closed) {
            throw closedAlready();
        }
        children.add(child);
        return child;
    }

    private synchronized void forget(Scope child) {
        children.remove(child);
    }

    synchronized boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (isClosed()) {
            throw closedAlready();
        }
    }

    private IllegalStateException closedAlready() {
        return new IllegalStateException("the scope of " + session().application() + " is closed: open another one");
    }

    @Override
    public void close() {
        flush();
        LayerTensor last;
        List<Scope> inner;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            last = newest;
            newest = null;
            inner = List.copyOf(children);
            children.clear();
        }
        // What was held back since the flush above.
        flush();
        inner.forEach(Scope::close);
        while (last != null) {
            LayerTensor before;
            synchronized (this) {
                before = last.previous;
                last.previous = null;
                last.following = null;
            }
            last.closeHandle();
            last = before;
        }
        if (parent != null) {
            parent.forget(this);
        }
    }
}
