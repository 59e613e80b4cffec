// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A type as the code writes it.
 *
 * @param name for instance {@code Tensor}, {@code List}, {@code __torch__.models.Net}
 * @param arguments for instance the element type of a list
 */
public record TypeName(String name, List<TypeName> arguments) {

    public static final TypeName ANY = of("Any");
    public static final TypeName TENSOR = of("Tensor");
    public static final TypeName INT = of("int");
    public static final TypeName FLOAT = of("float");
    public static final TypeName BOOL = of("bool");
    public static final TypeName STR = of("str");
    public static final TypeName NONE = of("NoneType");
    /** An integer, a real number or a boolean. */
    public static final TypeName NUMBER = of("number");

    public TypeName {
        arguments = List.copyOf(arguments);
    }

    public static TypeName of(String name, TypeName... arguments) {
        return new TypeName(name, List.of(arguments));
    }

    public boolean is(String other) {
        return name.equals(other);
    }

    /** The type inside an Optional, or this. */
    public TypeName unwrapped() {
        return is("Optional") && arguments.size() == 1 ? arguments.get(0) : this;
    }

    /** This type or None. */
    public TypeName optional() {
        return is("Optional") || is("Any") || is("NoneType") ? this : of("Optional", this);
    }

    /** The type of a list's elements, of a dictionary's values; Any if not known. */
    public TypeName element() {
        return arguments.isEmpty() ? ANY : arguments.get(arguments.size() - 1);
    }

    @Override
    public String toString() {
        return arguments.isEmpty()
                ? name
                : name + arguments.stream().map(TypeName::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
