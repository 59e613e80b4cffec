// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.run;

import org.saguaro.runtime.core.RequestException;

/** How a request ended. */
public enum Outcome {
    COMPLETED("completed"),
    /** At once: there were too many. */
    REFUSED("refused"),
    TIMED_OUT("timed out"),
    /** Its hard deadline passed, or the policy saw that it could not be met. */
    DEADLINE("deadline"),
    /** The run was interrupted. */
    CANCELLED("cancelled"),
    FAILED("failed");

    private final String text;

    Outcome(String text) {
        this.text = text;
    }

    /** As files and tables have it. */
    public String text() {
        return text;
    }

    /** What a failure is. */
    static Outcome of(RequestException.Category category) {
        return switch (category) {
            case REJECTED -> REFUSED;
            case TIMEOUT -> TIMED_OUT;
            case DEADLINE -> DEADLINE;
            case CANCELLED -> CANCELLED;
            case INVALID_INPUT, UNDEPLOYED, FAILED -> FAILED;
        };
    }
}
