// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

import java.util.List;
import java.util.stream.Collectors;

/** A workflow could not be deployed or adjusted. What runs is as before. */
public final class WorkflowException extends Exception {

    private static final long serialVersionUID = 1L;

    private static final int SHOWN = 20;

    private final transient List<Problem> problems;

    /**
     * Something wrong in a description.
     *
     * @param line from 1; 0 if it is not about the text
     * @param column from 1; 0 if it is not about the text
     * @param place for instance {@code stages[2].inputs[0]}
     * @param message what was found, what was expected, what to do
     */
    public record Problem(int line, int column, String place, String message) {
        @Override
        public String toString() {
            return line + ":" + column + ": " + (place.isEmpty() ? "" : place + ": ") + message;
        }
    }

    /** Wrong descriptions: the message has a line for each problem, beginning with {@code origin:line:column}. */
    public WorkflowException(String origin, List<Problem> problems) {
        super(text(origin, problems));
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

    private static String text(String origin, List<Problem> problems) {
        String lines = problems.stream()
                .limit(SHOWN)
                .map(problem -> origin + ":" + problem)
                .collect(Collectors.joining("\n"));
        return problems.size() <= SHOWN ? lines : lines + "\n... and " + (problems.size() - SHOWN) + " more";
    }
}
