// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

/** A command cannot be carried out. The message is for the user and says what to do. */
final class LaunchException extends Exception {

    private static final long serialVersionUID = 1L;

    LaunchException(String message) {
        super(message);
    }

    LaunchException(String message, Throwable cause) {
        super(message, cause);
    }
}
