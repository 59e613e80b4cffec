// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.DType;
import org.saguaro.model.api.OpName;

/**
 * Calls being written, with the constants they pass. Becomes part of the kernel, or is closed if another variant wins.
 */
final class Emission implements AutoCloseable, Sized {

    private final Operators operators;
    private final Registers registers;
    private final NativeOwner owner = new NativeOwner();
    private final List<Call> calls = new ArrayList<>();

    Emission(Operators operators, Registers registers) {
        this.operators = operators;
        this.registers = registers;
    }

    @Override
    public long residentBytes() {
        return owner.residentBytes();
    }

    List<Call> calls() {
        return calls;
    }

    NativeOwner owner() {
        return owner;
    }

    Operators operators() {
        return operators;
    }

    Registers registers() {
        return registers;
    }

    /** A new tensor of rank 0 that takes part in type promotion as a number, owned by this; filled later. */
    IValue wrappedNumber(DType dtype) {
        try (IValue zero = zero(dtype);
                Scalar scalar = zero.toScalar();
                Tensor tensor = torch.wrapped_scalar_tensor(scalar)) {
            return owner.own(new IValue(tensor));
        }
    }

    private static IValue zero(DType dtype) {
        return switch (dtype) {
            case INT64 -> new IValue(0L);
            case FLOAT64 -> new IValue(0.0);
            case BOOL -> new IValue(false);
            default -> throw new IllegalArgumentException("no number of a graph is a " + dtype);
        };
    }

    /** Adds a finished call. */
    void add(Call call) {
        calls.add(owner.adopt(call));
    }

    /** Starts a call of an operator, for instance {@code mkldnn._linear_pointwise.default}. */
    Arguments call(String label, String op) {
        return new Arguments(label, operators.get(OpName.parse(op)));
    }

    /**
     * Runs one call now and returns its result, which the caller closes. For packing weights.
     *
     * @param arguments fills in the call; constants only
     */
    static IValue evaluate(Operators operators, String op, Consumer<Arguments> arguments) {
        Registers none = new Registers();
        int result = none.temporary();
        try (Emission emission = new Emission(operators, none)) {
            Arguments call = emission.call(op, op);
            arguments.accept(call);
            call.into(result);
            try (Machine machine = new Machine(
                    none.count(), operators.get(OpName.parse(op)).parameters().size())) {
                machine.run(emission.calls().get(0), true);
                return new IValue(machine.get(result));
            }
        }
    }

    @Override
    public void close() {
        owner.close();
    }

    /** The arguments of a call, in the schema's order. */
    final class Arguments {
        private final String label;
        private final Operator operator;
        private final List<Operand> operands = new ArrayList<>();

        private Arguments(String label, Operator operator) {
            this.label = label;
            this.operator = operator;
        }

        Arguments operand(Operand operand) {
            operands.add(operand);
            return this;
        }

        Arguments register(int index) {
            return operand(new Operand.Register(index));
        }

        /** A boxed value that somebody else keeps. */
        Arguments constant(IValue value) {
            return operand(new Operand.Constant(value));
        }

        Arguments none() {
            return own(new IValue());
        }

        Arguments integer(long value) {
            return own(new IValue(value));
        }

        Arguments flag(boolean value) {
            return own(new IValue(value));
        }

        Arguments number(@Nullable Double value) {
            return own(value == null ? new IValue() : new IValue(value.doubleValue()));
        }

        Arguments text(@Nullable String value) {
            return own(value == null ? new IValue() : new IValue(value));
        }

        Arguments ints(List<Long> values) {
            return list(values.stream().map(IValue::new).toList());
        }

        Arguments numbers(List<Double> values) {
            return list(values.stream().map(IValue::new).toList());
        }

        /** A copy of a boxed value that the caller is about to close; kept with the call. */
        IValue copied(IValue value) {
            return owner.own(new IValue(value));
        }

        private Arguments list(List<IValue> elements) {
            Parameter parameter = operator.parameters().get(operands.size());
            if (parameter.elementType() == null) {
                throw new IllegalArgumentException(operator.name() + ": " + parameter.name() + " is no list");
            }
            try (GenericList list = new GenericList(parameter.elementType())) {
                for (IValue element : elements) {
                    try (element) {
                        list.push_back(element);
                    }
                }
                return own(new IValue(list));
            }
        }

        private Arguments own(IValue value) {
            return constant(owner.own(value));
        }

        /** Ends the call. */
        void into(int... results) {
            if (operands.size() != operator.parameters().size()) {
                throw new IllegalStateException(operator.name() + " takes "
                        + operator.parameters().size() + " arguments, found " + operands.size());
            }
            add(new Call(label, operator, operands, false, results));
        }
    }
}
