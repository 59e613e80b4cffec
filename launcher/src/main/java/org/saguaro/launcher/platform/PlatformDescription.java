// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A board or machine as a file: a JSON object with {@code description}, {@code requires} and {@code configurations}, which maps the PID of a
 * component to its properties. An accelerator that needs to be told where its device is runs only where the description tells
 * it, so no code asks which board this is.
 *
 * @param description for people
 * @param requires types of processing element that the platform is nothing without: commands wait for them, and fail without
 * @param configurations properties by PID; strings, booleans, longs, doubles and arrays of strings
 */
record PlatformDescription(String description, List<String> requires, Map<String, Map<String, Object>> configurations) {

    /** Nothing is said. */
    static final PlatformDescription EMPTY = new PlatformDescription("", List.of(), Map.of());

    private static final Set<String> NAMES = Set.of("description", "requires", "configurations");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What names in strings stand for. */
    @FunctionalInterface
    interface Variables {
        /** The value, or null if there is none of that name. */
        @Nullable
        String get(String name);
    }

    /** The file is not what it should be. The message names it and the place. */
    static final class FormatException extends Exception {
        private static final long serialVersionUID = 1L;

        FormatException(String message) {
            super(message);
        }
    }

    /**
     * Reads a description.
     *
     * @param variables what <code>${name}</code> in a string stands for
     */
    static PlatformDescription read(Path file, Variables variables) throws IOException, FormatException {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new FormatException(file + ": found no JSON (" + e.getOriginalMessage() + " in line "
                    + e.getLocation().getLineNr() + "), expected an object");
        }
        for (Iterator<String> names = root.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!NAMES.contains(name)) {
                throw new FormatException(
                        file + ": found '" + name + "', expected description, requires and configurations");
            }
        }
        JsonNode configurations = root.path("configurations");
        if (!configurations.isObject()) {
            throw new FormatException(file + ": found no object configurations, expected one");
        }
        Map<String, Map<String, Object>> byPid = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> configuration : configurations.properties()) {
            byPid.put(
                    configuration.getKey(),
                    properties(file, configuration.getKey(), configuration.getValue(), variables));
        }
        return new PlatformDescription(root.path("description").asText(), requires(file, root.path("requires")), byPid);
    }

    private static List<String> requires(Path file, JsonNode node) throws FormatException {
        List<String> types = new ArrayList<>();
        for (JsonNode element : node) {
            if (!element.isTextual()) {
                throw new FormatException(
                        file + ": requires: found " + element + ", expected a type of processing element as a string");
            }
            types.add(element.textValue());
        }
        if (!node.isMissingNode() && !node.isArray()) {
            throw new FormatException(
                    file + ": requires: found " + node + ", expected an array of types of processing elements");
        }
        return types;
    }

    private static Map<String, Object> properties(Path file, String pid, JsonNode node, Variables variables)
            throws FormatException {
        if (!node.isObject()) {
            throw new FormatException(file + ": configurations." + pid + ": expected an object");
        }
        Map<String, Object> properties = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            String place = file + ": configurations." + pid + "." + property.getKey();
            properties.put(property.getKey(), value(place, property.getValue(), variables));
        }
        return properties;
    }

    private static Object value(String place, JsonNode node, Variables variables) throws FormatException {
        if (node.isTextual()) {
            return substitute(place, node.textValue(), variables);
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            return node.longValue();
        }
        if (node.isFloatingPointNumber()) {
            return node.doubleValue();
        }
        if (node.isArray()) {
            List<String> elements = new ArrayList<>();
            for (JsonNode element : node) {
                if (!element.isTextual()) {
                    throw new FormatException(place + ": found " + element + ", expected an array of strings");
                }
                elements.add(substitute(place, element.textValue(), variables));
            }
            return elements.toArray(String[]::new);
        }
        throw new FormatException(
                place + ": found " + node + ", expected a string, a number, a boolean or an array of strings");
    }

    private static String substitute(String place, String text, Variables variables) throws FormatException {
        StringBuilder result = new StringBuilder();
        int at = 0;
        for (int start = text.indexOf("${"); start >= 0; start = text.indexOf("${", at)) {
            int end = text.indexOf('}', start);
            String value = end < 0 ? null : variables.get(text.substring(start + 2, end));
            if (value == null) {
                throw new FormatException(place + ": found '" + text.substring(start)
                        + "', expected ${saguaro.home}, ${saguaro.state} or another framework property");
            }
            result.append(text, at, start).append(value);
            at = end + 1;
        }
        return result.append(text.substring(at)).toString();
    }
}
