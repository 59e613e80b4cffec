// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.cpu.GuardedCall;

/** The arguments of a call as guards see them. */
final class GuardedArguments implements GuardedCall {

    private record Operand(Aten aten, TensorHandle tensor) implements GuardedCall.Operand {
        @Override
        public int rank() {
            return aten.rank(tensor);
        }

        @Override
        public long size(int dim) {
            return aten.size(tensor, dim);
        }

        @Override
        public long count() {
            return aten.count(tensor);
        }

        @Override
        public long first() {
            return (Long) aten.item(ViewRecipes.slice(aten, tensor, 0, 0, 1));
        }
    }

    private final Aten aten;
    private final @Nullable Object[] arguments;

    GuardedArguments(Aten aten, @Nullable Object[] arguments) {
        this.aten = aten;
        this.arguments = arguments;
    }

    @Override
    public boolean isTensor(int index) {
        return arguments[index] instanceof TensorHandle;
    }

    @Override
    public GuardedCall.Operand tensor(int index) {
        return operand(arguments[index]);
    }

    private Operand operand(@Nullable Object value) {
        return new Operand(aten, (TensorHandle) Objects.requireNonNull(value));
    }

    @Override
    public List<GuardedCall.Operand> tensors(int index) {
        List<GuardedCall.Operand> tensors = new ArrayList<>();
        for (Object element : list(index)) {
            tensors.add(operand(element));
        }
        return tensors;
    }

    private @Nullable Object[] list(int index) {
        return (Object[]) Objects.requireNonNull(arguments[index]);
    }

    @Override
    public long integer(int index) {
        return (Long) Objects.requireNonNull(arguments[index]);
    }

    @Override
    public List<Long> integers(int index) {
        List<Long> integers = new ArrayList<>();
        for (Object element : list(index)) {
            integers.add((Long) Objects.requireNonNull(element));
        }
        return integers;
    }

    @Override
    public boolean flag(int index) {
        return (Boolean) Objects.requireNonNull(arguments[index]);
    }
}
