// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

/**
 * An {@link Argument} with its place in the operator's schema.
 *
 * @param name the schema's name, for instance {@code self} or {@code stride}
 * @param access what the operator does with the argument's memory
 * @param value what is passed; the schema's default where the archive omitted it
 */
public record NamedArgument(String name, Access access, Argument value) {

    /** What an operator does with the memory of an argument (the alias annotations of the ATen schema). */
    public enum Access {
        /** Only reads it; every output is new memory. */
        READ,
        /** An output may be a view on it ({@code Tensor(a)}). */
        ALIAS,
        /** Writes it in place ({@code Tensor(a!)}). */
        WRITE
    }

    /** An argument that is only read. */
    public static NamedArgument read(String name, Argument value) {
        return new NamedArgument(name, Access.READ, value);
    }
}
