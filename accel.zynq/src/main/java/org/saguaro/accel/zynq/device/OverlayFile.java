// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.accel.zynq.device.Overlay.EngineDescription;
import org.saguaro.accel.zynq.device.Overlay.EngineKind;

/**
 * Reads overlays' manifests: JSON as {@code docs/overlay.schema.json} says. What a schema cannot say is refused as well: names and addresses
 * that occur twice. Messages name the file, the place in it, what was found and what was expected.
 */
public final class OverlayFile {

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private static final List<String> MEMBERS = List.of(
            "$schema",
            "name",
            "description",
            "clockMhz",
            "clockAssumed",
            "bitstream",
            "deviceTree",
            "loadMillis",
            "engines");
    private static final List<String> ENGINE_MEMBERS = List.of("name", "kind", "address");

    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    private static final String NAME_WORDS = "lower-case letters, digits and -, beginning with a letter";
    private static final Pattern ENGINE_NAME = Pattern.compile("[a-z][a-z0-9]{0,15}");
    private static final String ENGINE_NAME_WORDS = "lower-case letters and digits, beginning with a letter";
    private static final Pattern FILE = Pattern.compile("[^/\\s]([^\\n]*[^/\\s])?");
    private static final Pattern ADDRESS = Pattern.compile("0x[0-9a-f]{1,7}000");
    private static final double LEAST_MHZ = 1;
    private static final double MOST_MHZ = 1000;
    private static final double MOST_MILLIS = 600_000;
    private static final int MOST_ENGINES = 64;
    private static final int MAX_SHOWN = 60;

    private final String origin;
    private final Path file;

    private OverlayFile(Path file) {
        this.origin = file.toString();
        this.file = file;
    }

    /**
     * Reads one manifest; {@code bitstream} and {@code deviceTree} are relative to its folder.
     *
     * @throws DeviceException if it cannot be read, or is not as it should be
     */
    public static Overlay read(Path file) throws DeviceException {
        try {
            return parse(file, Files.readString(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new DeviceException(file + ": cannot be read (" + e + "), expected an overlay's manifest", e);
        }
    }

    /**
     * Reads manifests.
     *
     * @param filesOrFolders of a folder all {@code *.json}, by name
     * @throws DeviceException as {@link #read}; also if there is none, or two have the same name
     */
    public static List<Overlay> readAll(List<Path> filesOrFolders) throws DeviceException {
        Map<String, Path> origins = new HashMap<>();
        List<Overlay> overlays = new ArrayList<>();
        for (Path file : manifests(filesOrFolders)) {
            Overlay overlay = read(file);
            Path other = origins.put(overlay.name(), file);
            if (other != null) {
                throw new DeviceException(file + ": name: found '" + overlay.name() + "', which " + other
                        + " has already; expected another name");
            }
            overlays.add(overlay);
        }
        if (overlays.isEmpty()) {
            throw new DeviceException(
                    "found no overlay manifest (*.json) in " + filesOrFolders + ", expected one at least");
        }
        return overlays;
    }

    private static List<Path> manifests(List<Path> filesOrFolders) throws DeviceException {
        List<Path> manifests = new ArrayList<>();
        for (Path path : filesOrFolders) {
            if (!Files.isDirectory(path)) {
                manifests.add(path);
                continue;
            }
            try (Stream<Path> files = Files.list(path)) {
                files.filter(file -> file.toString().endsWith(".json")).sorted().forEach(manifests::add);
            } catch (IOException e) {
                throw new DeviceException(path + ": cannot be listed (" + e + ")", e);
            }
        }
        return manifests;
    }

    /** @param file where the text is from */
    static Overlay parse(Path file, String text) throws DeviceException {
        try {
            return new OverlayFile(file).overlay(JSON.readTree(text));
        } catch (JsonProcessingException e) {
            String at = e.getLocation() == null
                    ? ""
                    : " in line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr();
            throw new DeviceException(
                    file + ": found no valid JSON" + at + " (" + shown(e.getOriginalMessage())
                            + "), expected an object",
                    e);
        }
    }

    private Overlay overlay(JsonNode root) throws DeviceException {
        members("", root, MEMBERS);
        if (root.has("$schema")) {
            text("$schema", root, Pattern.compile(".*", Pattern.DOTALL), "a text");
        }
        return new Overlay(
                text("name", root, NAME, NAME_WORDS),
                root.has("description")
                        ? text("description", root, Pattern.compile(".*", Pattern.DOTALL), "a text")
                        : "",
                Math.round(number("clockMhz", root, LEAST_MHZ, MOST_MHZ) * 1e6),
                clockAssumed(root),
                file("bitstream", root),
                file("deviceTree", root),
                Math.round(number("loadMillis", root, 0, MOST_MILLIS) * 1e6),
                engines(root));
    }

    /** Unless somebody has seen the timing report, a clock is a wish. */
    private boolean clockAssumed(JsonNode root) throws DeviceException {
        JsonNode value = root.get("clockAssumed");
        if (value != null && !value.isBoolean()) {
            throw wrong("clockAssumed", value, "true or false");
        }
        return value == null || value.booleanValue();
    }

    private @Nullable Path file(String name, JsonNode root) throws DeviceException {
        return root.has(name)
                ? file.resolveSibling(text(name, root, FILE, "a file, relative to this one's folder"))
                : null;
    }

    private List<EngineDescription> engines(JsonNode root) throws DeviceException {
        JsonNode value = required("engines", "engines", root);
        if (!value.isArray() || value.isEmpty() || value.size() > MOST_ENGINES) {
            throw wrong("engines", value, "an array of 1 to " + MOST_ENGINES + " engines");
        }
        List<EngineDescription> engines = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Set<Long> addresses = new HashSet<>();
        for (int i = 0; i < value.size(); i++) {
            EngineDescription engine = engine("engines[" + i + "]", value.get(i));
            if (!names.add(engine.name())) {
                throw new DeviceException(origin + ": engines[" + i + "].name: found '" + engine.name()
                        + "' a second time, expected another name");
            }
            if (!addresses.add(engine.address())) {
                throw new DeviceException(origin + ": engines[" + i + "].address: found 0x"
                        + Long.toHexString(engine.address()) + " a second time, expected another address");
            }
            engines.add(engine);
        }
        return engines;
    }

    private EngineDescription engine(String place, JsonNode node) throws DeviceException {
        members(place, node, ENGINE_MEMBERS);
        String address = text(
                place + ".address",
                node,
                ADDRESS,
                "0x and lower-case hexadecimal digits, a multiple of 0x1000 below 2^40");
        return new EngineDescription(
                text(place + ".name", node, ENGINE_NAME, ENGINE_NAME_WORDS),
                kind(place + ".kind", node),
                Long.parseLong(address.substring(2), 16));
    }

    private EngineKind kind(String place, JsonNode node) throws DeviceException {
        JsonNode value = required("kind", place, node);
        for (EngineKind kind : EngineKind.values()) {
            if (value.isTextual() && value.textValue().equals(kind.wireName())) {
                return kind;
            }
        }
        throw wrong(
                place,
                value,
                "one of "
                        + Arrays.stream(EngineKind.values())
                                .map(EngineKind::wireName)
                                .collect(Collectors.joining(", ")));
    }

    // --- members ---

    private void members(String place, JsonNode node, List<String> expected) throws DeviceException {
        if (!node.isObject()) {
            throw wrong(place, node, "an object");
        }
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!expected.contains(name)) {
                throw new DeviceException(placed(place) + "found '" + shown(name) + "', expected no others than "
                        + String.join(", ", expected));
            }
        }
    }

    private String text(String place, JsonNode parent, Pattern pattern, String expected) throws DeviceException {
        JsonNode value = required(place.substring(place.lastIndexOf('.') + 1), place, parent);
        if (!value.isTextual() || !pattern.matcher(value.textValue()).matches()) {
            throw wrong(place, value, expected);
        }
        return value.textValue();
    }

    private double number(String name, JsonNode parent, double least, double most) throws DeviceException {
        JsonNode value = required(name, name, parent);
        if (!value.isNumber() || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
            throw wrong(name, value, "a number from " + (long) least + " to " + (long) most);
        }
        return value.doubleValue();
    }

    private JsonNode required(String name, String place, JsonNode parent) throws DeviceException {
        JsonNode value = parent.get(name);
        if (value == null) {
            throw new DeviceException(placed(place) + "found none, expected one");
        }
        return value;
    }

    private DeviceException wrong(String place, JsonNode found, String expected) {
        return new DeviceException(placed(place) + "found " + shown(found.toString()) + ", expected " + expected);
    }

    private String placed(String place) {
        return origin + ": " + (place.isEmpty() ? "" : place + ": ");
    }

    private static String shown(String text) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= MAX_SHOWN ? line : line.substring(0, MAX_SHOWN) + "...";
    }
}
