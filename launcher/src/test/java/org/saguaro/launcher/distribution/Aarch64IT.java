// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The distribution for aarch64 under emulation, by the scripts in {@code src/aarch64}: minutes, so only when asked for, by {@code mvn verify
 * -Paarch64}; the emulated board by {@code -Daarch64=board}.
 */
final class Aarch64IT {

    private static final long TIMEOUT_MINUTES = 90;

    /** What the scripts end with where something is missing that they need. */
    private static final int SKIPPED = 77;

    @TempDir
    Path folder;

    @BeforeAll
    static void onlyWhenAskedFor() {
        Assumptions.assumeFalse(
                System.getProperty("saguaro.archive", "").isEmpty(),
                "checked by 'mvn verify -Paarch64 -pl launcher -am'");
    }

    @Test
    void runsUnderQemu() throws Exception {
        run("check.sh");
    }

    @Test
    void runsOnTheEmulatedBoard() throws Exception {
        Assumptions.assumeTrue(
                System.getProperty("saguaro.aarch64", "").equals("board"),
                "the board is booted by 'mvn verify -Daarch64=board -pl launcher -am'");

        run("board.sh");
    }

    private void run(String script) throws IOException, InterruptedException {
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        "sh", Path.of("src/aarch64", script).toString(), System.getProperty("saguaro.archive"))
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES))
                    .as("%s ended within %d minutes", script, TIMEOUT_MINUTES)
                    .isTrue();
            List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
            Assumptions.assumeFalse(process.exitValue() == SKIPPED, () -> String.join("\n", lines));
            System.out.println(String.join("\n", lines));
            assertThat(process.exitValue())
                    .as("%s:\n%s", script, String.join("\n", lines))
                    .isZero();
            assertThat(lines).as("lines of %s", script).noneMatch(line -> line.startsWith("FAIL"));
        } finally {
            process.destroyForcibly();
        }
    }
}
