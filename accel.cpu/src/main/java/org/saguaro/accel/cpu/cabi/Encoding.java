// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.cpu.cabi;

import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Layer;

/** Gives arguments of layers the form that calls want. Functions of C check nothing, so everything is checked here. */
final class Encoding {

    /** Stands where a register goes. */
    static final Object PENDING = new Object() {
        @Override
        public String toString() {
            return "a value known later";
        }
    };

    /** What becomes of references to values of the graph. */
    @FunctionalInterface
    interface References {
        /**
         * A constant, or {@link #PENDING} for what is known later.
         *
         * @param list that it is an element of; null if it is the argument itself
         * @param at its place in the list
         */
        Object of(@Nullable Object @Nullable [] list, int at, int value);
    }

    private Encoding() {}

    /**
     * One argument.
     *
     * @throws IllegalArgumentException if the schema's type cannot take it
     */
    static @Nullable Object encode(Schema.Parameter parameter, Argument argument, References references) {
        if (argument instanceof Argument.None) {
            return null;
        }
        if (argument instanceof Argument.Ref && !takesValues(parameter)) {
            throw new IllegalArgumentException("argument " + parameter.name()
                    + " is a value of the graph, the operator wants " + parameter.wanted());
        }
        if (!parameter.list()) {
            return argument instanceof Argument.Ref ref
                    ? references.of(null, 0, ref.value())
                    : constant(parameter, argument);
        }
        List<Argument> elements = argument instanceof Argument.ListOf list
                ? list.elements()
                : Collections.nCopies(Math.max(1, parameter.listLength()), argument);
        @Nullable Object[] values = new @Nullable Object[elements.size()];
        for (int i = 0; i < values.length; i++) {
            Argument element = elements.get(i);
            if (element instanceof Argument.Ref ref) {
                values[i] = references.of(values, i, ref.value());
            } else if (!(element instanceof Argument.None)) {
                values[i] = constant(parameter, element);
            } else if (!parameter.elementOptional()) {
                throw mismatch(parameter, element);
            }
        }
        return values;
    }

    private static boolean takesValues(Schema.Parameter parameter) {
        return switch (parameter.type()) {
            case TENSOR, INT, FLOAT, BOOL, NUMBER, ELEMENT_TYPE, LAYOUT, MEMORY_FORMAT -> true;
            case TEXT, DEVICE, GENERATOR, OTHER -> false;
        };
    }

    private static @Nullable Object constant(Schema.Parameter parameter, Argument argument) {
        Object value = switch (parameter.type()) {
            case TENSOR, NUMBER -> number(argument);
            case INT, ELEMENT_TYPE, LAYOUT, MEMORY_FORMAT -> integer(argument);
            case FLOAT -> real(argument);
            case BOOL -> flag(argument);
            case TEXT -> argument instanceof Argument.Text text ? text.value() : null;
            // Whatever device the model was exported for: here it is the CPU.
            case DEVICE -> null;
            case GENERATOR, OTHER -> null;
        };
        if (value == null && parameter.type() != Schema.Type.DEVICE) {
            throw mismatch(parameter, argument);
        }
        return value;
    }

    private static @Nullable Object number(Argument argument) {
        if (argument instanceof Argument.Bool flag) {
            return flag.value();
        }
        if (argument instanceof Argument.Real real) {
            return real.value();
        }
        return integer(argument);
    }

    private static @Nullable Object integer(Argument argument) {
        if (argument instanceof Argument.Int integer) {
            return integer.value();
        }
        if (argument instanceof Argument.Bool flag) {
            return flag.value() ? 1L : 0L;
        }
        if (argument instanceof Argument.Type type) {
            return (long) ElementTypes.code(type.value());
        }
        return argument instanceof Argument.Constant constant ? code(constant) : null;
    }

    /** libtorch's numbers of memory formats and layouts. */
    private static @Nullable Object code(Argument.Constant constant) {
        return switch (constant.name()) {
            case "contiguous_format", "strided" -> 0L;
            case "preserve_format", "sparse_coo" -> 1L;
            case "channels_last" -> 2L;
            case "channels_last_3d" -> 3L;
            default -> null;
        };
    }

    private static @Nullable Object real(Argument argument) {
        if (argument instanceof Argument.Real real) {
            return real.value();
        }
        return argument instanceof Argument.Int integer ? (Object) (double) integer.value() : null;
    }

    private static @Nullable Object flag(Argument argument) {
        if (argument instanceof Argument.Bool flag) {
            return flag.value();
        }
        return argument instanceof Argument.Int integer ? (Object) (integer.value() != 0) : null;
    }

    private static IllegalArgumentException mismatch(Schema.Parameter parameter, Argument argument) {
        return new IllegalArgumentException(
                "argument " + parameter.name() + " must be " + parameter.wanted() + ", found " + argument);
    }

    /**
     * A value that was found at run time, in the form that a parameter wants: an integer where it says float, a tensor of one element
     * where it says number. Python does this before it calls an operator.
     *
     * @throws IllegalArgumentException if it has no such form
     */
    static @Nullable Object converted(Aten aten, Schema.Parameter parameter, @Nullable Object value) {
        if (value == null) {
            if (parameter.optional() || parameter.elementOptional()) {
                return null;
            }
            throw new IllegalArgumentException("argument " + parameter.name() + " must not be None");
        }
        boolean tensor = value instanceof TensorHandle;
        return switch (parameter.type()) {
            case TENSOR -> value;
            case NUMBER -> tensor ? aten.item((TensorHandle) value) : value;
            case INT, ELEMENT_TYPE, LAYOUT, MEMORY_FORMAT -> integer(tensor ? aten.item((TensorHandle) value) : value);
            case FLOAT -> Arguments.asDouble(tensor ? aten.item((TensorHandle) value) : value);
            case BOOL -> flag(tensor ? aten.item((TensorHandle) value) : value);
            case TEXT, DEVICE, GENERATOR, OTHER ->
                throw new IllegalArgumentException("argument " + parameter.name() + " must be a constant");
        };
    }

    private static Long integer(Object number) {
        return number instanceof Long integer ? integer : (long) Arguments.asDouble(number);
    }

    private static Boolean flag(Object number) {
        return number instanceof Boolean flag ? flag : Arguments.asDouble(number) != 0;
    }

    /** The arguments of a layer with {@link #PENDING} for every reference: enough to say how it is called. */
    static @Nullable Object[] outline(Schema schema, Layer layer) {
        @Nullable Object[] outline = new @Nullable Object[schema.parameters().size()];
        for (int i = 0; i < outline.length; i++) {
            Schema.Parameter parameter = schema.parameters().get(i);
            Argument argument = layer.argument(parameter.name());
            outline[i] =
                    argument == null ? parameter.fallback() : encode(parameter, argument, (list, at, value) -> PENDING);
        }
        return outline;
    }
}
