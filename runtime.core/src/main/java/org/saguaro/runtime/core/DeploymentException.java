// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core;

/** A model could not be deployed. Nothing of it stays behind. The message says why and what to do. */
public final class DeploymentException extends Exception {

    private static final long serialVersionUID = 1L;

    public DeploymentException(String message) {
        super(message);
    }

    public DeploymentException(String message, Throwable cause) {
        super(message, cause);
    }
}
