// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.presets;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.Type;
import org.bytedeco.pytorch.global.torch;
import org.saguaro.model.api.Argument;

/**
 * Boxes a layer's arguments the way the operator's schema wants them. libtorch does not convert boxed values and some wrong
 * ones end the process, so everything is checked here. Boxes are owned by the {@link NativeOwner} given.
 */
final class ArgumentEncoder {

    /** Where values of the graph are found. */
    @FunctionalInterface
    interface Values {
        /**
         * A value in the form that a parameter wants.
         *
         * @throws IllegalArgumentException if it has no such form
         */
        Operand operand(int id, Parameter.Kind wanted);
    }

    private final NativeOwner owner;
    private final Values values;

    /**
     * @param owner keeps the constants
     * @param values where a value of the graph is found
     */
    ArgumentEncoder(NativeOwner owner, Values values) {
        this.owner = owner;
        this.values = values;
    }

    /** An encoder of arguments that refer to tensors and otherwise are constants. */
    ArgumentEncoder(NativeOwner owner, IntFunction<Operand> values) {
        this(owner, (id, wanted) -> values.apply(id));
    }

    /**
     * One argument.
     *
     * @throws IllegalArgumentException if the schema's type cannot take it
     */
    Operand encode(Parameter parameter, Argument argument) {
        if (argument instanceof Argument.None) {
            return none();
        }
        if (argument instanceof Argument.Ref ref) {
            return parameter.list()
                    ? list(parameter, repeated(parameter, ref))
                    : values.operand(ref.value(), parameter.kind());
        }
        if (parameter.list()) {
            return argument instanceof Argument.ListOf list
                    ? list(parameter, list.elements())
                    : list(parameter, repeated(parameter, argument));
        }
        return new Operand.Constant(box(parameter, argument));
    }

    Operand none() {
        return new Operand.Constant(owner.own(new IValue()));
    }

    private static List<Argument> repeated(Parameter parameter, Argument argument) {
        return Collections.nCopies(Math.max(1, parameter.listLength()), argument);
    }

    private Operand list(Parameter parameter, List<Argument> elements) {
        Type.TypePtr elementType = parameter.elementType();
        if (elementType == null) {
            throw new IllegalArgumentException("argument " + parameter.name() + " is no list in the schema");
        }
        List<Operand> operands = new ArrayList<>();
        for (Argument element : elements) {
            if (element instanceof Argument.None) {
                operands.add(none());
            } else if (element instanceof Argument.Ref ref) {
                operands.add(values.operand(ref.value(), parameter.kind()));
            } else {
                operands.add(new Operand.Constant(box(parameter, element)));
            }
        }
        if (operands.stream().anyMatch(Operand.Register.class::isInstance)) {
            return new Operand.Elements(operands, elementType);
        }
        GenericList list = new GenericList(elementType);
        try (list) {
            for (Operand operand : operands) {
                try (IValue copy = new IValue(((Operand.Constant) operand).value())) {
                    list.push_back(copy);
                }
            }
            return new Operand.Constant(owner.own(new IValue(list)));
        }
    }

    private IValue box(Parameter parameter, Argument argument) {
        IValue boxed = switch (parameter.kind()) {
            case TENSOR -> wrappedNumber(parameter, argument);
            case INT -> integer(parameter, argument);
            case FLOAT -> new IValue(real(parameter, argument));
            case BOOL -> new IValue(bool(parameter, argument));
            case NUMBER -> number(parameter, argument);
            case TEXT -> text(parameter, argument);
            case DEVICE -> device();
            case OTHER -> throw mismatch(parameter, argument);
        };
        return owner.own(boxed);
    }

    private static IValue integer(Parameter parameter, Argument argument) {
        if (argument instanceof Argument.Int value) {
            return new IValue(value.value());
        }
        if (argument instanceof Argument.Bool value) {
            return new IValue(value.value() ? 1L : 0L);
        }
        if (argument instanceof Argument.Type type) {
            return new IValue(TorchTypes.of(type.value()));
        }
        if (argument instanceof Argument.Constant constant) {
            return constant(parameter, constant);
        }
        throw mismatch(parameter, argument);
    }

    private static IValue constant(Parameter parameter, Argument.Constant constant) {
        return switch (constant.kind()) {
            case LAYOUT ->
                switch (constant.name()) {
                    case "strided" -> new IValue(torch.Layout.Strided);
                    case "sparse_coo" -> new IValue(torch.Layout.Sparse);
                    default -> throw mismatch(parameter, constant);
                };
            case MEMORY_FORMAT ->
                switch (constant.name()) {
                    case "contiguous_format" -> new IValue(torch.MemoryFormat.Contiguous);
                    case "preserve_format" -> new IValue(torch.MemoryFormat.Preserve);
                    case "channels_last" -> new IValue(torch.MemoryFormat.ChannelsLast);
                    case "channels_last_3d" -> new IValue(torch.MemoryFormat.ChannelsLast3d);
                    default -> throw mismatch(parameter, constant);
                };
            case DEVICE -> throw mismatch(parameter, constant);
        };
    }

    /** Whatever device the model was exported for: here it is the CPU. */
    private static IValue device() {
        try (Device cpu = new Device(torch.DeviceType.CPU)) {
            return new IValue(cpu);
        }
    }

    private static double real(Parameter parameter, Argument argument) {
        if (argument instanceof Argument.Real value) {
            return value.value();
        }
        if (argument instanceof Argument.Int value) {
            return value.value();
        }
        throw mismatch(parameter, argument);
    }

    private static boolean bool(Parameter parameter, Argument argument) {
        if (argument instanceof Argument.Bool value) {
            return value.value();
        }
        if (argument instanceof Argument.Int value) {
            return value.value() != 0;
        }
        throw mismatch(parameter, argument);
    }

    private static IValue number(Parameter parameter, Argument argument) {
        if (argument instanceof Argument.Real value) {
            return new IValue(value.value());
        }
        if (argument instanceof Argument.Int value) {
            return new IValue(value.value());
        }
        if (argument instanceof Argument.Bool value) {
            return new IValue(value.value());
        }
        if (argument instanceof Argument.Type) {
            return integer(parameter, argument);
        }
        throw mismatch(parameter, argument);
    }

    private static IValue text(Parameter parameter, Argument argument) {
        if (argument instanceof Argument.Text value) {
            return new IValue(value.value());
        }
        throw mismatch(parameter, argument);
    }

    /** A Python number where a tensor is expected: it takes part in type promotion as a number, not as a tensor. */
    private static IValue wrappedNumber(Parameter parameter, Argument argument) {
        try (IValue boxed = number(parameter, argument);
                Scalar scalar = boxed.toScalar();
                Tensor tensor = torch.wrapped_scalar_tensor(scalar)) {
            return new IValue(tensor);
        }
    }

    private static IllegalArgumentException mismatch(Parameter parameter, Argument argument) {
        return new IllegalArgumentException("argument " + parameter.name() + " must be "
                + (parameter.list() ? "a list of " : "") + parameter.kind() + ", found " + argument);
    }
}
