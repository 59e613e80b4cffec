// SPDX-License-Identifier: Apache-2.0
package org.saguaro.runtime.core.workflow;

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
import org.saguaro.runtime.core.WorkflowException;
import org.saguaro.runtime.core.json.damage.JsonDamage;

/** The published schema and the reader refuse the same; a validator of others judges by the schema. */
class WorkflowSchemaTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchema SCHEMA =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(WorkflowSchema.text());
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "1",
            "-1",
            "2.0",
            "0.5",
            "1e9",
            "\"\"",
            "\" \"",
            "\"x\"",
            "\"x.0\"",
            "\"x.0.0\"",
            "\"net\"",
            "\"HWC\"",
            "\"float32[1]\"",
            "\"float32[]\"",
            "\"float32[ 1 , n ]\"",
            "\"float32\"",
            "[]",
            "{}",
            "[1]",
            "[\"photo\"]",
            "[[]]",
            "{\"name\": \"a\"}",
            "{\"axis\": 1}",
            "\"sigmoid\"",
            "\"nms\"",
            "\"nearest\"");
    private static final List<String> NAMES = List.of(
            "model",
            "file",
            "builtin",
            "service",
            "outputs",
            "parameters",
            "description",
            "id",
            "inputs",
            "axis",
            "extra",
            "type");
    private static final JsonDamage DAMAGE = new JsonDamage(VALUES, NAMES);

    private static Path published() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path file = folder.resolve("docs").resolve("workflow.schema.json");
            if (Files.exists(folder.resolve("cnf"))) {
                return file;
            }
        }
        throw new IllegalStateException("the project's root is above the working directory");
    }

    @Test
    void isPublished() throws Exception {
        assertThat(Files.readString(published()))
                .as("%s, made by WorkflowSchema.text()", published())
                .isEqualTo(WorkflowSchema.text());
    }

    @Test
    void acceptsEveryKindOfStage() throws Exception {
        assertThat(SCHEMA.validate(JSON.readTree(Descriptions.EVERYTHING))).isEmpty();
    }

    @Property(tries = 4000)
    void refusesWhatTheReaderRefuses(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        JsonNode root = JSON.readTree(Descriptions.EVERYTHING);
        DAMAGE.damage(root, random);
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        Set<ValidationMessage> refusals = SCHEMA.validate(root);
        String found = "accepted";
        try {
            DescriptionReader.checkStructure(Descriptions.source(text));
        } catch (WorkflowException e) {
            found = String.valueOf(e.getMessage());
        }
        assertThat(found.equals("accepted"))
                .as("the schema says %s, the reader %s, of%n%s", refusals, found, text)
                .isEqualTo(refusals.isEmpty());
    }
}
