// SPDX-License-Identifier: Apache-2.0
package org.saguaro.itest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The example in docs/layer-api.md is the application that {@link LayersTest} runs, to the letter. */
class LayerApiDocumentTest {

    @Test
    void showsTheApplicationThatIsTested() throws Exception {
        Path module = Path.of("").toAbsolutePath();
        String source = Files.readString(module.resolve("src/main/java/org/saguaro/itest/RadarCorrelator.java"));
        String text = Files.readString(module.resolve("../docs/layer-api.md"));
        String body = source.substring(source.indexOf("import java.nio.ByteBuffer;"));
        assertThat(text).contains("```java\n" + body + "```\n");
    }
}
