// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.saguaro.runtime.core.json.Located.Position;

/** The members of a JSON object, read by name; what is wrong or left over becomes a problem. Not thread-safe. */
public final class Fields {

    private final Problems problems;
    private final String place;
    private final Located.Obj object;

    private Fields(Problems problems, String place, Located.Obj object) {
        this.problems = problems;
        this.place = place;
        this.object = object;
    }

    /** The members, or null (and a problem) if it is no object or has others than those named. */
    public static @Nullable Fields of(Problems problems, String place, Located value, List<String> names) {
        if (!(value instanceof Located.Obj object)) {
            problems.add(value.at(), place, "found " + value.kind() + ", expected an object");
            return null;
        }
        for (Map.Entry<String, Located.Member> member : object.members().entrySet()) {
            if (!names.contains(member.getKey())) {
                problems.add(
                        member.getValue().at(),
                        place,
                        "found '" + Problems.shorten(member.getKey()) + "', expected "
                                + (names.isEmpty() ? "nothing" : String.join(", ", names))
                                + Problems.suggestion(member.getKey(), names));
            }
        }
        return new Fields(problems, place, object);
    }

    /** Where the object begins. */
    public Position at() {
        return object.at();
    }

    /** Its place for people, for instance {@code stages[2]}; empty for the root. */
    public String place() {
        return place;
    }

    /** The place of a member. */
    public String placeOf(String name) {
        return place.isEmpty() ? name : place + "." + name;
    }

    /** Whether a member is there. */
    public boolean has(String name) {
        return object.members().containsKey(name);
    }

    /** The value, or null if there is none. */
    public @Nullable Located find(String name) {
        Located.Member member = object.members().get(name);
        return member == null ? null : member.value();
    }

    /** The value, or null and a problem if there is none. */
    public @Nullable Located require(String name) {
        Located value = find(name);
        if (value == null) {
            problems.add(object.at(), place, "found no '" + name + "', expected one");
        }
        return value;
    }

    /** A member is wrong. */
    public void wrong(String name, Located value, String message) {
        problems.add(value.at(), placeOf(name), message);
    }

    /** A text of that form, or null and a problem. */
    public @Nullable String text(String name, String pattern, String expected) {
        Located value = require(name);
        return value == null ? null : text(problems, value, placeOf(name), pattern, expected);
    }

    /** A text of that form, or null and a problem. */
    public static @Nullable String text(
            Problems problems, Located value, String place, String pattern, String expected) {
        if (value instanceof Located.Text text
                && Pattern.compile(pattern).matcher(text.value()).find()
                && !text.value().endsWith("\n")) {
            return text.value();
        }
        problems.add(value.at(), place, "found " + value.kind() + ", expected " + expected);
        return null;
    }

    /** Any text that may be missing. */
    public void note(String name) {
        Located value = find(name);
        if (value != null && !(value instanceof Located.Text)) {
            wrong(name, value, "found " + value.kind() + ", expected a text");
        }
    }

    /** A number in these bounds, or null if it is missing or wrong. */
    public @Nullable Double number(String name, double least, double most, boolean integer) {
        Located value = find(name);
        return value == null ? null : number(problems, value, placeOf(name), least, most, integer);
    }

    /** A number in these bounds, or null and a problem. */
    public static @Nullable Double number(
            Problems problems, Located value, String place, double least, double most, boolean integer) {
        if (value instanceof Located.Num number
                && number.value() >= least
                && number.value() <= most
                && (!integer || number.isInteger())) {
            return number.value();
        }
        problems.add(
                value.at(),
                place,
                "found " + value.kind() + ", expected " + (integer ? "an integer" : "a number") + " from "
                        + figure(least) + " to " + figure(most));
        return null;
    }

    private static String figure(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    /** The elements, none if the array is missing or wrong. */
    public List<Located> elements(String name, int least, int most) {
        Located value = require(name);
        return value == null ? List.of() : elements(problems, value, placeOf(name), least, most);
    }

    /** The elements of an array, none and a problem if it is something else. */
    public static List<Located> elements(Problems problems, Located value, String place, int least, int most) {
        if (!(value instanceof Located.Arr array)) {
            problems.add(value.at(), place, "found " + value.kind() + ", expected an array");
            return List.of();
        }
        int count = array.elements().size();
        if (count < least || count > most) {
            problems.add(
                    value.at(),
                    place,
                    "found " + count + " elements, expected "
                            + (least == most ? String.valueOf(least) : least + " to " + most));
        }
        return new ArrayList<>(array.elements());
    }

    /** Does something with a value that may be missing. */
    public void ifPresent(String name, Consumer<Located> action) {
        Located value = find(name);
        if (value != null) {
            action.accept(value);
        }
    }
}
