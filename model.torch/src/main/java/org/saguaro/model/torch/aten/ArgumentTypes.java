// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.aten;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.AnyTensor;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.Argument.Constant;
import org.saguaro.model.api.HostType;
import org.saguaro.model.api.ScalarType;
import org.saguaro.model.api.TensorSpec;
import org.saguaro.model.api.ValueType;

/**
 * Fits what an archive passes to what the schema wants, as PyTorch's own argument parser does: an integer serves as a
 * float, one number as a list of a fixed size, a number as a tensor without dimensions.
 */
public final class ArgumentTypes {

    private ArgumentTypes() {}

    /**
     * The argument in the schema's type, or null if it does not fit.
     *
     * @param valueTypes the type of each value that a {@link Argument.Ref} may name
     */
    public static @Nullable Argument fit(SchemaType type, Argument given, IntFunction<ValueType> valueTypes) {
        if (given instanceof Argument.None) {
            return type.optional() ? given : null;
        }
        if (given instanceof Argument.Ref ref && valueTypes.apply(ref.value()) instanceof HostType) {
            return mayBeFilledIn(type) ? given : null;
        }
        if (!type.list()) {
            return element(type.base(), given, valueTypes);
        }
        Argument elements = given instanceof Argument.ListOf ? given : repeat(type, given);
        if (!(elements instanceof Argument.ListOf list)) {
            return null;
        }
        List<Argument> fitted = new ArrayList<>();
        for (Argument element : list.elements()) {
            Argument one = element instanceof Argument.None
                    ? (type.optionalElement() ? element : null)
                    : listElement(type.base(), element, valueTypes);
            if (one == null) {
                return null;
            }
            fitted.add(one);
        }
        return new Argument.ListOf(fitted);
    }

    /** Whether the core may put in the elements of a list, or an optional or constant, when they are known. */
    private static boolean mayBeFilledIn(SchemaType type) {
        return type.list()
                || type.optional()
                || switch (type.base()) {
                    case "str", "ScalarType", "Layout", "MemoryFormat", "Device" -> true;
                    default -> false;
                };
    }

    /** One number as a list of the schema's fixed size; null if the schema has no such size. */
    static Argument.@Nullable ListOf repeat(SchemaType type, Argument value) {
        return type.size() == 0 || type.isTensor()
                ? null
                : new Argument.ListOf(Collections.nCopies(type.size(), value));
    }

    /** As {@link #element}, but a list of tensors holds tensors only. */
    private static @Nullable Argument listElement(String base, Argument given, IntFunction<ValueType> valueTypes) {
        return base.equals("Tensor") && !(given instanceof Argument.Ref) ? null : element(base, given, valueTypes);
    }

    private static @Nullable Argument element(String base, Argument given, IntFunction<ValueType> valueTypes) {
        if (given instanceof Argument.Ref ref) {
            return accepts(base, valueTypes.apply(ref.value())) ? given : null;
        }
        return switch (base) {
            case "Tensor", "Scalar" -> isNumber(given) ? given : null;
            case "int", "SymInt" -> integer(given);
            case "float", "SymFloat" -> real(given);
            case "bool", "SymBool" -> given instanceof Argument.Bool ? given : null;
            case "str" -> given instanceof Argument.Text ? given : null;
            case "ScalarType" -> given instanceof Argument.Type ? given : null;
            case "Layout" -> constant(Constant.Kind.LAYOUT, given);
            case "MemoryFormat" -> constant(Constant.Kind.MEMORY_FORMAT, given);
            case "Device" -> constant(Constant.Kind.DEVICE, given);
            default -> null;
        };
    }

    private static boolean accepts(String base, ValueType type) {
        if (!(type instanceof ScalarType scalar)) {
            return base.equals("Tensor") && (type instanceof TensorSpec || type instanceof AnyTensor);
        }
        return switch (scalar) {
            case INT ->
                switch (base) {
                    case "int", "SymInt", "float", "SymFloat", "Scalar", "Tensor" -> true;
                    default -> false;
                };
            case FLOAT ->
                switch (base) {
                    case "float", "SymFloat", "Scalar", "Tensor" -> true;
                    default -> false;
                };
            case BOOL ->
                switch (base) {
                    case "bool", "SymBool", "Scalar", "Tensor" -> true;
                    default -> false;
                };
        };
    }

    private static boolean isNumber(Argument given) {
        return given instanceof Argument.Int || given instanceof Argument.Real || given instanceof Argument.Bool;
    }

    /** In Python, which wrote the archive, a boolean is an integer. */
    private static @Nullable Argument integer(Argument given) {
        if (given instanceof Argument.Bool bool) {
            return new Argument.Int(bool.value() ? 1 : 0);
        }
        return given instanceof Argument.Int ? given : null;
    }

    private static @Nullable Argument real(Argument given) {
        if (given instanceof Argument.Real) {
            return given;
        }
        return integer(given) instanceof Argument.Int number ? new Argument.Real(number.value()) : null;
    }

    private static @Nullable Argument constant(Constant.Kind kind, Argument given) {
        return given instanceof Constant constant && constant.kind() == kind ? given : null;
    }
}
