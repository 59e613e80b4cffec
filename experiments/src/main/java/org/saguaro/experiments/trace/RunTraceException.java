// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.trace;

/** A trace that is wrong. The message names file and line, what was found and what was expected. */
public final class RunTraceException extends Exception {

    private static final long serialVersionUID = 1L;

    public RunTraceException(String message) {
        super(message);
    }
}
