// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.List;
import org.saguaro.runtime.core.workflow.Description.Parameters;

/**
 * A step that needs no model: it becomes layers like those of PyTorch.
 *
 * @param summary one line for people, with the shapes
 * @param minInputs fewest inputs
 * @param maxInputs most inputs
 * @param outputs names of its outputs, in order; an expansion may make fewer, the last ones missing
 */
record Builtin(
        String name,
        String summary,
        int minInputs,
        int maxInputs,
        List<Parameter> parameters,
        List<String> outputs,
        Expansion expansion) {

    /** Most inputs of those that take any number. */
    static final int MANY = 64;

    Builtin {
        parameters = List.copyOf(parameters);
        outputs = List.copyOf(outputs);
    }

    /** Writes the layers. */
    @FunctionalInterface
    interface Expansion {
        /**
         * Writes the layers of one stage.
         *
         * @return the values that it makes, in the order of {@link Builtin#outputs}
         * @throws StageException if inputs and parameters do not fit
         */
        List<Integer> expand(StageLayers layers, List<Operand> inputs, Parameters parameters) throws StageException;
    }
}
