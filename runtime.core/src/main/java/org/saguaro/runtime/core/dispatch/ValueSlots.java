// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.dispatch;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.api.AccelException;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;
import org.saguaro.model.api.Weight;
import org.saguaro.runtime.core.lowering.TaskGraph;
import org.saguaro.runtime.core.lowering.Types;
import org.saguaro.runtime.core.residency.ValueBuffer;

/** Where a run of a plan keeps each value that crosses a border of a task, and the plan's weights as values. Thread-safe. */
final class ValueSlots {

    /** How a slot keeps its value. */
    enum Kind {
        /** A buffer. */
        TENSOR,
        /** An object, and a buffer of rank 0 for kernels. */
        SCALAR,
        /** An object. */
        HOST
    }

    private final LayerGraph graph;
    private final Map<Integer, Integer> slotOfValue;
    private final Kind[] kinds;
    private final @Nullable DType[] dtypes;
    private final Set<Integer> madeByKernels = new HashSet<>();
    private final boolean foreign;
    private final Map<Integer, ValueBuffer> weights = new HashMap<>();

    ValueSlots(TaskGraph tasks) {
        graph = tasks.graph();
        boolean core = false;
        for (TaskGraph.Task task : tasks.tasks()) {
            if (task.kind() != TaskGraph.Kind.PE) {
                core = true;
            } else {
                madeByKernels.addAll(TaskGraph.outputIds(task.segment()));
            }
        }
        slotOfValue = tasks.bufferOfValue();
        List<TaskGraph.Buffer> buffers = tasks.buffers();
        kinds = new Kind[buffers.size()];
        dtypes = new DType[kinds.length];
        for (int i = 0; i < kinds.length; i++) {
            ValueType type = graph.value(buffers.get(i).values().get(0)).type();
            kinds[i] = kindOf(type);
            dtypes[i] = type instanceof TensorSpec || type instanceof ScalarType ? Types.bufferDtype(type) : null;
        }
        foreign = core || !graph.states().isEmpty();
    }

    /** Whether runs hold values that others made, or objects. */
    boolean holdForeignValues() {
        return foreign;
    }

    /** Whether a kernel writes a value's buffer; an object in its slot is stale then. */
    boolean isMadeByKernel(int value) {
        return madeByKernels.contains(value);
    }

    /** Whether somebody reads the value, so that it has a slot. */
    boolean isKept(int value) {
        return slotOfValue.containsKey(value);
    }

    static Kind kindOf(ValueType type) {
        if (type instanceof TensorSpec || type instanceof AnyTensor) {
            return Kind.TENSOR;
        }
        return type instanceof HostType ? Kind.HOST : Kind.SCALAR;
    }

    int count() {
        return kinds.length;
    }

    Kind kind(int slot) {
        return kinds[slot];
    }

    /** Element type of a slot's buffer; null if it is not known before there is a value. */
    @Nullable
    DType dtype(int slot) {
        return dtypes[slot];
    }

    /** The slot of a value that crosses a border. */
    int of(int value) {
        Integer slot = slotOfValue.get(value);
        if (slot == null) {
            throw new IllegalArgumentException("value " + graph.value(value).name() + " stays inside a task");
        }
        return slot;
    }

    /** A weight as a value, copied at its first use: what goes through branches and lists must be a value. */
    ValueBuffer weight(Weight weight) throws AccelException {
        synchronized (weights) {
            ValueBuffer buffer = weights.get(weight.value());
            if (buffer == null) {
                buffer = new ValueBuffer(weight.data().spec().dtype());
                HostTensors.fill(buffer, weight.data());
                weights.put(weight.value(), buffer);
            }
            return buffer;
        }
    }

    void close() {
        synchronized (weights) {
            weights.values().forEach(ValueBuffer::release);
            weights.clear();
        }
    }
}
