// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.NamedArgument;
import org.saguaro.model.api.OpName;

/**
 * A call but for its tensors: the operator and its arguments, in which {@code Ref(i)} stands for the i-th operand. Immutable; quick to
 * compare with itself.
 */
final class Template {

    /** What an operator makes of its operands. */
    interface ShapeRule {
        /**
         * The results, in order.
         *
         * @throws IllegalArgumentException if the operands do not fit: what was expected, what was found
         */
        List<Spec> results(Spec[] operands);

        /** A rule for one result. */
        interface One {
            /** As {@link ShapeRule#results}. */
            Spec result(Spec[] operands);
        }
    }

    private final OpName op;
    private final List<NamedArgument> arguments;
    private final int results;
    private final @Nullable ShapeRule rule;
    /** What the caller said the results are; empty if that is the rule's matter. */
    private final List<Spec> declared;

    private final int hash;

    /** A call with a rule of ours. */
    Template(OpName op, List<NamedArgument> arguments, ShapeRule.One rule) {
        this(op, arguments, 1, operands -> List.of(rule.result(operands)), List.of());
    }

    /**
     * A call of an operator of which we know nothing.
     *
     * @param declared what its results are; empty if nobody knows
     */
    Template(OpName op, List<NamedArgument> arguments, int results, List<Spec> declared) {
        this(op, arguments, results, declared.isEmpty() ? null : operands -> declared, declared);
    }

    private Template(
            OpName op, List<NamedArgument> arguments, int results, @Nullable ShapeRule rule, List<Spec> declared) {
        this.op = op;
        this.arguments = List.copyOf(arguments);
        this.results = results;
        this.rule = rule;
        this.declared = List.copyOf(declared);
        hash = 31 * (31 * op.hashCode() + this.arguments.hashCode()) + this.declared.hashCode();
    }

    OpName op() {
        return op;
    }

    List<NamedArgument> arguments() {
        return arguments;
    }

    /** How many tensors it makes. */
    int results() {
        return results;
    }

    @Nullable
    ShapeRule rule() {
        return rule;
    }

    /** Whether somebody promised what the results are, who may be wrong. */
    boolean isDeclared() {
        return !declared.isEmpty();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Template template
                        && hash == template.hash
                        && op.equals(template.op)
                        && results == template.results
                        && (rule == null) == (template.rule == null)
                        && declared.equals(template.declared)
                        && arguments.equals(template.arguments));
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
