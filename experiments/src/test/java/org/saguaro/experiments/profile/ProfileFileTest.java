// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.saguaro.runtime.core.json.damage.JsonDamage;
import org.saguaro.runtime.core.simulation.ApplicationProfile;

/** Files of profiles: what is written is read, and the published schema and the reader refuse the same. */
class ProfileFileTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> VALUES = List.of(
            "null", "true", "0", "1", "3", "-1", "0.5", "1e30", "\"\"", "\" \"", "\"x\"", "[]", "{}", "[1]", "[{}]");
    private static final JsonDamage DAMAGE = new JsonDamage(VALUES, List.of("extra", "kernel", "inputs", "name"));

    private static JsonSchema schema() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path file = folder.resolve("docs").resolve("profile.schema.json");
            if (Files.exists(file)) {
                try {
                    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                            .getSchema(Files.readString(file));
                } catch (IOException e) {
                    throw new IllegalStateException(file + " cannot be read", e);
                }
            }
        }
        throw new IllegalStateException("found no docs/profile.schema.json above the working directory");
    }

    private static final JsonSchema SCHEMA = schema();

    private static List<ApplicationProfile> some() {
        return List.of(Profiles.diamond("one"), Profiles.diamond("two \"quoted\" \u00e9"));
    }

    @Test
    void readsWhatItWrites(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("profiles.json");
        ProfileFile.write(file, some());
        assertThat(ProfileFile.read(file)).isEqualTo(some());
        assertThat(SCHEMA.validate(JSON.readTree(file.toFile()))).isEmpty();
        assertThat(folder).isDirectoryContaining("glob:**profiles.json");
        assertThat(folder.toFile().list()).as("nothing else stays behind").hasSize(1);
    }

    @Test
    void saysWhatIsWrongAndWhere() {
        String text = ProfileFile.text(some()).replaceFirst("\"bytes\":1024", "\"bytes\":\"many\"");
        assertThatThrownBy(() -> ProfileFile.parse("apps.json", text))
                .isInstanceOf(ProfileException.class)
                .hasMessageMatching("(?s)apps\\.json:\\d+:\\d+: profiles\\[0\\]\\.tasks\\[2\\]\\.inputs\\[0\\]\\.bytes:"
                        + " found .*many.*, expected an integer .*");
    }

    @Test
    void refusesInputsOfLaterTasksAndUnknownKernels() {
        String text = ProfileFile.text(some());
        assertThatThrownBy(() -> ProfileFile.parse("f", text.replaceFirst("\"task\":2", "\"task\":3")))
                .hasMessageContaining("expected a task before this one");
        assertThatThrownBy(() -> ProfileFile.parse("f", text.replaceFirst("\"kernel\":1", "\"kernel\":2")))
                .hasMessageContaining("profiles[0].tasks[2].kernel")
                .hasMessageContaining("from 0 to 1");
        assertThatThrownBy(() -> ProfileFile.parse("f", text.replace("\"two \\\"quoted\\\" \u00e9\"", "\"one\"")))
                .hasMessageContaining("found 'one' again");
    }

    @Test
    void refusesWhatIsNoJson() {
        assertThatThrownBy(() -> ProfileFile.parse("f", "{\"profiles\": ["))
                .isInstanceOf(ProfileException.class)
                .hasMessageStartingWith("f:1:");
    }

    /** Of damaged files, the schema refuses what the reader refuses, but for what schemas cannot say. */
    @Property(tries = 600)
    void theSchemaAgreesWithTheReader(@ForAll Random random) throws Exception {
        ObjectNode root = (ObjectNode) JSON.readTree(ProfileFile.text(List.of(Profiles.diamond("one"))));
        DAMAGE.damage(root, random);
        String text = JSON.writeValueAsString(root);
        boolean valid = SCHEMA.validate(root).isEmpty();
        String refusal = "";
        try {
            ProfileFile.parse("f", text);
        } catch (ProfileException e) {
            refusal = String.valueOf(e.getMessage());
        }
        if (valid) {
            // References between elements are the reader's alone.
            assertThat(refusal)
                    .as(text)
                    .satisfiesAnyOf(
                            message -> assertThat(message).isEmpty(),
                            message -> assertThat(message).contains("expected a task before this one"),
                            message -> assertThat(message).contains(".kernel: found"));
        } else {
            assertThat(refusal).as(text).isNotEmpty();
        }
    }
}
