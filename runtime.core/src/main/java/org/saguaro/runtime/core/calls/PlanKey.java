// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.calls;

import org.jspecify.annotations.Nullable;

/** What decides about the kernels of a call: its template, and for each operand its {@link Spec} or the {@link Constant} that it is. */
final class PlanKey {

    private final Template template;
    private final Object[] operands;
    private final int hash;

    PlanKey(Template template, Object[] operands) {
        this.template = template;
        this.operands = operands;
        int mixed = template.hashCode();
        for (Object operand : operands) {
            mixed = 31 * mixed + operand.hashCode();
        }
        hash = mixed;
    }

    Template template() {
        return template;
    }

    int operands() {
        return operands.length;
    }

    /** The constant at a position; null if there is none. */
    @Nullable
    Constant constant(int operand) {
        return operands[operand] instanceof Constant constant ? constant : null;
    }

    Spec spec(int operand) {
        return operands[operand] instanceof Constant constant
                ? new Spec(constant.data().dtype(), constant.data().sizes())
                : (Spec) operands[operand];
    }

    boolean uses(Constant constant) {
        for (Object operand : operands) {
            if (operand == constant) {
                return true;
            }
        }
        return false;
    }

    /** For people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(template.op().toString()).append('(');
        for (int i = 0; i < operands.length; i++) {
            text.append(i == 0 ? "" : ", ").append(spec(i));
        }
        return text.append(')').toString();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof PlanKey key)
                || hash != key.hash
                || operands.length != key.operands.length
                || !template.equals(key.template)) {
            return false;
        }
        for (int i = 0; i < operands.length; i++) {
            if (!operands[i].equals(key.operands[i])) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
