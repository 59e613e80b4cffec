// SPDX-License-Identifier: Apache-2.0
package org.saguaro.model.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.saguaro.model.api.LayerGraph;
import org.saguaro.model.api.ModelFormatException;
import org.saguaro.model.api.Weight;
import org.saguaro.model.torch.zip.StoredZip;
import org.saguaro.model.torch.zip.ZipBytes;

/**
 * Thousands of damaged archives. Each must be refused with a message that names the file, or, where the damage is
 * harmless, be read; never another exception, never a hang, never an allocation out of proportion.
 */
class DamagedArchiveTest {

    private static final Duration GENEROUS = Duration.ofMinutes(4);

    /** Far above what reading such small archives takes, far below what a lying header asks for. */
    private static final long MAX_ALLOCATED_BYTES = 32 << 20;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    @TempDir
    private Path folder;

    private final ExportedProgramReader reader = new ExportedProgramReader();
    private int refused;
    private int read;

    @ParameterizedTest
    @ValueSource(strings = {"tied", "cond"})
    void truncated(String name) throws Exception {
        byte[] whole = fixture(name);
        examine(() -> {
            for (int length = 0; length < whole.length; length += length < whole.length - 300 ? 61 : 1) {
                read(Arrays.copyOf(whole, length), name + " cut to " + length + " bytes");
            }
        });
        assertThat(read).as("archives read though they end too early").isZero();
        assertThat(refused).isGreaterThan(300);
    }

    @Test
    void bitsFlippedInZipHeaders() throws Exception {
        byte[] whole = new ArchiveBuilder().zip().build();
        int directory = directoryOffset(whole);
        examine(() -> {
            for (int at = directory; at < whole.length; at++) {
                flip(whole, at, 0);
                flip(whole, at, 7);
            }
            for (int header = 0; header < directory; header = nextLocalHeader(whole, header + 1, directory)) {
                for (int at = header; at < header + 30; at++) {
                    flip(whole, at, 0);
                    flip(whole, at, 6);
                }
            }
        });
        assertThat(refused).isGreaterThan(500);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lists", "dtypes"})
    void bytesOverwrittenAnywhere(String name) throws Exception {
        byte[] whole = fixture(name);
        Random random = new Random(11);
        examine(() -> {
            for (int i = 0; i < 400; i++) {
                byte[] damaged = whole.clone();
                for (int n = 1 + random.nextInt(8); n > 0; n--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
                read(damaged, name + ", random damage " + i);
            }
        });
        assertThat(refused).isGreaterThan(100);
    }

    /** The archive is whole, its checksum right, but the document is not. */
    @Test
    void documentOverwrittenAnywhere() throws Exception {
        ArchiveBuilder archive = new ArchiveBuilder();
        byte[] document = archive.program.toString().getBytes(StandardCharsets.UTF_8);
        Random random = new Random(23);
        examine(() -> {
            for (int i = 0; i < 1_000; i++) {
                byte[] damaged = document.clone();
                for (int n = 1 + random.nextInt(3); n > 0; n--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(128);
                }
                read(
                        archive.zip()
                                .put(ArchiveBuilder.ROOT + "models/model.json", damaged)
                                .build(),
                        "damage " + i);
            }
        });
        assertThat(refused).isGreaterThan(700);
    }

    @Test
    void everyFieldOfTheGraphRemovedOrRetyped() throws Exception {
        examine(() -> damageEveryField(
                () -> {
                    ArchiveBuilder archive = new ArchiveBuilder();
                    return new Document(archive, archive.program);
                },
                replacements()));
        assertThat(refused).isGreaterThan(500);
    }

    @Test
    void everyFieldOfTheWeightsRemovedOrRetyped() throws Exception {
        examine(() -> damageEveryField(
                () -> {
                    ArchiveBuilder archive = new ArchiveBuilder();
                    return new Document(archive, archive.weights);
                },
                replacements()));
        assertThat(refused).isGreaterThan(100);
    }

    /** Real graphs with most kinds of argument, and with graphs inside: one damage for each of their fields. */
    @ParameterizedTest
    @ValueSource(strings = {"lists", "cond_sharing", "while_loop", "map", "sizes", "state_returned"})
    void fieldsOfARealGraphRemovedOrRetyped(String name) throws Exception {
        Path file = file(name);
        String entryName;
        ZipBytes zip = new ZipBytes();
        JsonNode program;
        try (StoredZip archive = StoredZip.open(file)) {
            for (StoredZip.Entry entry : archive.entries()) {
                zip.put(entry.name(), archive.read(entry, 1 << 20));
            }
            entryName = archive.entries().stream()
                    .map(StoredZip.Entry::name)
                    .filter(entry -> entry.endsWith("/models/model.json"))
                    .findFirst()
                    .orElseThrow();
            program = JsonMapper.builder()
                    .build()
                    .readTree(archive.read(Objects.requireNonNull(archive.entry(entryName)), 1 << 20));
        }
        Random random = new Random(5);
        List<JsonNode> replacements = replacements();
        List<JsonPointer> pointers = pointers(program);
        examine(() -> {
            for (JsonPointer pointer : pointers) {
                JsonNode damaged = program.deepCopy();
                JsonNode replacement = replacements.get(random.nextInt(replacements.size()));
                damage(damaged, pointer, replacement);
                zip.put(entryName, damaged.toString().getBytes(StandardCharsets.UTF_8));
                read(zip.build(), pointer + " = " + replacement);
            }
        });
        assertThat(refused).isGreaterThan(pointers.size() / 4);
    }

    /** The layout of torch 2.5 to 2.7, with an archive inside the archive. */
    @Test
    void flatArchivesOverwrittenAnywhere() throws Exception {
        byte[] state = Objects.requireNonNull(DamagedArchiveTest.class.getResourceAsStream("pickle/state_dict.pt"))
                .readAllBytes();
        byte[] whole = new ZipBytes()
                .put("serialized_exported_program.json", ArchiveBuilder.bytes(new ArchiveBuilder().program.toString()))
                .put("serialized_state_dict.pt", state)
                .put("serialized_constants.pt", new byte[0])
                .build();
        Random random = new Random(29);
        examine(() -> {
            for (int i = 0; i < 1_000; i++) {
                byte[] damaged = whole.clone();
                for (int n = 1 + random.nextInt(8); n > 0; n--) {
                    damaged[whole.length - 1 - random.nextInt(state.length + 400)] = (byte) random.nextInt(256);
                }
                read(damaged, "random damage " + i);
            }
        });
        assertThat(refused).isGreaterThan(300);
    }

    @Test
    void sizesStridesAndOffsetsThatLie() throws Exception {
        long[] lies = {-1, 7, 1_000_000, Integer.MAX_VALUE, 1L << 33, 1L << 61, Long.MAX_VALUE, Long.MIN_VALUE};
        List<String> places = List.of(
                "/tensor_meta/sizes/0/as_int",
                "/tensor_meta/sizes/1/as_int",
                "/tensor_meta/strides/0/as_int",
                "/tensor_meta/strides/1/as_int",
                "/tensor_meta/storage_offset/as_int");
        examine(() -> {
            for (String place : places) {
                for (long lie : lies) {
                    ArchiveBuilder archive = new ArchiveBuilder();
                    damage(archive.weight(), JsonPointer.compile(place), JSON.numberNode(lie));
                    read(archive.zip().build(), place + " = " + lie);
                    // The graph may tell the same lie.
                    damage(
                            archive.program.at("/graph_module/graph/tensor_values/p_w"),
                            JsonPointer.compile(place.substring("/tensor_meta".length())),
                            JSON.numberNode(lie));
                    read(archive.zip().build(), place + " = " + lie + ", also in the graph");
                }
            }
        });
        assertThat(read)
                .as("weights read though they reach outside their entry")
                .isZero();
        assertThat(refused).isEqualTo(2 * lies.length * places.size());
    }

    /** Strides of zero let a few bytes look like any number of elements. */
    @Test
    void expandedSizesThatLie() throws Exception {
        ArchiveBuilder archive = new ArchiveBuilder();
        for (String place : List.of("/tensor_meta/strides/0/as_int", "/tensor_meta/strides/1/as_int")) {
            damage(archive.weight(), JsonPointer.compile(place), JSON.numberNode(0));
        }
        for (JsonNode meta : List.of(
                archive.weight().get("tensor_meta"), archive.program.at("/graph_module/graph/tensor_values/p_w"))) {
            damage(meta, JsonPointer.compile("/sizes/0/as_int"), JSON.numberNode(1L << 40));
        }
        examine(() -> read(archive.zip().build(), "an expanded weight of 2^40 rows"));
        assertThat(refused).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tied", "dtypes"})
    void entriesMissingEmptyOrShort(String name) throws Exception {
        List<String> names = new ArrayList<>();
        try (StoredZip archive = StoredZip.open(file(name))) {
            archive.entries().forEach(entry -> names.add(entry.name()));
        }
        examine(() -> {
            for (String damaged : names) {
                for (int keptPercent : new int[] {-1, 0, 50, 99}) {
                    ZipBytes zip = new ZipBytes();
                    try (StoredZip archive = StoredZip.open(file(name))) {
                        for (StoredZip.Entry entry : archive.entries()) {
                            byte[] contents = archive.read(entry, 1 << 20);
                            if (!entry.name().equals(damaged)) {
                                zip.put(entry.name(), contents);
                            } else if (keptPercent >= 0) {
                                zip.put(entry.name(), Arrays.copyOf(contents, contents.length * keptPercent / 100));
                            }
                        }
                    }
                    read(zip.build(), damaged + " cut to " + keptPercent + " %");
                }
            }
        });
        assertThat(refused).isGreaterThan(20);
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void examine(Work work) {
        assertTimeoutPreemptively(GENEROUS, work::run);
    }

    private void read(byte[] archive, String damage) throws IOException {
        Path file = Files.write(folder.resolve("damaged.pt2"), archive);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        try {
            LayerGraph graph = reader.read(file);
            graph.weights().forEach(DamagedArchiveTest::touch);
            read++;
        } catch (ModelFormatException e) {
            refused++;
            assertThat(e.getMessage())
                    .as(damage)
                    .contains(file.toString(), e.place(), e.found(), e.expected(), e.action())
                    .hasSizeLessThan(2_000);
            assertThat(List.of(e.place(), e.found(), e.expected(), e.action()))
                    .as(damage)
                    .noneMatch(String::isBlank);
        } catch (RuntimeException | IOException e) {
            fail(damage + ": expected a ModelFormatException, found " + e, e);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - allocatedBefore)
                .as("bytes allocated for %s", damage)
                .isLessThan(MAX_ALLOCATED_BYTES);
    }

    /** Reads the first and last byte, so that a view outside the file would be noticed. */
    private static void touch(Weight weight) {
        var bytes = weight.data().bytes();
        if (bytes.hasRemaining()) {
            assertThat(bytes.get(0) + bytes.get(bytes.limit() - 1)).isBetween(-256, 254);
        }
    }

    private record Document(ArchiveBuilder archive, ObjectNode root) {}

    private interface DocumentSource {
        Document make();
    }

    private void damageEveryField(DocumentSource source, List<JsonNode> replacements) throws IOException {
        for (JsonPointer pointer : pointers(source.make().root())) {
            for (JsonNode replacement : replacements) {
                Document document = source.make();
                damage(document.root(), pointer, replacement);
                read(document.archive().zip().build(), pointer + " = " + replacement);
            }
        }
    }

    /** A missing node stands for: removed. */
    private static List<JsonNode> replacements() {
        return List.of(
                MissingNode.getInstance(),
                JSON.nullNode(),
                JSON.textNode("x"),
                JSON.numberNode(-1),
                JSON.numberNode(1L << 62),
                JSON.numberNode(1e300),
                JSON.booleanNode(true),
                JSON.objectNode(),
                JSON.arrayNode());
    }

    private static List<JsonPointer> pointers(JsonNode root) {
        List<JsonPointer> pointers = new ArrayList<>();
        collect(root, JsonPointer.empty(), pointers::add);
        return pointers;
    }

    private static void collect(JsonNode node, JsonPointer at, Consumer<JsonPointer> found) {
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> {
                JsonPointer child = at.appendProperty(field.getKey());
                found.accept(child);
                collect(field.getValue(), child, found);
            });
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                found.accept(at.appendIndex(i));
                collect(array.get(i), at.appendIndex(i), found);
            }
        }
    }

    private static void damage(JsonNode root, JsonPointer pointer, JsonNode replacement) {
        JsonNode parent = root.at(pointer.head());
        JsonPointer last = pointer.last();
        if (parent instanceof ArrayNode array) {
            if (replacement.isMissingNode()) {
                array.remove(last.getMatchingIndex());
            } else {
                array.set(last.getMatchingIndex(), replacement);
            }
        } else if (replacement.isMissingNode()) {
            ((ObjectNode) parent).remove(last.getMatchingProperty());
        } else {
            ((ObjectNode) parent).set(last.getMatchingProperty(), replacement);
        }
    }

    private void flip(byte[] whole, int at, int bit) throws IOException {
        byte[] damaged = whole.clone();
        damaged[at] ^= (byte) (1 << bit);
        read(damaged, "bit " + bit + " of byte " + at + " flipped");
    }

    private static int nextLocalHeader(byte[] whole, int from, int end) {
        for (int at = from; at < end - 4; at++) {
            if (whole[at] == 'P' && whole[at + 1] == 'K' && whole[at + 2] == 3 && whole[at + 3] == 4) {
                return at;
            }
        }
        return end;
    }

    private static int directoryOffset(byte[] whole) {
        for (int at = 0; at < whole.length - 4; at++) {
            if (whole[at] == 'P' && whole[at + 1] == 'K' && whole[at + 2] == 1 && whole[at + 3] == 2) {
                return at;
            }
        }
        throw new AssertionError("no zip directory");
    }

    private static byte[] fixture(String name) throws IOException, URISyntaxException {
        return Files.readAllBytes(file(name));
    }

    private static Path file(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DamagedArchiveTest.class.getResource("fixtures/" + name + ".pt2"))
                .toURI());
    }
}
