// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.application;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.saguaro.experiments.workload.WorkloadException;
import org.saguaro.formats.npy.NpyFile;
import org.saguaro.formats.npy.NpyFormatException;
import org.saguaro.model.api.Tensor;

/**
 * An example as its folder describes it: {@code app.json}, a model, inputs and the truth about them.
 *
 * @param name identifier
 * @param title for people
 * @param model the model's file
 * @param samples inputs, as the model takes them
 * @param judge knows the truth about each sample
 */
public record Example(String name, String title, Path model, List<Tensor> samples, Judge judge) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * The examples of a folder, by name: its sub-folders with an {@code app.json}.
     *
     * @throws WorkloadException if there is none
     */
    public static List<Path> folders(Path folder) throws IOException, WorkloadException {
        List<Path> folders;
        try (Stream<Path> children = Files.list(folder)) {
            folders = children.filter(child -> Files.exists(child.resolve("app.json")))
                    .sorted()
                    .toList();
        }
        if (folders.isEmpty()) {
            throw new WorkloadException(folder + ": found no folder with an app.json, expected the examples");
        }
        return folders;
    }

    /**
     * Reads a folder.
     *
     * @throws WorkloadException if something in it is wrong; names file and member
     */
    public static Example read(Path folder) throws IOException, WorkloadException {
        Path description = folder.resolve("app.json");
        JsonNode app = json(description);
        Path expected = folder.resolve(text(description, app, "expected"));
        JsonNode truths = json(expected).path("samples");
        List<Tensor> samples = split(array(folder.resolve(text(description, app, "samples"))));
        if (samples.size() != truths.size()) {
            throw new WorkloadException(expected + ": found " + truths.size() + " answers, expected " + samples.size()
                    + " as there are samples");
        }
        String task = text(description, app, "task");
        Judge judge = switch (task) {
            case "classification" -> new ClassificationJudge(strings(app.path("classes")), truths);
            case "detection" ->
                new DetectionJudge(
                        strings(app.path("classes")),
                        truths,
                        app.path("detection").path("shownScore").asDouble(),
                        app.path("detection").path("iouThreshold").asDouble());
            default ->
                throw new WorkloadException(
                        description + ": found task '" + task + "', expected classification or detection");
        };
        return new Example(
                text(description, app, "name"),
                text(description, app, "title"),
                folder.resolve(text(description, app, "model")),
                samples,
                judge);
    }

    /**
     * Reads an array.
     *
     * @throws WorkloadException if it is none
     */
    static Tensor array(Path file) throws IOException, WorkloadException {
        try {
            return NpyFile.read(file);
        } catch (NpyFormatException e) {
            throw new WorkloadException(String.valueOf(e.getMessage()), e);
        }
    }

    private static JsonNode json(Path file) throws IOException, WorkloadException {
        try {
            return JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new WorkloadException(file + ": found no JSON (" + e.getOriginalMessage() + ")");
        }
    }

    private static String text(Path file, JsonNode node, String key) throws WorkloadException {
        if (!node.path(key).isTextual()) {
            throw new WorkloadException(file + ": found no text '" + key + "', expected one");
        }
        return node.path(key).textValue();
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        array.forEach(element -> strings.add(element.asText()));
        return strings;
    }

    /** Sample {@code i} is {@code [i:i+1]}, without a copy. */
    private static List<Tensor> split(Tensor all) {
        Tensor dense = all.toDense();
        long[] sizes = dense.sizes();
        int count = Math.toIntExact(sizes[0]);
        sizes[0] = 1;
        int sampleBytes = Math.toIntExact(
                dense.elementCount() / Math.max(1, count) * dense.dtype().sizeBytes());
        ByteBuffer bytes = dense.bytes();
        List<Tensor> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            samples.add(Tensor.dense(dense.dtype(), sizes, bytes.slice(i * sampleBytes, sampleBytes)));
        }
        return samples;
    }
}
