// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.script.trace;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.torch.script.syntax.Statement;

/**
 * Statements that are still to be run.
 *
 * @param block the innermost block
 * @param index of its next statement
 * @param after what is to be run when the block is through
 */
record Work(List<Statement> block, int index, @Nullable Work after) {

    static Work of(List<Statement> block) {
        return new Work(block, 0, null);
    }

    /** Whether some statement ends the function, or the loop around it. */
    static boolean leaves(List<Statement> block) {
        for (Statement statement : block) {
            if (statement instanceof Statement.Return
                    || statement instanceof Statement.Break
                    || statement instanceof Statement.Continue) {
                return true;
            } else if (statement instanceof Statement.If branch
                    && (leaves(branch.ifTrue()) || leaves(branch.ifFalse()))) {
                return true;
            } else if (statement instanceof Statement.While loop && leaves(loop.body())) {
                return true;
            } else if (statement instanceof Statement.For loop && leaves(loop.body())) {
                return true;
            } else if (statement instanceof Statement.With with && leaves(with.body())) {
                return true;
            }
        }
        return false;
    }
}
