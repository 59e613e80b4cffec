// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.saguaro.model.api.ModelFormatException;

/**
 * A value in a JSON document of a model file, and where it stands. Asking it for what it is not gives a
 * {@link ModelFormatException} that names the place, what is there and what was expected.
 *
 * <p>Immutable.
 */
public final class JsonValue {

    private static final int MAX_DEPTH = 500;
    private static final int MAX_SHOWN_CHARS = 60;
    private static final String UNREADABLE =
            "the file is damaged, or written by a torch this version does not know: export it again with torch >= 2.9";

    private static final ObjectReader READER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .reader();

    private final Path file;
    private final @Nullable JsonValue parent;
    private final String step;
    private final JsonNode node;

    private JsonValue(Path file, @Nullable JsonValue parent, String step, JsonNode node) {
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
            JsonNode node = READER.readTree(document);
            if (node.isMissingNode()) {
                throw new ModelFormatException(file, place, "an empty document", "JSON", UNREADABLE);
            }
            return new JsonValue(file, null, place, node);
        } catch (JsonProcessingException e) {
            String where = e.getLocation() == null
                    ? place
                    : place + ", line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new ModelFormatException(file, where, shorten(e.getOriginalMessage()), "JSON", UNREADABLE, e);
        }
    }

    /** The same value, called otherwise in errors: {@code node conv2d_3 (aten.conv2d.default)}. */
    public JsonValue named(String place) {
        return new JsonValue(file, null, place, node);
    }

    /** Where it stands. */
    public String place() {
        return parent == null ? step : parent.place() + step;
    }

    /** A field of an object; neither absent nor null. */
    public JsonValue field(String name) throws ModelFormatException {
        JsonValue value = optional(name);
        if (value == null) {
            throw refuse(describe() + (node.has(name) ? " in which " + name + " is null" : ""), "a field " + name);
        }
        return value;
    }

    /** A field of an object, or null where it is absent or null. */
    public @Nullable JsonValue optional(String name) throws ModelFormatException {
        if (!node.isObject()) {
            throw unexpected("an object with a field " + name);
        }
        JsonNode child = node.get(name);
        return child == null || child.isNull() ? null : new JsonValue(file, this, "." + name, child);
    }

    /** The fields of an object in their order. */
    public Map<String, JsonValue> fields() throws ModelFormatException {
        if (!node.isObject()) {
            throw unexpected("an object");
        }
        Map<String, JsonValue> fields = new LinkedHashMap<>();
        node.properties()
                .forEach(field -> fields.put(
                        field.getKey(),
                        new JsonValue(file, this, "[" + shorten(field.getKey()) + "]", field.getValue())));
        return fields;
    }

    /** The one field of an object that says by its name what it holds. */
    public Map.Entry<String, JsonValue> variant() throws ModelFormatException {
        if (!node.isObject() || node.size() != 1) {
            throw unexpected("an object with exactly one field");
        }
        Map.Entry<String, JsonNode> field = node.properties().iterator().next();
        return Map.entry(field.getKey(), new JsonValue(file, this, "." + shorten(field.getKey()), field.getValue()));
    }

    /** The elements of a list. */
    public List<JsonValue> elements() throws ModelFormatException {
        if (!node.isArray()) {
            throw unexpected("a list");
        }
        List<JsonValue> elements = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            elements.add(new JsonValue(file, this, "[" + i + "]", node.get(i)));
        }
        return elements;
    }

    public String text() throws ModelFormatException {
        if (!node.isTextual()) {
            throw unexpected("a string");
        }
        return node.textValue();
    }

    public long integer() throws ModelFormatException {
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw unexpected("an integer of 64 bits");
        }
        return node.longValue();
    }

    /** A number; infinities and NaN come as strings. */
    public double real() throws ModelFormatException {
        if (node.isNumber()) {
            return node.doubleValue();
        }
        return switch (node.isTextual() ? node.textValue() : "") {
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            case "NaN" -> Double.NaN;
            default -> throw unexpected("a number, \"Infinity\", \"-Infinity\" or \"NaN\"");
        };
    }

    public boolean bool() throws ModelFormatException {
        if (!node.isBoolean()) {
            throw unexpected("true or false");
        }
        return node.booleanValue();
    }

    /** What is there, for people. */
    public String describe() {
        JsonNodeType type = node.getNodeType();
        if (type == JsonNodeType.OBJECT) {
            List<String> names = new ArrayList<>();
            node.fieldNames().forEachRemaining(names::add);
            return shorten("an object with the fields " + names);
        }
        if (type == JsonNodeType.ARRAY) {
            return "a list of " + node.size();
        }
        return shorten(node.toString());
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
        return text.length() <= MAX_SHOWN_CHARS ? text : text.substring(0, MAX_SHOWN_CHARS) + "...";
    }

    @Override
    public String toString() {
        return place() + ": " + describe();
    }
}
