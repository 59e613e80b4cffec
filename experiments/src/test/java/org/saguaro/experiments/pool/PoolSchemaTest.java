// SPDX-License-Identifier: Apache-2.0
package org.saguaro.experiments.pool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
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
class PoolSchemaTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchema SCHEMA = schema();

    /** What a schema cannot say. */
    private static final List<String> MEANING =
            List.of("a second time", "expected letters of peTypes", "twice in", "found no PE in");

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "false",
            "0",
            "-1",
            "1",
            "1e13",
            "0.5",
            "\"\"",
            "\" \"",
            "\"a b\"",
            "\"host\"",
            "\"C1\"",
            "\"C1+F1\"",
            "\"cpu9\"",
            "[]",
            "{}",
            "[\"a\"]",
            "[1]",
            "{\"kernels\": \"*\", \"micros\": 1}",
            "{\"name\": \"other\"}");
    private static final List<String> NAMES = List.of(
            "pool",
            "source",
            "name",
            "space",
            "clockMhz",
            "costs",
            "kernels",
            "micros",
            "cycles",
            "gops",
            "gbytesPerSecond",
            "startMicros",
            "scale",
            "of",
            "unsupported",
            "C",
            "Q",
            "q",
            "extra",
            "from",
            "transfers",
            "dispatchMicros",
            "relativeDeviation");
    private static final JsonDamage DAMAGE = new JsonDamage(VALUES, NAMES);

    private static final String ODD = "{}[],:\"-1e9x \u00e9";

    private static JsonSchema schema() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("cnf"))) {
                try {
                    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                            .getSchema(Files.readString(folder.resolve("docs").resolve("pool.schema.json")));
                } catch (IOException e) {
                    throw new IllegalStateException("docs/pool.schema.json can be read", e);
                }
            }
        }
        throw new IllegalStateException("the project's root is above the working directory");
    }

    @Test
    void acceptsEverything() throws Exception {
        assertThat(SCHEMA.validate(JSON.readTree(PoolTexts.EVERYTHING))).isEmpty();
    }

    @Test
    void acceptsWhatIsBuiltIn() throws Exception {
        for (String name : PoolFile.BUILT_IN) {
            assertThat(SCHEMA.validate(JSON.readTree(PoolFile.builtInText(name))))
                    .as(name)
                    .isEmpty();
        }
    }

    @Property(tries = 3000)
    void refusesWhatTheReaderRefuses(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        JsonNode root = JSON.readTree(PoolTexts.EVERYTHING);
        DAMAGE.damage(root, random);
        Set<ValidationMessage> refusals = SCHEMA.validate(root);
        String found = "accepted";
        try {
            PoolReader.read("test", root.toPrettyString(), "", table -> "kernels,C\n");
        } catch (PoolException e) {
            found = String.valueOf(e.getMessage());
        }
        String said = found;
        boolean refusedByReader = !said.equals("accepted") && MEANING.stream().noneMatch(said::contains);
        assertThat(refusedByReader)
                .as("the schema says %s, the reader %s, of%n%s", refusals, found, root.toPrettyString())
                .isEqualTo(MEANING.stream().noneMatch(said::contains) && !refusals.isEmpty());
    }

    @Property(tries = 2000)
    void anyTextIsReadOrRefused(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        StringBuilder text = new StringBuilder(PoolTexts.EVERYTHING);
        for (int i = 0; i < 3; i++) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.deleteCharAt(at);
                case 1 -> text.insert(at, ODD.charAt(random.nextInt(ODD.length())));
                default -> text.setLength(Math.max(3, at));
            }
        }
        String found = "";
        try {
            PoolReader.read("test", text.toString(), "", table -> "kernels,C\n");
        } catch (PoolException e) {
            found = String.valueOf(e.getMessage());
        }
        assertThat(found)
                .satisfiesAnyOf(
                        said -> assertThat(said).isEmpty(),
                        said -> assertThat(said).startsWith("test"));
    }
}
