// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

/** A command cannot do what was asked. The message is for the user and says what to do. */
public final class CommandException extends Exception {

    private static final long serialVersionUID = 1L;

    /** With the message for the user. */
    public CommandException(String message) {
        super(message);
    }
}
