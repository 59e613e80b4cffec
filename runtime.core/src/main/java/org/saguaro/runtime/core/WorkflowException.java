// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import org.saguaro.runtime.core.json.Problem;
import org.saguaro.runtime.core.json.Problems;

/** A workflow could not be deployed or adjusted. What runs is as before. */
public final class WorkflowException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /** Wrong descriptions: the message has a line for each problem, beginning with {@code origin:line:column}. */
    public WorkflowException(String origin, List<Problem> problems) {
        super(Problems.text(origin, problems));
        this.problems = List.copyOf(problems);
    }

    /** What is not about the text. */
    public WorkflowException(String message) {
        super(message);
        problems = List.of();
    }

    /** As above, with what showed it. */
    public WorkflowException(String message, Throwable cause) {
        super(message, cause);
        problems = List.of();
    }

    /** What is wrong with the description, in the text's order; empty if it is right and something else failed. */
    public List<Problem> problems() {
        return problems;
    }
}
