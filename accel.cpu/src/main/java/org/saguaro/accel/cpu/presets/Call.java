// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.Guards;
import org.saguaro.model.api.OpName;

/**
 * One prepared operator call: the constants are boxed already, so that running it copies one vector, fills in the registers
 * and calls. Owned by whoever built it; not thread-safe, because lists are filled in place.
 */
final class Call implements AutoCloseable {

    /** More arguments or results than any operator has. */
    static final int LONGEST = 64;

    /** A list argument whose elements come from registers. */
    static final class Filled {
        final GenericList list;
        final int[] indexes;
        final int[] registers;

        private Filled(GenericList list, int[] indexes, int[] registers) {
            this.list = list;
            this.indexes = indexes;
            this.registers = registers;
        }
    }

    final String label;
    /** For people. */
    final OpName operator;

    final BoxedFunction function;
    /** Run before the function; null once it need not be run again, or never. */
    Guards.@Nullable Guard guard;
    /** Whether what the guard looks at is the same at every execution. */
    boolean checkedOnce;

    /** All arguments, None where a register goes. */
    final IValueVector template;

    final int[] positions;
    final int[] registers;
    /** Whether {@link #registers}[i] is read here for the last time, so that its value may be moved instead of copied. */
    final boolean[] moves;

    final Filled[] lists;
    /** Registers that are read for the last time as elements of a list. */
    int[] releasedAfterListing = {};

    /** Register of each result, negative where nobody reads it. */
    final int[] results;
    /** Whether the operator returns one list, whose elements are the results. */
    final boolean listed;

    private final NativeOwner owner = new NativeOwner();

    Call(String label, Operator operator, List<Operand> operands, boolean listed, int... results) {
        this.label = label;
        this.operator = operator.name();
        this.function = operator.function();
        guard = Guards.of(operator.name());
        this.listed = listed;
        this.results = results;
        template = owner.own(new IValueVector(operands.size()));
        List<Integer> slots = new ArrayList<>();
        List<Integer> sources = new ArrayList<>();
        List<Filled> filled = new ArrayList<>();
        for (int i = 0; i < operands.size(); i++) {
            Operand operand = operands.get(i);
            if (operand instanceof Operand.Constant constant) {
                template.put(i, constant.value());
            } else if (operand instanceof Operand.Register register) {
                slots.add(i);
                sources.add(register.index());
            } else if (operand instanceof Operand.Elements elements) {
                Filled list = list(elements);
                filled.add(list);
                try (IValue boxed = new IValue(list.list)) {
                    template.put(i, boxed);
                }
            }
        }
        positions = toArray(slots);
        registers = toArray(sources);
        moves = new boolean[registers.length];
        lists = filled.toArray(Filled[]::new);
    }

    private Filled list(Operand.Elements elements) {
        GenericList list = owner.own(new GenericList(elements.elementType()));
        List<Integer> indexes = new ArrayList<>();
        List<Integer> sources = new ArrayList<>();
        try (IValue none = new IValue()) {
            for (int i = 0; i < elements.elements().size(); i++) {
                Operand element = elements.elements().get(i);
                if (element instanceof Operand.Register register) {
                    indexes.add(i);
                    sources.add(register.index());
                    list.push_back(none);
                } else if (element instanceof Operand.Constant constant) {
                    try (IValue copy = new IValue(constant.value())) {
                        list.push_back(copy);
                    }
                } else {
                    throw new IllegalArgumentException(label + ": a list inside a list");
                }
            }
        }
        return new Filled(list, toArray(indexes), toArray(sources));
    }

    private static int[] toArray(List<Integer> list) {
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public void close() {
        owner.close();
    }
}
