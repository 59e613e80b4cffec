// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.api;

import java.nio.file.Path;

/**
 * A model file cannot be used. The message names file, place, what was found, what is supported, and what to do. It is for
 * people: very long parts are cut.
 */
public final class ModelFormatException extends Exception {

    private static final long serialVersionUID = 1L;

    private static final int MAX_CHARS = 800;

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
        super(file + ": " + shorten(place) + ": found " + shorten(found) + ", expected " + shorten(expected) + "; "
                + shorten(action));
        this.place = shorten(place);
        this.found = shorten(found);
        this.expected = shorten(expected);
        this.action = shorten(action);
    }

    /** A damaged file may hold names, lists and numbers of any length. */
    private static String shorten(String part) {
        return part.length() > MAX_CHARS ? part.substring(0, MAX_CHARS) + "..." : part;
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
