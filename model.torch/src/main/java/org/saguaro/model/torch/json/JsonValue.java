// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;

/**
 * A value in a JSON document of a model file, and where it stands. Asking it for what it is not gives a
 * {@link ModelFormatException} that names the place, what is there and what was expected.
 *
 * <p>Immutable.
 */
public final class JsonValue {

    private static final int MAX_SHOWN_CHARS = 60;
    private static final String UNREADABLE =
            "the file is damaged, or written by a torch this version does not know: export it again with torch >= 2.9";

    private final Path file;
    private final @Nullable JsonValue parent;
    private final String step;

    /** As {@link JsonDocument} makes it. */
    private final @Nullable Object node;

    private JsonValue(Path file, @Nullable JsonValue parent, String step, @Nullable Object node) {
        this.file = file;
        this.parent = parent;
        this.step = step;
        this.node = node;
    }

    /**
     * Parses a document.
     *
     * @param place how errors call it, for instance {@code models/model.json}
     * @throws ModelFormatException if it is no JSON, or nested too deeply
     */
    public static JsonValue parse(Path file, String place, byte[] document) throws IOException, ModelFormatException {
        try {
            return new JsonValue(file, null, place, JsonDocument.parse(document));
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? place
                    : place + ", line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new ModelFormatException(file, where, shorten(e.getOriginalMessage()), "JSON", UNREADABLE, e);
        } catch (CharConversionException e) {
            // Zero bytes at its beginning make the parser take a document for UTF-32.
            throw new ModelFormatException(file, place, shorten(String.valueOf(e.getMessage())), "JSON", UNREADABLE, e);
        }
    }

    /** The same value, called otherwise in errors: {@code node conv2d_3 (aten.conv2d.default)}. */
    public JsonValue named(String place) {
        return new JsonValue(file, null, place, node);
    }

    /** Where it stands. */
    public String place() {
        return parent == null ? step : parent.place() + shorten(step);
    }

    /** A field of an object; neither absent nor null. */
    public JsonValue field(String name) throws ModelFormatException {
        JsonValue value = optional(name);
        if (value == null) {
            throw refuse(
                    describe() + (object("an object").containsKey(name) ? " in which " + name + " is null" : ""),
                    "a field " + name);
        }
        return value;
    }

    /** A field of an object, or null where it is absent or null. */
    public @Nullable JsonValue optional(String name) throws ModelFormatException {
        Object child = object("an object with a field " + name).get(name);
        return child == null ? null : new JsonValue(file, this, "." + name, child);
    }

    /** The fields of an object in their order. */
    public Map<String, JsonValue> fields() throws ModelFormatException {
        Map<String, JsonValue> fields = new LinkedHashMap<>();
        for (Map.Entry<?, ?> field : object("an object").entrySet()) {
            String name = (String) field.getKey();
            fields.put(name, new JsonValue(file, this, "[" + name + "]", field.getValue()));
        }
        return fields;
    }

    /** The one field of an object that says by its name what it holds. */
    public Map.Entry<String, JsonValue> variant() throws ModelFormatException {
        Map<?, ?> object = object("an object with exactly one field");
        if (object.size() != 1) {
            throw unexpected("an object with exactly one field");
        }
        Map.Entry<?, ?> field = object.entrySet().iterator().next();
        String name = (String) field.getKey();
        return Map.entry(name, new JsonValue(file, this, "." + name, field.getValue()));
    }

    /** The elements of a list. */
    public List<JsonValue> elements() throws ModelFormatException {
        if (!(node instanceof List<?> list)) {
            throw unexpected("a list");
        }
        List<JsonValue> elements = new ArrayList<>(list.size());
        for (Object element : list) {
            elements.add(new JsonValue(file, this, "[" + elements.size() + "]", element));
        }
        return elements;
    }

    /** Whether this is a list without elements. */
    public boolean isEmptyList() {
        return node instanceof List<?> list && list.isEmpty();
    }

    public String text() throws ModelFormatException {
        if (node instanceof String text) {
            return text;
        }
        throw unexpected("a string");
    }

    public long integer() throws ModelFormatException {
        if (node instanceof Long number) {
            return number;
        }
        throw unexpected("an integer of 64 bits");
    }

    /** A number; infinities and NaN come as strings. */
    public double real() throws ModelFormatException {
        if (node instanceof Number number) {
            return number.doubleValue();
        }
        return switch (node instanceof String text ? text : "") {
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            case "NaN" -> Double.NaN;
            default -> throw unexpected("a number, \"Infinity\", \"-Infinity\" or \"NaN\"");
        };
    }

    public boolean bool() throws ModelFormatException {
        if (node instanceof Boolean bool) {
            return bool;
        }
        throw unexpected("true or false");
    }

    /** Whether both say the same, wherever they stand. */
    public boolean says(JsonValue other) {
        return Objects.equals(node, other.node);
    }

    /** What is there, for people. */
    public String describe() {
        if (node instanceof Map<?, ?> object) {
            return shorten("an object with the fields " + object.keySet());
        }
        if (node instanceof List<?> list) {
            return "a list of " + list.size();
        }
        return node instanceof String text ? "\"" + shorten(text) + "\"" : shorten(String.valueOf(node));
    }

    private Map<?, ?> object(String expected) throws ModelFormatException {
        if (node instanceof Map<?, ?> object) {
            return object;
        }
        throw unexpected(expected);
    }

    /** That this value is not what was expected. */
    public ModelFormatException unexpected(String expected) {
        return refuse(describe(), expected);
    }

    /** That something about this value is wrong. */
    public ModelFormatException refuse(String found, String expected) {
        return refuse(found, expected, UNREADABLE);
    }

    /** That something about this value is wrong, and what to do. */
    public ModelFormatException refuse(String found, String expected, String action) {
        return new ModelFormatException(file, place(), found, expected, action);
    }

    private static String shorten(String text) {
        String printable = text.replaceAll("\\p{Cntrl}", "?");
        return printable.length() <= MAX_SHOWN_CHARS ? printable : printable.substring(0, MAX_SHOWN_CHARS) + "...";
    }

    @Override
    public String toString() {
        return place() + ": " + describe();
    }
}
