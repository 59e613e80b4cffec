// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A parameter of a built-in step. The schema and the reader both go by it.
 *
 * @param standard what it is if the description leaves it out; null: it must be there, unless {@code optional}
 * @param optional it may be left out without having a value then
 * @param least smallest number allowed, also of a list's elements
 * @param most largest number allowed, also of a list's elements
 * @param choices texts allowed; empty: any that match {@code pattern}
 * @param pattern of a text without choices
 */
record Parameter(
        String name,
        Kind kind,
        String description,
        @Nullable Object standard,
        boolean optional,
        double least,
        double most,
        List<String> choices,
        String pattern) {

    /** The longest list. */
    static final int MAX_ELEMENTS = 1024;

    private static final double MAX_SIZE = 1 << 24;

    enum Kind {
        INTEGER,
        NUMBER,
        FLAG,
        TEXT,
        INTEGERS,
        NUMBERS
    }

    private static Parameter of(
            String name, Kind kind, String description, @Nullable Object standard, double least, double most) {
        return new Parameter(name, kind, description, standard, false, least, most, List.of(), "");
    }

    static Parameter integer(String name, String description, @Nullable Long standard, double least, double most) {
        return of(name, Kind.INTEGER, description, standard, least, most);
    }

    /** A size in elements that must be given. */
    static Parameter size(String name, String description) {
        return of(name, Kind.INTEGER, description, null, 1, MAX_SIZE);
    }

    static Parameter axis(String description, @Nullable Long standard) {
        return of("axis", Kind.INTEGER, description, standard, -8, 7);
    }

    static Parameter number(String name, String description, @Nullable Double standard, double least, double most) {
        return of(name, Kind.NUMBER, description, standard, least, most);
    }

    static Parameter flag(String name, String description, boolean standard) {
        return of(name, Kind.FLAG, description, standard, 0, 0);
    }

    static Parameter choice(String name, String description, @Nullable String standard, List<String> choices) {
        return new Parameter(name, Kind.TEXT, description, standard, false, 0, 0, choices, "");
    }

    static Parameter text(String name, String description, String pattern) {
        return new Parameter(name, Kind.TEXT, description, null, false, 0, 0, List.of(), pattern);
    }

    static Parameter numbers(String name, String description, double least, double most) {
        return of(name, Kind.NUMBERS, description, null, least, most);
    }

    static Parameter integers(String name, String description, double least, double most) {
        return of(name, Kind.INTEGERS, description, null, least, most);
    }

    Parameter asOptional() {
        return new Parameter(name, kind, description, standard, true, least, most, choices, pattern);
    }

    boolean isRequired() {
        return standard == null && !optional;
    }
}
