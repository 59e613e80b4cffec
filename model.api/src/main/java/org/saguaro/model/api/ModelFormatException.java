// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.nio.file.Path;

/** A model file cannot be used. The message names file, place, what was found, what is supported, and what to do. */
public final class ModelFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String place;
    private final String found;
    private final String expected;
    private final String action;

    /**
     * @param file the model file
     * @param place where in it: an entry, a node, a weight
     * @param found what is there
     * @param expected what is supported
     * @param action what the user can do
     */
    public ModelFormatException(Path file, String place, String found, String expected, String action) {
        super(file + ": " + place + ": found " + found + ", expected " + expected + "; " + action);
        this.place = place;
        this.found = found;
        this.expected = expected;
        this.action = action;
    }

    /** As above, with the exception that showed it. */
    public ModelFormatException(
            Path file, String place, String found, String expected, String action, Throwable cause) {
        this(file, place, found, expected, action);
        initCause(cause);
    }

    /** Where in the file: an entry, a node, a weight. */
    public String place() {
        return place;
    }

    /** What was found there. */
    public String found() {
        return found;
    }

    /** What is supported. */
    public String expected() {
        return expected;
    }

    /** What the user can do. */
    public String action() {
        return action;
    }
}
