// SPDX-License-Identifier: Apache-2.0
package org.saguaro.accel.zynq.rtl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The RTL's own lint and test benches, with all they need built in the module's target folder; two minutes the first time. */
class RtlBenchesTest {

    private static final long MINUTES = 25;
    private static final List<String> BENCHES = List.of("fp", "zip", "fft", "conv", "conv_narrow", "shim");

    @Test
    void theRtlIsCleanAndItsBenchesPass() throws Exception {
        String why = RtlLibrary.whyNot();
        assumeTrue(why == null, why);
        Path target = Path.of("target").toAbsolutePath();
        Path log = Files.createDirectories(target).resolve("rtl-benches.log");
        Process make = new ProcessBuilder("make", "lint", "test", "BUILD=" + target.resolve("rtl"))
                .directory(Path.of("rtl").toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(make.waitFor(MINUTES, TimeUnit.MINUTES))
                    .as("make ends within %d minutes, see %s", MINUTES, log)
                    .isTrue();
        } finally {
            make.descendants().forEach(ProcessHandle::destroy);
            make.destroy();
        }
        List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
        assertThat(make.exitValue())
                .as(
                        "make lint test ended with:%n%s",
                        String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size())))
                .isZero();
        assertThat(lines).contains("lint: clean");
        for (String bench : BENCHES) {
            assertThat(lines)
                    .as("what %s says", bench)
                    .anyMatch(line -> line.matches(bench + ": [1-9]\\d* passed, 0 failed"));
        }
    }
}
