// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.saguaro.formats.text.Json;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** The folder of a sweep's results. Remembers what was asked, so that a sweep is not continued as another one. */
final class SweepFolder {

    /** Members of a sweep's file that change no point. */
    private static final List<String> HARMLESS = List.of("$schema", "description", "objective", "facets");
    /** Members of its constraints that change no point. */
    private static final List<String> HARMLESS_CONSTRAINTS = List.of("maxP99Millis", "maxMissShare");
    /** Differences that a message names. */
    private static final int NAMED = 5;

    private final Path folder;

    SweepFolder(Path folder) {
        this.folder = folder;
    }

    /** All rows. */
    Path results() {
        return folder.resolve("results.csv");
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    private Path memory() {
        return folder.resolve("sweep.json");
    }

    /** Where the page's pictures are. */
    Path plots() {
        return folder.resolve("plots");
    }

    /** Forgets what a sweep left behind; other files stay. */
    void clear() throws IOException {
        for (String name : List.of("results.csv", "sweep.json", "summary.txt", "summary.json", "index.html")) {
            Files.deleteIfExists(folder.resolve(name));
        }
        if (Files.isDirectory(plots())) {
            try (Stream<Path> files = Files.list(plots())) {
                for (Path file : files.toList()) {
                    String name = file.getFileName().toString();
                    if (name.endsWith(".svg") || name.endsWith(".png")) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    /**
     * Makes the folder, or makes sure that what is there is of this sweep.
     *
     * @throws SweepException if it is of another one; says what differs
     */
    void open(SweepPlan plan, List<ApplicationProfile> applications, Map<String, String> inputs)
            throws IOException, SweepException {
        Files.createDirectories(folder);
        ObjectNode asked = asked(plan, applications, inputs);
        if (Files.exists(memory())) {
            List<String> differences = new ArrayList<>();
            // Both from text, so that equal numbers are equal.
            compare("", Json.parse(Files.readAllBytes(memory())), Json.parse(Json.bytes(asked)), differences);
            if (!differences.isEmpty()) {
                int more = differences.size() - NAMED;
                throw new SweepException(folder + ": found the results of another sweep, expected those of this one: "
                        + String.join("; ", differences.subList(0, Math.min(NAMED, differences.size())))
                        + (more > 0 ? "; and " + more + " more" : "")
                        + "; begin anew with --restart, or choose another folder with -o");
            }
        } else if (Files.exists(results())) {
            throw new SweepException(
                    results()
                            + ": found rows, but no sweep.json that says of what; begin anew with --restart, or choose another folder with -o");
        }
        Path fresh = folder.resolve("sweep.json.new");
        Files.writeString(fresh, Json.text(asked) + "\n");
        Files.move(fresh, memory(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What the points depend on: the file, and digests of what it refers to. */
    private static ObjectNode asked(SweepPlan plan, List<ApplicationProfile> applications, Map<String, String> inputs) {
        ObjectNode asked = new ObjectMapper().createObjectNode();
        ObjectNode sweep = ((ObjectNode) plan.description().source()).deepCopy();
        sweep.remove(HARMLESS);
        if (sweep.get("constraints") instanceof ObjectNode constraints) {
            constraints.remove(HARMLESS_CONSTRAINTS);
            if (constraints.isEmpty()) {
                sweep.remove("constraints");
            }
        }
        asked.set("sweep", sweep);
        ObjectNode digests = asked.putObject("digests");
        StringBuilder pools = new StringBuilder();
        plan.candidates().forEach(candidate -> pools.append(candidate.pool()).append('\n'));
        digests.put("pools of " + plan.description().platform(), digest(pools.toString()));
        applications.forEach(
                application -> digests.put("application " + application.name(), digest(application.toString())));
        inputs.forEach((name, content) -> digests.put(name, digest(content)));
        return asked;
    }

    static String digest(String content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void compare(String place, @Nullable JsonNode was, @Nullable JsonNode is, List<String> differences) {
        if (was != null && is != null && was.isObject() && is.isObject()) {
            TreeSet<String> names = new TreeSet<>();
            was.fieldNames().forEachRemaining(names::add);
            is.fieldNames().forEachRemaining(names::add);
            for (String name : names) {
                compare(place.isEmpty() ? name : place + "." + name, was.get(name), is.get(name), differences);
            }
        } else if (was == null || is == null || !was.equals(is)) {
            String name = place.replaceFirst("^(sweep|digests)\\.", "");
            differences.add(
                    place.startsWith("digests.")
                            ? name + (was == null ? " is new" : is == null ? " is gone" : " has changed")
                            : name + " was " + brief(was) + ", is " + brief(is));
        }
    }

    private static String brief(@Nullable JsonNode value) {
        String text = value == null ? "not there" : value.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }
}
