// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.Argument;
import org.saguaro.model.api.DType;

/** Constants in arguments of layers as host values, and back. Lists and references are for the caller. */
public final class HostArguments {

    private HostArguments() {}

    /**
     * The host value that a constant stands for.
     *
     * @throws IllegalArgumentException if it is a reference, a list or a graph
     */
    public static @Nullable Object value(Argument constant) {
        if (constant instanceof Argument.Int value) {
            return value.value();
        }
        if (constant instanceof Argument.Real value) {
            return value.value();
        }
        if (constant instanceof Argument.Bool value) {
            return value.value();
        }
        if (constant instanceof Argument.Text value) {
            return value.value();
        }
        if (constant instanceof Argument.Type value) {
            return value.value();
        }
        if (constant instanceof Argument.Constant value) {
            return value.name();
        }
        if (constant instanceof Argument.None) {
            return null;
        }
        throw new IllegalArgumentException("no constant: " + constant);
    }

    /** The constant that stands for a host value; null if it is a tensor or holds others. */
    public static @Nullable Argument constant(@Nullable Object value) {
        if (value == null) {
            return new Argument.None();
        }
        if (value instanceof Long number) {
            return new Argument.Int(number);
        }
        if (value instanceof Double number) {
            return new Argument.Real(number);
        }
        if (value instanceof Boolean flag) {
            return new Argument.Bool(flag);
        }
        if (value instanceof String text) {
            return new Argument.Text(text);
        }
        return value instanceof DType type ? new Argument.Type(type) : null;
    }
}
