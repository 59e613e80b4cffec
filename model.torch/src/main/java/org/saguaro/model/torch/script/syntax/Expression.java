// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that has a value. */
public sealed interface Expression {

    /** Where it begins. */
    Position at();

    /** A variable, or the first part of a qualified name. */
    record Name(Position at, String name) implements Expression {}

    /** An integer. */
    record IntLiteral(Position at, long value) implements Expression {}

    /** A real number. */
    record FloatLiteral(Position at, double value) implements Expression {}

    /** An imaginary number. */
    record ImaginaryLiteral(Position at, double value) implements Expression {}

    /** A text. */
    record TextLiteral(Position at, String value) implements Expression {}

    /** True or False. */
    record BoolLiteral(Position at, boolean value) implements Expression {}

    /** None. */
    record NoneLiteral(Position at) implements Expression {}

    /** {@code [a, b]}. */
    record ListDisplay(Position at, List<Expression> elements) implements Expression {}

    /** {@code (a, b)}. */
    record TupleDisplay(Position at, List<Expression> elements) implements Expression {}

    /** {@code {a: b}}. */
    record DictDisplay(Position at, List<Expression> keys, List<Expression> values) implements Expression {}

    /** {@code owner.name}. */
    record Attribute(Position at, Expression owner, String name) implements Expression {}

    /** {@code function(arguments, name=value)}. */
    record Call(Position at, Expression function, List<Expression> arguments, List<Keyword> keywords)
            implements Expression {}

    /** {@code container[index]}. */
    record Subscript(Position at, Expression container, Expression index) implements Expression {}

    /** {@code start:stop:step} inside a subscript; null where open. */
    record Slice(
            Position at,
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step) implements Expression {}

    /** {@code -a}, {@code not a}, {@code ~a}, {@code +a}. */
    record Unary(Position at, String operator, Expression operand) implements Expression {}

    /** {@code a + b}, {@code a is not b}, {@code a and b}, ... */
    record Binary(Position at, String operator, Expression left, Expression right) implements Expression {}

    /** {@code a if condition else b}. */
    record Conditional(Position at, Expression condition, Expression ifTrue, Expression ifFalse)
            implements Expression {}

    /** A named argument of a call. */
    record Keyword(String name, Expression value) {}
}
