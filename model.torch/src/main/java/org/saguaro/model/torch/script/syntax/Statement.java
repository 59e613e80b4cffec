// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.syntax;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A step of a function. */
public sealed interface Statement {

    /** Where it begins. */
    Position at();

    /**
     * {@code target = value}, {@code a, b, = value}, {@code target : type = value}.
     *
     * @param target a name, an attribute, a subscript, or a tuple of these
     */
    record Assign(Position at, Expression target, @Nullable TypeName type, Expression value) implements Statement {}

    /** An expression of which the value is not used. */
    record Evaluate(Position at, Expression expression) implements Statement {}

    /** {@code if}; the other branch may be empty. */
    record If(Position at, Expression condition, List<Statement> ifTrue, List<Statement> ifFalse)
            implements Statement {}

    /** {@code while}. */
    record While(Position at, Expression condition, List<Statement> body) implements Statement {}

    /** {@code for target in iterable}. */
    record For(Position at, Expression target, Expression iterable, List<Statement> body) implements Statement {}

    /** {@code with context: body}. */
    record With(Position at, Expression context, List<Statement> body) implements Statement {}

    /** {@code def} inside of a function, which sees its variables; TorchScript writes what it forks so. */
    record Define(Position at, FunctionDefinition function) implements Statement {}

    /** {@code return}; None if nothing is returned. */
    record Return(Position at, @Nullable Expression value) implements Statement {}

    /** {@code assert}. */
    record Assert(
            Position at, Expression condition, @Nullable Expression message) implements Statement {}

    /** {@code raise}. */
    record Raise(Position at, @Nullable Expression exception) implements Statement {}

    /** {@code break}. */
    record Break(Position at) implements Statement {}

    /** {@code continue}. */
    record Continue(Position at) implements Statement {}

    /** {@code pass}. */
    record Pass(Position at) implements Statement {}
}
