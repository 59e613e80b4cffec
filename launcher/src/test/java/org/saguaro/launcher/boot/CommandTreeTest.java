// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandTreeTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void helpGoesToTheStandardOutput() {
        assertThat(run("--help")).isEqualTo(ExitCode.OK);
        assertThat(text(out)).startsWith("Usage: saguaro").contains("infer").contains("Exit codes:");
        assertThat(text(err)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "infer",
                "inspect",
                "check",
                "start",
                "stop",
                "status",
                "deploy",
                "placement",
                "shell",
                "bench",
                "workload",
                "simulate",
                "experiment",
                "sweep"
            })
    void everyCommandHasHelp(String command) {
        assertThat(run(command, "--help")).isEqualTo(ExitCode.OK);
        assertThat(text(out)).startsWith("Usage: saguaro " + command);
    }

    @Test
    void versionNamesSaguaroAndJava() {
        assertThat(run("--version")).isEqualTo(ExitCode.OK);
        assertThat(text(out)).startsWith("Saguaro ").contains("Java " + System.getProperty("java.version"));
    }

    @Test
    void mistakesAreUsageErrorsOnTheStandardErrorOutput() {
        assertThat(run("infer", "model.pt2")).isEqualTo(ExitCode.USAGE);
        assertThat(run("nonsense")).isEqualTo(ExitCode.USAGE);
        assertThat(run("check")).isEqualTo(ExitCode.USAGE);
        assertThat(run("check", "--tolerance", "much", "dir")).isEqualTo(ExitCode.USAGE);
        assertThat(run()).isEqualTo(ExitCode.USAGE);
        assertThat(text(out)).isEmpty();
        assertThat(text(err))
                .contains("saguaro infer: Missing required option: '--input=X.npy'")
                .contains("'saguaro infer --help' explains")
                .contains("nonsense");
    }

    @Test
    void withoutADistributionACommandFailsInALine() {
        assertThat(run("status")).isEqualTo(ExitCode.FAILURE);
        assertThat(text(err))
                .contains("saguaro status: -Dsaguaro.home is not set")
                .doesNotContain("\tat ");
    }

    @Test
    void optionsOfTheShellsCommandAreLeftToIt() {
        assertThat(run("shell", "stats", "--json", "--help")).isEqualTo(ExitCode.FAILURE);
        assertThat(text(err)).contains("-Dsaguaro.home is not set");
    }

    private int run(String... arguments) {
        return CommandTree.parser(new PrintStream(out, true), new PrintStream(err, true))
                .execute(arguments);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(Charset.defaultCharset());
    }
}
