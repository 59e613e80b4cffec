// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;

/** The members of a JSON object, read by name; what is wrong or left over is refused with its place. */
final class Members {

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final int MAX_SHOWN = 60;

    private final String place;
    private final JsonNode object;

    private Members(String place, JsonNode object) {
        this.place = place;
        this.object = object;
    }

    /** The object that a text is, with no other members than those. */
    static Members parse(String origin, String text, List<String> names) throws PoolException {
        return of(origin, parseAny(origin, text).object, names);
    }

    /** The object that a text is. */
    static Members parseAny(String origin, String text) throws PoolException {
        try {
            return any(origin, JSON.readTree(text));
        } catch (JsonProcessingException e) {
            String at = e.getLocation() == null
                    ? ""
                    : " in line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new PoolException(origin + ": found no valid JSON" + at + " (" + shown(e.getOriginalMessage())
                    + "), expected an object");
        }
    }

    /** An object with no other members than those. */
    static Members of(String place, JsonNode value, List<String> names) throws PoolException {
        Members members = any(place, value);
        for (String name : members.names()) {
            if (!names.contains(name)) {
                throw new PoolException(
                        place + ": found '" + shown(name) + "', expected no others than " + String.join(", ", names));
            }
        }
        return members;
    }

    /** An object with any members. */
    static Members any(String place, JsonNode value) throws PoolException {
        if (!value.isObject()) {
            throw new PoolException(place + ": found " + kind(value) + ", expected an object");
        }
        return new Members(place, value);
    }

    List<String> names() {
        List<String> names = new ArrayList<>();
        for (Iterator<String> each = object.fieldNames(); each.hasNext(); ) {
            names.add(each.next());
        }
        return names;
    }

    String place() {
        return place;
    }

    String placeOf(String name) {
        // The origin is parted from the path by a colon, members from each other by dots.
        return place.endsWith(":") ? place + " " + name : place + (place.contains(": ") ? "." : ": ") + name;
    }

    boolean has(String name) {
        return object.has(name);
    }

    /** The value of a member that must be there. */
    JsonNode require(String name) throws PoolException {
        JsonNode value = object.get(name);
        if (value == null) {
            throw new PoolException(place + ": found no '" + name + "', expected one");
        }
        return value;
    }

    /** The elements of an array; none if there is no such member. */
    List<JsonNode> elements(String name) throws PoolException {
        List<JsonNode> elements = new ArrayList<>();
        if (has(name)) {
            JsonNode value = require(name);
            if (!value.isArray()) {
                throw new PoolException(placeOf(name) + ": found " + kind(value) + ", expected an array");
            }
            value.forEach(elements::add);
        }
        return elements;
    }

    /** Any text, which may be missing. */
    void note(String name) throws PoolException {
        if (has(name) && !require(name).isTextual()) {
            throw new PoolException(placeOf(name) + ": found " + kind(require(name)) + ", expected a text");
        }
    }

    String text(String name, Pattern pattern, String expected) throws PoolException {
        return text(placeOf(name), require(name), pattern, expected);
    }

    String text(String name, Pattern pattern, String expected, String otherwise) throws PoolException {
        return has(name) ? text(name, pattern, expected) : otherwise;
    }

    static String text(String place, JsonNode value, Pattern pattern, String expected) throws PoolException {
        if (!value.isTextual() || !pattern.matcher(value.textValue()).matches()) {
            throw new PoolException(place + ": found " + kind(value) + ", expected " + expected);
        }
        return value.textValue();
    }

    double number(String name, double least, double most) throws PoolException {
        return number(placeOf(name), require(name), least, most);
    }

    double number(String name, double least, double most, double otherwise) throws PoolException {
        return has(name) ? number(name, least, most) : otherwise;
    }

    static double number(String place, JsonNode value, double least, double most) throws PoolException {
        if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
            throw new PoolException(place + ": found " + kind(value) + ", expected a number from " + figure(least)
                    + " to " + figure(most));
        }
        return value.doubleValue();
    }

    static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case OBJECT -> "an object";
            case ARRAY -> "an array";
            case STRING -> "'" + shown(value.textValue()) + "'";
            case MISSING -> "nothing";
            case BINARY, BOOLEAN, NULL, NUMBER, POJO -> shown(value.toString());
        };
    }

    static String shown(String text) {
        String line = text.lines().findFirst().orElse("");
        return line.length() > MAX_SHOWN ? line.substring(0, MAX_SHOWN) + "..." : line;
    }

    private static String figure(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e7
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
