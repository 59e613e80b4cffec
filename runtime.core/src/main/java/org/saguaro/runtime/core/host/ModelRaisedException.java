// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.host;

/**
 * The model ended its own request: it raised an exception, or asked for something that has no result, such as an element that a
 * list does not have. Repeating the request gives the same.
 */
public final class ModelRaisedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String pythonType;

    /**
     * @param pythonType the class of exception that Python would raise, for instance {@code IndexError}
     * @param message for people
     */
    public ModelRaisedException(String pythonType, String message) {
        super(message);
        this.pythonType = pythonType;
    }

    /** The class of exception that Python would raise, for instance {@code IndexError}. */
    public String pythonType() {
        return pythonType;
    }
}
