// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlatformDescriptionTest {

    private static final Map<String, String> VARIABLES = Map.of("saguaro.state", "/var");

    @TempDir
    Path folder;

    @Test
    void configurationsAreReadWithTheirTypes() throws Exception {
        PlatformDescription platform = read("""
                {"description": "a board", "configurations": {"a.pid": {
                  "text": "${saguaro.state}/x-${saguaro.state}", "on": true, "n": 3, "f": 0.5, "list": ["p", "q"]}}}""");

        assertThat(platform.description()).isEqualTo("a board");
        Map<String, Object> properties = platform.configurations().get("a.pid");
        assertThat(properties)
                .containsEntry("text", "/var/x-/var")
                .containsEntry("on", true)
                .containsEntry("n", 3L)
                .containsEntry("f", 0.5)
                .containsEntry("list", new String[] {"p", "q"});
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{                                                     | found no JSON",
                "{\"configurations\": 3}                               | found no object configurations",
                "{\"configurations\": {\"a\": 3}}                      | configurations.a: expected an object",
                "{\"configurations\": {\"a\": {\"b\": null}}}          | configurations.a.b: found null",
                "{\"configurations\": {\"a\": {\"b\": [1]}}}           | configurations.a.b: found 1",
                "{\"configurations\": {\"a\": {\"b\": \"${nope}\"}}}   | configurations.a.b: found '${nope}'",
                "{\"configurations\": {\"a\": {\"b\": \"${open\"}}}    | configurations.a.b: found '${open'",
                "{\"bundles\": [], \"configurations\": {}}             | found 'bundles'"
            })
    void mistakesAreToldWithFileAndPlace(String text, String expected) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(PlatformDescription.FormatException.class)
                .hasMessageContaining(folder.resolve("p.json").toString())
                .hasMessageContaining(expected);
    }

    private PlatformDescription read(String text) throws IOException, PlatformDescription.FormatException {
        return PlatformDescription.read(Files.writeString(folder.resolve("p.json"), text), VARIABLES::get);
    }
}
