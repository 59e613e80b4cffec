// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Tensor;
import org.saguaro.accel.cpu.GuardedCall;

/** The arguments on libtorch's stack. Leaves native objects behind, which the caller frees. */
final class GuardedStack implements GuardedCall {

    private record Operand(Tensor tensor) implements GuardedCall.Operand {
        @Override
        public int rank() {
            return (int) tensor.dim();
        }

        @Override
        public long size(int dim) {
            return tensor.size(dim);
        }

        @Override
        public long count() {
            return tensor.numel();
        }

        @Override
        public long first() {
            return tensor.select(0, 0).item_long();
        }
    }

    private final IValueVector stack;

    GuardedStack(IValueVector stack) {
        this.stack = stack;
    }

    @Override
    public boolean isTensor(int index) {
        return stack.get(index).isTensor() && stack.get(index).toTensor().defined();
    }

    @Override
    public GuardedCall.Operand tensor(int index) {
        return new Operand(stack.get(index).toTensor());
    }

    @Override
    public List<GuardedCall.Operand> tensors(int index) {
        GenericList list = stack.get(index).toList();
        List<GuardedCall.Operand> tensors = new ArrayList<>();
        for (long i = 0; i < list.size(); i++) {
            tensors.add(new Operand(list.get(i).toTensor()));
        }
        return tensors;
    }

    @Override
    public long integer(int index) {
        return stack.get(index).toInt();
    }

    @Override
    public List<Long> integers(int index) {
        GenericList list = stack.get(index).toList();
        List<Long> integers = new ArrayList<>();
        for (long i = 0; i < list.size(); i++) {
            integers.add(list.get(i).toInt());
        }
        return integers;
    }

    @Override
    public boolean flag(int index) {
        return stack.get(index).toBool();
    }
}
