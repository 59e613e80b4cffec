// SPDX-License-Identifier: Apache-2.0
package org.saguaro.launcher.distribution;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs the way a user's shell does, in a working directory of its own. */
final class Shell {

    private static final long TIMEOUT_SECONDS = 180;

    private final Path directory;
    private final Map<String, String> environment = new HashMap<>();

    /** What a program did. */
    record Result(int code, String out, String err) {
        @Override
        public String toString() {
            return "exit code " + code + "\n--- out\n" + out + "--- err\n" + err;
        }
    }

    Shell(Path directory) {
        this.directory = directory;
    }

    Shell with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Runs a program to its end, with nothing to read. */
    Result run(Object... command) throws IOException, InterruptedException {
        return runWithInput("", command);
    }

    /** Starts a program and leaves it running; its output is dropped. */
    Process start(Object... command) throws IOException {
        List<String> words = new ArrayList<>();
        for (Object word : command) {
            words.add(word.toString());
        }
        ProcessBuilder builder = new ProcessBuilder(words)
                .directory(directory.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        return builder.start();
    }

    Result runWithInput(String input, Object... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>();
        for (Object word : command) {
            words.add(word.toString());
        }
        Path in = Files.createTempFile("saguaro-test", ".in");
        Path out = Files.createTempFile("saguaro-test", ".out");
        Path err = Files.createTempFile("saguaro-test", ".err");
        try {
            Files.writeString(in, input);
            ProcessBuilder builder = new ProcessBuilder(words)
                    .directory(directory.toFile())
                    .redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(words + " did not end within " + TIMEOUT_SECONDS + " s\n"
                        + Files.readString(out) + Files.readString(err));
            }
            return new Result(
                    process.exitValue(),
                    Files.readString(out, StandardCharsets.UTF_8),
                    Files.readString(err, StandardCharsets.UTF_8));
        } finally {
            Files.delete(in);
            Files.delete(out);
            Files.delete(err);
        }
    }
}
