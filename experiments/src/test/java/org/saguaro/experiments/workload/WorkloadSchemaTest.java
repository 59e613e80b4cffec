// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.workload;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.saguaro.runtime.core.json.damage.JsonDamage;

/** The published schema and the reader refuse the same; a validator of others judges by the schema. */
class WorkloadSchemaTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchema SCHEMA =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(WorkloadSchema.text());
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "1",
            "-1",
            "2.0",
            "0.5",
            "1e-9",
            "1e9",
            "1e30",
            "\"\"",
            "\" \"",
            "\"x\"",
            "\"x y\"",
            "\"layer\"",
            "\"trace\"",
            "\"bursty\"",
            "[]",
            "{}",
            "[1]",
            "[\"x.npy\"]",
            "{\"process\": \"poisson\"}",
            "{\"process\": \"poisson\", \"perSecond\": 3}",
            "{\"process\": \"periodic\", \"perSecond\": 3, \"periodMillis\": 4}",
            "{\"process\": \"trace\"}",
            "{\"application\": \"a\", \"instances\": 2}",
            "{\"application\": \"a\"}");
    private static final List<String> NAMES = List.of(
            "example",
            "model",
            "inputs",
            "application",
            "arrivals",
            "instances",
            "process",
            "perSecond",
            "rateMbps",
            "periodMillis",
            "burstMillis",
            "jitter",
            "file",
            "stream",
            "name",
            "extra",
            "seed",
            "streams");
    private static final JsonDamage DAMAGE = new JsonDamage(VALUES, NAMES);

    private static Path root() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("cnf"))) {
                return folder;
            }
        }
        throw new IllegalStateException("the project's root is above the working directory");
    }

    @Test
    void isPublished() throws Exception {
        Path published = root().resolve("docs/workload.schema.json");
        assertThat(Files.readString(published))
                .as("%s, made by WorkloadSchema.text()", published)
                .isEqualTo(WorkloadSchema.text());
    }

    @Test
    void acceptsAllThereIs() throws Exception {
        assertThat(SCHEMA.validate(JSON.readTree(Workloads.EVERYTHING))).isEmpty();
        WorkloadReader.checkStructure(Workloads.EVERYTHING);
    }

    @Test
    void theShippedWorkloadsAreRight() throws Exception {
        List<Path> files;
        try (var found = Files.list(root().resolve("examples/workloads"))) {
            files = found.filter(file -> file.toString().endsWith(".json")).toList();
        }
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            assertThat(SCHEMA.validate(JSON.readTree(file.toFile())))
                    .as("%s", file)
                    .isEmpty();
            assertThat(WorkloadFile.read(file).streams()).as("%s", file).isNotEmpty();
        }
    }

    @Property(tries = 4000)
    void refusesWhatTheReaderRefuses(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        JsonNode root = JSON.readTree(Workloads.EVERYTHING);
        DAMAGE.damage(root, random);
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        Set<ValidationMessage> refusals = SCHEMA.validate(root);
        String found = "accepted";
        try {
            WorkloadReader.checkStructure(text);
        } catch (WorkloadException e) {
            found = String.valueOf(e.getMessage());
        }
        assertThat(found.equals("accepted"))
                .as("the schema says %s, the reader %s, of%n%s", refusals, found, text)
                .isEqualTo(refusals.isEmpty());
    }
}
