// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.saguaro.accel.cpu.Guards;

/**
 * Runs {@link Call}s: a file of registers and the argument stack of libtorch's boxed calls. Everything that Java needs to reach
 * them is made once, so that a call allocates nothing on the heap. Used by one thread at a time.
 */
final class Machine implements AutoCloseable {

    /** Room above the longest argument list, because composites push and drop while they run. */
    private static final int SPARE_SLOTS = 64;

    private final NativeOwner owner = new NativeOwner();
    private final IValueVector registers;
    private final IValueVector clearRegisters;
    private final IValueVector stack;
    private final IValue[] cells;
    private final Tensor[] tensors;
    private final IValue[] slots;
    private final IValue none;

    /**
     * @param registerCount registers it has
     * @param longestCall most arguments or results that a call has
     */
    Machine(int registerCount, int longestCall) {
        registers = owner.own(new IValueVector(registerCount));
        clearRegisters = owner.own(new IValueVector(registerCount));
        stack = owner.own(new IValueVector(longestCall + SPARE_SLOTS));
        none = owner.own(new IValue());
        cells = new IValue[registerCount];
        tensors = new Tensor[registerCount];
        for (int i = 0; i < registerCount; i++) {
            cells[i] = registers.get(i);
            // A boxed tensor lies at the start of its box, so this view spares the copy that toTensor() makes.
            tensors[i] = new Tensor(cells[i]);
        }
        slots = new IValue[longestCall + 1];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = stack.get(i);
        }
    }

    /** Copies a boxed value into a register; a tensor's memory is shared. */
    void set(int register, IValue value) {
        registers.put(register, value);
    }

    /** The boxed value of a register: a view, valid as long as the machine. */
    IValue get(int register) {
        return cells[register];
    }

    /** The tensor in a register: a view, to be used only while the register holds a tensor. */
    Tensor tensor(int register) {
        return tensors[register];
    }

    /** Empties a register. */
    void release(int register) {
        cells[register].put(none);
    }

    /** Empties everything, whatever state a failed call left. */
    void clear() {
        registers.put(clearRegisters);
        stack.resize(0);
    }

    /**
     * Runs a call.
     *
     * @param moving whether values read for the last time leave their registers
     * @throws RuntimeException what libtorch threw; {@link #clear} must follow
     */
    void run(Call call, boolean moving) {
        stack.put(call.template);
        for (Call.Filled filled : call.lists) {
            fill(filled);
        }
        if (moving) {
            for (int register : call.releasedAfterListing) {
                release(register);
            }
        }
        int[] positions = call.positions;
        int[] sources = call.registers;
        for (int i = 0; i < positions.length; i++) {
            if (moving && call.moves[i]) {
                slots[positions[i]].put(cells[sources[i]]);
            } else {
                stack.put(positions[i], cells[sources[i]]);
            }
        }
        try {
            Guards.Guard guard = call.guard;
            if (guard != null) {
                check(call, guard);
            }
            call.function.callBoxed(stack);
        } finally {
            for (Call.Filled filled : call.lists) {
                empty(filled);
            }
        }
        store(call);
    }

    private void check(Call call, Guards.Guard guard) {
        Temporaries.freed(() -> guard.check(new GuardedStack(stack)));
        if (call.checkedOnce) {
            call.guard = null;
        }
    }

    private void fill(Call.Filled filled) {
        GenericList list = filled.list;
        for (int i = 0; i < filled.indexes.length; i++) {
            list.set(filled.indexes[i], cells[filled.registers[i]]);
        }
    }

    private void empty(Call.Filled filled) {
        for (int index : filled.indexes) {
            filled.list.set(index, none);
        }
    }

    private void store(Call call) {
        int[] results = call.results;
        if (call.listed) {
            try (GenericList list = slots[0].toList()) {
                if (list.size() != results.length) {
                    throw new IllegalArgumentException(call.operator + " returned " + list.size()
                            + " tensors, the number must match the model's " + results.length);
                }
                for (int i = 0; i < results.length; i++) {
                    if (results[i] >= 0) {
                        try (IValue element = list.get(i)) {
                            cells[results[i]].put(element);
                        }
                    }
                }
            }
            return;
        }
        for (int i = 0; i < results.length; i++) {
            if (results[i] >= 0) {
                cells[results[i]].put(slots[i]);
            }
        }
    }

    @Override
    public void close() {
        owner.close();
    }
}
