// SPDX-License-Identifier: Apache-2.0
package org.saguaro.formats.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    private String shown() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void saysAtTheEndHowFarItCame() {
        try (Progress progress = Progress.start("simulating", 20, err, false)) {
            for (int i = 0; i < 14; i++) {
                progress.step();
            }
            progress.note("C3+F1");
        }
        assertThat(shown().lines().toList())
                .last()
                .asString()
                .startsWith("simulating")
                .contains("70%", "14/20", "C3+F1");
        assertThat(shown()).doesNotContain("\r");
    }

    @Test
    void drawsOverItselfOnATerminal() {
        try (Progress progress = Progress.start("simulating", 4, err, true)) {
            progress.to(4);
        }
        assertThat(shown()).contains("\r").contains("100%");
        assertThat(shown().lines().map(String::length)).allMatch(length -> length < 80);
    }

    @Test
    void needsNoTotal() {
        try (Progress progress = Progress.start("recording", 0, err, false)) {
            progress.to(123);
        }
        assertThat(shown()).contains("recording", "123");
    }
}
