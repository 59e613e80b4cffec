// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

/** A sweep cannot be done as it is described. The message names file and place, what was found, what was expected. */
public final class SweepException extends Exception {

    private static final long serialVersionUID = 1L;

    public SweepException(String message) {
        super(message);
    }
}
