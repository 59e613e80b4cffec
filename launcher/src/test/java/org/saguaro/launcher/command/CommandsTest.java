// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.formats.npy.NpyFile;
import org.saguaro.model.api.Tensor;

/** The commands on a model that returns its inputs. */
final class CommandsTest {

    @TempDir
    Path folder;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final FakeRuntime runtime = new FakeRuntime(inputs -> inputs);

    @Test
    void checkIsOkWhereOutputsAreAsExpected() throws Exception {
        Path good = modelFolder("good", new float[] {1, 2}, new float[] {1, 2.0001f});

        assertThat(check(1e-4, good)).isZero();
        assertThat(text(out)).contains("OK    good  absolute 1.0e-04").endsWith("1 of 1 OK\n");
        assertThat(runtime.deployed).as("nothing stays deployed").isEmpty();
    }

    @Test
    void checkFailsWithTheReasonAndGoesOn() throws Exception {
        Path far = modelFolder("far", new float[] {1, 2}, new float[] {1, 2.1f});
        Path shape = modelFolder("shape", new float[] {1, 2}, new float[] {1, 2, 3});
        Path damaged = modelFolder("damaged", new float[] {1}, new float[] {1});
        Files.writeString(damaged.resolve("model.pt2"), "damaged");
        Path inputless = modelFolder("inputless", new float[] {1}, new float[] {1});
        Files.delete(inputless.resolve("input.npy"));
        Path surplus = modelFolder("surplus", new float[] {1}, new float[] {1});
        Files.move(surplus.resolve("output.npy"), surplus.resolve("output0.npy"));
        Files.copy(surplus.resolve("output0.npy"), surplus.resolve("output1.npy"));
        Path good = modelFolder("good", new float[] {1}, new float[] {1});

        assertThat(check(1e-4, far, shape, damaged, inputless, surplus, folder.resolve("absent"), good))
                .isEqualTo(1);
        assertThat(text(out))
                .contains("FAIL  far", "output.npy: relative difference 4.8e-02 is above 1.0e-04")
                .contains("output.npy: found float32[2], expected float32[3]")
                .contains("the zip: found nothing, expected an archive; export it again")
                .contains("found no input.npy and no input0.npy, expected one")
                .contains("found 1 outputs, expected 2 as there are files")
                .contains("absent: no such file")
                .contains("OK    good")
                .endsWith("1 of 7 OK\n");
        assertThat(runtime.deployed).isEmpty();
    }

    @Test
    void checkTakesEveryModelOfAFolderAndEveryExample() throws Exception {
        Path several = modelFolder("several", new float[] {1, 2}, new float[] {1, 2});
        Files.writeString(several.resolve("model_dynamic.pt2"), "a model");
        Files.writeString(several.resolve("model.pt"), "a model");
        Files.writeString(several.resolve("notes.pt"), "none");
        NpyFile.write(several.resolve("input_b.npy"), Tensor.of(new float[] {1, 2, 3}, 3));
        NpyFile.write(several.resolve("output_b.npy"), Tensor.of(new float[] {1, 2, 4}, 3));

        assertThat(check(1e-4, several)).isEqualTo(1);
        assertThat(text(out).lines())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("FAIL  several/model.pt2")
                                .contains("output_b.npy: relative difference 2.5e-01"),
                        line -> assertThat(line).startsWith("FAIL  several/model_dynamic.pt2"),
                        line -> assertThat(line).startsWith("FAIL  several/model.pt "),
                        line -> assertThat(line).isEqualTo("0 of 3 OK"));
    }

    @Test
    void checkCallsAModelThatRemembersOncePerStep() throws Exception {
        Path steps = modelFolder("steps", new float[] {1}, new float[] {1});
        NpyFile.write(steps.resolve("seq_input.npy"), Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
        NpyFile.write(steps.resolve("seq_output.npy"), Tensor.of(new float[] {1, 2, 3, 4, 5, 7}, 3, 2));

        assertThat(check(1e-4, steps)).isEqualTo(1);
        assertThat(text(out)).contains("seq_output.npy: relative difference 1.4e-01");

        NpyFile.write(steps.resolve("seq_output.npy"), Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
        out.reset();
        assertThat(check(1e-4, steps)).isZero();
        assertThat(text(out)).contains("OK    steps  absolute 0 ");
    }

    @Test
    void checkPrintsJson() throws Exception {
        Path good = modelFolder("good", new float[] {1}, new float[] {1});

        Map<String, Object> options = options();
        options.put("folders", List.of(good, folder.resolve("absent")));
        options.put("tolerance", 0.0);
        options.put("json", true);
        assertThat(new CheckCommand(runtime, new Readiness(runtime, List.of(), List::of)).applyAsInt(options))
                .isEqualTo(1);

        JsonNode results = new ObjectMapper().readTree(text(out));
        assertThat(results.get(0).path("ok").asBoolean()).isTrue();
        assertThat(results.get(0).path("absolute").asDouble()).isZero();
        assertThat(results.get(0).path("model").asText()).isEqualTo("good");
        assertThat(results.get(0).path("deterministic").asBoolean()).isTrue();
        assertThat(results.get(0).path("examples").toString()).isEqualTo("[\"first\"]");
        assertThat(results.get(1).path("ok").asBoolean()).isFalse();
        assertThat(results.get(1).path("failure").asText()).contains("no such file");
    }

    @Test
    void inferWritesWhatTheModelReturns() throws Exception {
        Path good = modelFolder("good", new float[] {1, 2}, new float[] {1, 2});
        Map<String, Object> options = options();
        options.put("model", good.resolve("model.pt2"));
        options.put("inputs", List.of(good.resolve("input.npy"), good.resolve("input.npy")));
        options.put("output", folder.resolve("out/deep"));

        assertThat(new InferCommand(runtime, new Readiness(runtime, List.of(), List::of)).applyAsInt(options))
                .isZero();

        assertThat(NpyFile.read(folder.resolve("out/deep/output1.npy")).toFloats())
                .containsExactly(1, 2);
        assertThat(text(out)).contains("output 0: float32[2]  [1.000, 2.000]  min 1.000, max 2.000 at [1]");
        assertThat(text(err)).isEmpty();
    }

    @Test
    void inferPrintsJson() throws Exception {
        Path good = modelFolder("good", new float[] {1, Float.NaN}, new float[] {1, 2});
        Map<String, Object> options = options();
        options.put("model", good.resolve("model.pt2"));
        options.put("inputs", List.of(good.resolve("input.npy")));
        options.put("json", true);

        assertThat(new InferCommand(runtime, new Readiness(runtime, List.of(), List::of)).applyAsInt(options))
                .isZero();

        JsonNode output = new ObjectMapper().readTree(text(out)).at("/outputs/0");
        assertThat(output.path("dtype").asText()).isEqualTo("float32");
        assertThat(output.path("values").toString()).isEqualTo("[1.0,\"NaN\"]");
    }

    @Test
    void aMissingFileIsALineOnTheStandardErrorOutput() {
        Map<String, Object> options = options();
        options.put("model", folder.resolve("absent.pt2"));
        options.put("inputs", List.of(folder.resolve("absent.npy")));

        assertThat(new InferCommand(runtime, new Readiness(runtime, List.of(), List::of)).applyAsInt(options))
                .isEqualTo(1);
        assertThat(text(err)).isEqualTo("saguaro: " + folder.resolve("absent.npy") + ": no such file\n");
        assertThat(text(out)).isEmpty();
    }

    private int check(double tolerance, Path... folders) {
        Map<String, Object> options = options();
        options.put("folders", List.of(folders));
        options.put("tolerance", tolerance);
        return new CheckCommand(runtime, new Readiness(runtime, List.of(), List::of)).applyAsInt(options);
    }

    private Map<String, Object> options() {
        Map<String, Object> options = new HashMap<>();
        options.put("out", new PrintStream(out, true, StandardCharsets.UTF_8));
        options.put("err", new PrintStream(err, true, StandardCharsets.UTF_8));
        return options;
    }

    private Path modelFolder(String name, float[] input, float[] output) throws IOException {
        Path model = Files.createDirectory(folder.resolve(name));
        Files.writeString(model.resolve("model.pt2"), "a model");
        NpyFile.write(model.resolve("input.npy"), Tensor.of(input, input.length));
        NpyFile.write(model.resolve("output.npy"), Tensor.of(output, output.length));
        return model;
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }
}
