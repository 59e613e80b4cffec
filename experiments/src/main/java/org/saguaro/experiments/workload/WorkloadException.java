// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

/** A workload is wrong, or cannot be run. The message names file and place, what was found, what was expected. */
public final class WorkloadException extends Exception {

    private static final long serialVersionUID = 1L;

    /** With the message for the user. */
    public WorkloadException(String message) {
        super(message);
    }

    /** With what showed it. */
    public WorkloadException(String message, Throwable cause) {
        super(message, cause);
    }
}
