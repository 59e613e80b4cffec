// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The published schema and the reader refuse the same; the manifests that we ship are good and fit the device. */
class OverlaySchemaTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ROOT = projectRoot();
    private static final JsonSchema SCHEMA = schema();

    /** What a schema cannot say. */
    private static final String MEANING = "a second time";

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1",
            "1000.5",
            "1e13",
            "\"\"",
            "\" \"",
            "\"a b\"",
            "\"-a\"",
            "\"conv0\"",
            "\"Conv0\"",
            "\"/a\"",
            "\"a/\"",
            "\"zip\"",
            "\"a\\nb\"",
            "\"0xa0000000\"",
            "\"0xA0000000\"",
            "\"0xa0000004\"",
            "\"0x100000000000\"",
            "\"a234567890123456789012345678901\"",
            "\"a2345678901234567890123456789012\"",
            "\"a23456789012345678901234567890123\"",
            "[]",
            "{}",
            "[{\"name\": \"a\", \"kind\": \"fft\", \"address\": \"0x1000\"}]");

    private static Path projectRoot() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("cnf"))) {
                return folder;
            }
        }
        throw new IllegalStateException("the project's root is above the working directory");
    }

    private static JsonSchema schema() {
        try {
            return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                    .getSchema(Files.readString(ROOT.resolve("docs").resolve("overlay.schema.json")));
        } catch (IOException e) {
            throw new IllegalStateException("docs/overlay.schema.json can be read", e);
        }
    }

    private static List<Path> manifests() throws IOException {
        try (var files = Files.list(ROOT.resolve("accel.zynq").resolve("overlays"))) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void acceptsEverythingAndWhatIsShipped() throws Exception {
        assertThat(SCHEMA.validate(JSON.readTree(OverlayFileTest.EVERYTHING))).isEmpty();
        assertThat(manifests()).hasSizeGreaterThanOrEqualTo(3);
        for (Path manifest : manifests()) {
            assertThat(SCHEMA.validate(JSON.readTree(manifest.toFile())))
                    .as(manifest.toString())
                    .isEmpty();
        }
    }

    @Test
    void refusesWhatTheReaderRefuses() throws Exception {
        int refused = 0;
        List<JsonNode> damaged = damaged();
        for (JsonNode root : damaged) {
            String said = "accepted";
            try {
                OverlayFile.parse(Path.of("test"), root.toString());
            } catch (DeviceException e) {
                said = String.valueOf(e.getMessage());
            }
            if (!said.contains(MEANING)) {
                boolean bySchema = !SCHEMA.validate(root).isEmpty();
                refused += bySchema ? 1 : 0;
                assertThat(!said.equals("accepted"))
                        .as("the schema says %s, the reader %s, of%n%s", SCHEMA.validate(root), said, root)
                        .isEqualTo(bySchema);
            }
        }
        assertThat(refused).isBetween(damaged.size() / 3, damaged.size() - 20);
    }

    /** Every member and element replaced by every value, removed, and renamed. */
    private static List<JsonNode> damaged() throws IOException {
        List<JsonNode> trees = new ArrayList<>();
        List<JsonPointer> places = new ArrayList<>();
        collect(JSON.readTree(OverlayFileTest.EVERYTHING), JsonPointer.empty(), places);
        for (JsonPointer place : places) {
            for (String value : VALUES) {
                JsonNode root = JSON.readTree(OverlayFileTest.EVERYTHING);
                set(root, place, JSON.readTree(value));
                trees.add(root);
            }
            JsonNode without = JSON.readTree(OverlayFileTest.EVERYTHING);
            JsonNode removed = without.at(place);
            remove(without, place);
            trees.add(without.deepCopy());
            if (without.at(place.head()) instanceof ObjectNode object) {
                object.set("other", removed);
                trees.add(without);
            }
        }
        return trees;
    }

    private static void collect(JsonNode node, JsonPointer at, List<JsonPointer> into) {
        node.properties().forEach(member -> {
            JsonPointer place = at.appendProperty(member.getKey());
            into.add(place);
            collect(member.getValue(), place, into);
        });
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            into.add(at.appendIndex(i));
            collect(node.get(i), at.appendIndex(i), into);
        }
    }

    private static void set(JsonNode root, JsonPointer place, JsonNode value) {
        JsonNode parent = root.at(place.head());
        if (parent instanceof ArrayNode array) {
            array.set(place.last().getMatchingIndex(), value);
        } else {
            ((ObjectNode) parent).set(place.last().getMatchingProperty(), value);
        }
    }

    private static void remove(JsonNode root, JsonPointer place) {
        JsonNode parent = root.at(place.head());
        if (parent instanceof ArrayNode array) {
            array.remove(place.last().getMatchingIndex());
        } else {
            ((ObjectNode) parent).remove(place.last().getMatchingProperty());
        }
    }

    /** What manifests claim is the sum of what {@code rtl/resources.md} counts, and less than there is. */
    @Test
    void shippedOverlaysFitTheDevice() throws Exception {
        String resources = Files.readString(ROOT.resolve("accel.zynq/rtl/resources.md"));
        long[] device = row(resources, "\\| ZU9EG has \\|");
        for (Path manifest : manifests()) {
            Overlay overlay = OverlayFile.read(manifest);
            long[] sum = new long[device.length];
            for (Overlay.EngineDescription engine : overlay.engines()) {
                long[] one = row(resources, "\\| " + engine.kind().wireName() + "_engine(?:, 64 lanes)? \\|");
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += one[i];
                    assertThat(sum[i]).as("column %d of %s", i, manifest).isLessThan(device[i]);
                }
            }
            assertThat(overlay.description())
                    .contains(sum[0] + " LUT", sum[1] + " FF", sum[2] + " DSP", sum[3] + " BRAM36");
        }
    }

    private static long[] row(String text, String start) {
        Matcher row = Pattern.compile(start + "(.*)\\|").matcher(text);
        assertThat(row.find()).as("a row %s in resources.md", start).isTrue();
        return Pattern.compile("\\|")
                .splitAsStream(row.group(1))
                .map(cell -> cell.replaceAll("\\(.*\\)|[, ]", ""))
                .mapToLong(Long::parseLong)
                .toArray();
    }

    /** A static device tree serves all of them only if a name means the same place everywhere. */
    @Test
    void anEngineHasTheSameAddressInAllOverlays() throws Exception {
        List<String> places = new ArrayList<>();
        for (Path manifest : manifests()) {
            OverlayFile.read(manifest).engines().stream()
                    .map(engine -> engine.name() + " at " + Long.toHexString(engine.address()))
                    .forEach(places::add);
        }
        long names = places.stream()
                .map(place -> place.substring(0, place.indexOf(' ')))
                .distinct()
                .count();
        assertThat(places.stream().distinct()).hasSize((int) names);
    }
}
